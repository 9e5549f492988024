import * as z from 'zod';
import type { Cloud } from '../core/cloud.ts';
import { chooseCloud, type ToolContext } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { type Template, templateSchema } from '../core/model.ts';
import { quote } from '../core/text.ts';
import { challengeOf, describeThing, doneOutput, labelField } from './account-fields.ts';
import { DONE, refField, sentences } from './fields.ts';
import { afterRemoval, lookForRemoval, type Removal, removalOutput } from './removal.ts';
import {
  hasTemplates,
  imageField,
  refuseSystem,
  resolveTemplate,
  templateFields,
  templatesOf,
  templateText,
  toTemplateChange,
} from './template-fields.ts';
import { defineTool } from './tool.ts';

const createInput = z.strictObject({ name: labelField, image: imageField, ...templateFields });
type CreateInput = z.infer<typeof createInput>;

const namesake = (rows: readonly Template[], name: string): Template[] =>
  rows.filter((row) => row.name === name && row.is_system !== true);

// A name that is taken would make a lost reply impossible to clear up, and two like-named templates confuse people.
async function refuseTaken(ctx: ToolContext, at: Cloud, name: string): Promise<void> {
  const [taken] = namesake(await templatesOf(at).list({ ...ctx.io, fresh: true }), name);
  if (taken === undefined) return;
  throw new GpuError(
    'invalid_input',
    `name: ${taken.ref} is named ${quote(name)} already. Nothing was sent.`,
    {
      hint: 'Choose another name, or change that one with update_template.',
      cloud: at.id,
    },
  );
}

const created = (template: Template, given: CreateInput) => ({
  status: DONE,
  template,
  message: sentences(
    `Template ${template.ref} is ready; pass it to create_pod.`,
    given.env_vars === undefined
      ? null
      : `Environment variables: ${Object.keys(given.env_vars).join(', ') || 'none'} (values hidden).`,
  ),
});

/** Makes a template of one's own. */
export const createTemplate = defineTool({
  name: 'create_template',
  title: 'Create a template',
  description:
    'Make a Volt container template (image, ports, environment) for create_pod. Free; to change one use update_template.',
  toolset: 'templates',
  effect: 'change',
  needs: hasTemplates,
  input: createInput,
  output: doneOutput({ template: templateSchema }),
  endpoints: ['POST volt /templates', 'GET volt /templates', 'GET volt /templates/:id'],
  plan: 'unconfirmed',
  async run(given, ctx) {
    const at = chooseCloud(ctx, undefined, hasTemplates);
    const change = toTemplateChange(ctx, at, given);
    await refuseTaken(ctx, at, given.name);
    const made = await templatesOf(at).create(ctx.io, { ...change, name: given.name, image: given.image });
    const whole = await templatesOf(at)
      .get({ ...ctx.io, fresh: true }, made.id)
      .catch(() => made);
    return { done: created(whole, given), ref: whole.ref };
  },
  async reconcile(given, ctx) {
    const at = chooseCloud(ctx, undefined, hasTemplates);
    const io = { ...ctx.io, fresh: true };
    const found = namesake(await templatesOf(at).list(io), given.name);
    const [only] = found;
    if (only === undefined) return { notFound: `No template named ${quote(given.name)} is listed.` };
    if (found.length === 1) {
      const template = await templatesOf(at).get(io, only.id);
      if (template.image === given.image) return { found: created(template, given), ref: template.ref };
      return {
        ambiguous: [only.ref],
        why: `A template of that name is listed, but its image is ${quote(template.image)}, so it is not the one asked for.`,
      };
    }
    return {
      ambiguous: found.map((row) => row.ref),
      why: `${found.length} templates are now named ${quote(given.name)}; which one is new cannot be told.`,
    };
  },
  text: ({ message, template }) => `${message}\n${templateText(template)}`,
});

function removalOf(ctx: ToolContext, ref: string): Removal {
  const { at, templates } = resolveTemplate(ctx, ref);
  const left = () => templates.list({ ...ctx.io, fresh: true });
  return { ref, kind: 'template', at, verb: 'deleted', left };
}

/** Deletes a template of one's own. */
export const deleteTemplate = defineTool({
  name: 'delete_template',
  title: 'Delete a template',
  description:
    'Delete one of your own templates; pods made from it go on. A person must confirm by typing its name.',
  toolset: 'templates',
  effect: 'destroy',
  needs: hasTemplates,
  input: z.strictObject({ template: refField.describe('template ref') }),
  output: removalOutput,
  endpoints: ['DELETE volt /templates/:id', 'GET volt /templates/:id', 'GET volt /templates'],
  async plan(given, ctx) {
    const { at, id, templates } = resolveTemplate(ctx, given.template);
    const template = await templates.get({ ...ctx.io, fresh: true }, id);
    refuseSystem(template, at, 'deleted');
    const variables = template.env_var_names?.length ?? 0;
    return {
      plan: {
        ref: given.template,
        summary: `Delete ${describeThing(at, 'template', template)} for good.`,
        effects: [
          sentences(
            `New pods can no longer be made from it; its image ${quote(template.image)} is not touched.`,
            variables === 0
              ? null
              : variables === 1
                ? 'The value of its environment variable is gone.'
                : `The values of its ${variables} environment variables are gone.`,
          ),
        ],
        consequences: templates.notes.delete,
        challenge: challengeOf(template),
      },
      cloud: at.id,
      facts: { name: template.name, image: template.image },
      data: null,
    };
  },
  async run(given, ctx) {
    const { id, templates } = resolveTemplate(ctx, given.template);
    return { done: await afterRemoval(removalOf(ctx, given.template), await templates.delete(ctx.io, id)) };
  },
  reconcile: (given, ctx) => lookForRemoval(removalOf(ctx, given.template)),
});
