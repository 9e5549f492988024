import * as z from 'zod';
import type { Cloud } from '../core/cloud.ts';
import { chooseCloud, type ToolContext } from '../core/context.ts';
import { GpuError, isCode } from '../core/errors.ts';
import { type Template, templateSchema } from '../core/model.ts';
import { offered } from '../core/offers.ts';
import { quote } from '../core/text.ts';
import { adoptTheOne } from './adopt.ts';
import { DONE, doneOutput, labelField, pageFields, refField, sentences } from './fields.ts';
import { listTool } from './list.ts';
import { removalTool } from './removal.ts';
import {
  imageField,
  refuseSystem,
  resolveTemplate,
  templateFields,
  templateText,
  toTemplateChange,
} from './template-fields.ts';
import { defineTool } from './tool.ts';

// One's own before the cloud's, else in the cloud's order.
const ownFirst = (a: Template, b: Template): number =>
  Number(a.is_system ?? false) - Number(b.is_system ?? false);

/** Container templates: the account's own and the cloud's. */
export const listTemplates = listTool({
  name: 'list_templates',
  title: 'List templates',
  description:
    'List Volt container templates, your own first, then system ones. create_pod needs one for lium machines; get_template shows ports and variables.',
  toolset: 'templates',
  needs: 'templates',
  plural: 'templates',
  noun: 'template',
  row: templateSchema,
  input: z.strictObject(pageFields),
  endpoints: ['GET volt /templates'],
  read: (cloud, io) => cloud.templates?.list(io),
  order: ownFirst,
  columns: {
    template: ({ ref }) => ref,
    name: ({ name }) => name,
    image: ({ image }) => image,
    category: ({ category }) => category,
    kind: ({ is_system }) => (is_system === null ? null : is_system ? 'system' : 'custom'),
  },
  empty: 'No templates; create_template makes one.',
});

/** One template in full, without the values of its environment variables. */
export const getTemplate = defineTool({
  name: 'get_template',
  title: 'Show a template',
  description: 'Show one template: image, ports, credential, names (never values) of environment variables.',
  toolset: 'templates',
  effect: 'read',
  needs: 'templates',
  input: z.strictObject({ template: refField.describe('template ref') }),
  output: z.object({ template: templateSchema }),
  endpoints: ['GET volt /templates/:id'],
  async run(input, ctx) {
    const { id, templates } = resolveTemplate(ctx, input.template);
    return { template: await templates.get(ctx.io, id) };
  },
  text: ({ template }) => templateText(template),
});

const createInput = z.strictObject({ name: labelField, image: imageField, ...templateFields });
type CreateInput = z.infer<typeof createInput>;

const namesake = (rows: readonly Template[], name: string): Template[] =>
  rows.filter((row) => row.name === name && row.is_system !== true);

// A name that is taken would make a lost reply impossible to clear up, and two like-named templates confuse people.
async function refuseTaken(ctx: ToolContext, at: Cloud, name: string): Promise<void> {
  const [taken] = namesake(await offered(at, 'templates').list({ ...ctx.io, fresh: true }), name);
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

/** Refuses a docker credential that the account lacks; one that cannot be looked up for want of a scope passes. */
async function refuseAbsentCredential(ctx: ToolContext, at: Cloud, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  const io = { ...ctx.io, fresh: true };
  const listed = await offered(at, 'dockerCredentials')
    .list(io)
    .catch((error: unknown) => {
      if (isCode(error, 'forbidden')) return null;
      throw error;
    });
  if (listed === null || listed.some((credential) => credential.id === id)) return;
  throw new GpuError(
    'invalid_input',
    'docker_credential: the account has no such credential. Nothing was sent.',
    {
      hint: 'Take the ref from list_docker_credentials.',
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
  needs: 'templates',
  input: createInput,
  output: doneOutput({ template: templateSchema }),
  endpoints: [
    'POST volt /templates',
    'GET volt /templates',
    'GET volt /templates/:id',
    'GET volt /docker-credentials',
  ],
  plan: 'unconfirmed',
  async run(given, ctx) {
    const at = chooseCloud(ctx, undefined, 'templates');
    const change = toTemplateChange(ctx, at, given);
    await Promise.all([
      refuseTaken(ctx, at, given.name),
      refuseAbsentCredential(ctx, at, change.docker_credential_id),
    ]);
    const made = await offered(at, 'templates').create(ctx.io, {
      ...change,
      name: given.name,
      image: given.image,
    });
    const whole = await offered(at, 'templates')
      .get({ ...ctx.io, fresh: true }, made.id)
      .catch(() => made);
    return { done: created(whole, given), ref: whole.ref };
  },
  async reconcile(given, ctx) {
    const at = chooseCloud(ctx, undefined, 'templates');
    const io = { ...ctx.io, fresh: true };
    const found = namesake(await offered(at, 'templates').list(io), given.name);
    const [only] = found;
    if (only !== undefined && found.length === 1) {
      const template = await offered(at, 'templates').get(io, only.id);
      if (template.image === given.image) return { found: created(template, given), ref: only.ref };
      return {
        ambiguous: [only.ref],
        why: `A template of that name is listed, but its image is ${quote(template.image)}, so it is not the one asked for.`,
      };
    }
    const said = {
      notFound: `No template named ${quote(given.name)} is listed.`,
      ambiguous: `${found.length} templates are now named ${quote(given.name)}; it is not known which one is new.`,
    };
    return adoptTheOne(found, said, (template) => created(template, given));
  },
  text: ({ message, template }) => `${message}\n${templateText(template)}`,
});

/** Deletes a template of one's own. */
export const deleteTemplate = removalTool({
  name: 'delete_template',
  title: 'Delete a template',
  description:
    'Delete one of your own templates; pods made from it go on. A person must confirm by typing its name.',
  toolset: 'templates',
  needs: 'templates',
  kind: 'template',
  noun: 'template',
  verb: { imperative: 'Delete', past: 'deleted', scope: 'for good' },
  endpoints: ['DELETE volt /templates/:id', 'GET volt /templates/:id', 'GET volt /templates'],
  async plan({ at, id }, io) {
    const templates = offered(at, 'templates');
    const template = await templates.get(io, id);
    refuseSystem(template, at, 'deleted');
    const variables = template.env_var_names?.length ?? 0;
    const lost =
      variables === 1
        ? 'The value of its environment variable is gone.'
        : `The values of its ${variables} environment variables are gone.`;
    const image = `New pods can no longer be made from it; its image ${quote(template.image)} is not touched.`;
    return {
      thing: template,
      effects: [sentences(image, variables === 0 ? null : lost)],
      consequences: templates.notes.delete,
      facts: { name: template.name, image: template.image },
    };
  },
  remove: ({ at, id }, io) => offered(at, 'templates').delete(io, id),
  left: ({ at }, io) => offered(at, 'templates').list(io),
});
