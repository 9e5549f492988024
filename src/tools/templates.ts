import * as z from 'zod';
import { errorLines } from '../core/gather.ts';
import { type Template, templateSchema } from '../core/model.ts';
import { shown, table } from '../core/table.ts';
import { listPage } from './account-fields.ts';
import { listOutput, pageFields, refField } from './fields.ts';
import { hasTemplates, resolveTemplate, templateText } from './template-fields.ts';
import { defineTool } from './tool.ts';

// One's own before the cloud's, else in the cloud's order.
const ownFirst = (a: Template, b: Template): number =>
  Number(a.is_system ?? false) - Number(b.is_system ?? false);

/** Container templates: the account's own and the cloud's. */
export const listTemplates = defineTool({
  name: 'list_templates',
  title: 'List templates',
  description:
    'List Volt container templates, your own first, then system ones. create_pod needs one for lium machines; get_template shows ports and variables.',
  toolset: 'templates',
  effect: 'read',
  needs: hasTemplates,
  input: z.strictObject(pageFields),
  output: listOutput('templates', templateSchema),
  endpoints: ['GET volt /templates'],
  async run(input, ctx) {
    const { rows, rest } = await listPage(
      ctx,
      input,
      hasTemplates,
      (cloud) => cloud.templates?.list(ctx.io),
      ownFirst,
    );
    return { done: { templates: rows, ...rest } };
  },
  text: ({ templates, total, next_cursor, errors }) =>
    total === 0
      ? `No templates; create_template makes one.${errorLines(errors)}`
      : [
          table(
            ['template', 'name', 'image', 'category', 'kind'],
            templates.map((template) => [
              template.ref,
              template.name,
              template.image,
              template.category,
              template.is_system === null ? null : template.is_system ? 'system' : 'custom',
            ]),
          ),
          shown(templates.length, total, 'template', next_cursor),
        ].join('\n') + errorLines(errors),
});

/** One template in full, without the values of its environment variables. */
export const getTemplate = defineTool({
  name: 'get_template',
  title: 'Show a template',
  description: 'Show one template: image, ports, credential, names (never values) of environment variables.',
  toolset: 'templates',
  effect: 'read',
  needs: hasTemplates,
  input: z.strictObject({ template: refField.describe('template ref') }),
  output: z.object({ template: templateSchema }),
  endpoints: ['GET volt /templates/:id'],
  async run(input, ctx) {
    const { id, templates } = resolveTemplate(ctx, input.template);
    return { done: { template: await templates.get(ctx.io, id) } };
  },
  text: ({ template }) => templateText(template),
});
