import * as z from 'zod';
import type { Cloud } from '../core/cloud.ts';
import { resolve, type ToolContext } from '../core/context.ts';
import { GpuError, isCode } from '../core/errors.ts';
import { requireFeature } from '../core/features.ts';
import { type Template, templateSchema } from '../core/model.ts';
import type { TemplateChange } from '../core/requests.ts';
import { facts, quote } from '../core/text.ts';
import { countField, labelField, listField, pageFields, refField, sentences, textField } from './fields.ts';
import { listTool } from './list.ts';
import { removalTool } from './removal.ts';
import { defineTool } from './tool.ts';
import { sorted } from './update.ts';

// The account's own before the cloud's, else in the cloud's order.
const ownFirst = (a: Template, b: Template): number =>
  Number(a.is_system ?? false) - Number(b.is_system ?? false);

/** Container templates: the account's own and the cloud's. */
export const listTemplates = listTool({
  name: 'list_templates',
  title: 'List templates',
  description:
    'List container templates for create_pod, your own first, then system ones. get_template shows ports and variables.',
  toolset: 'templates',
  needs: 'templates',
  plural: 'templates',
  noun: 'template',
  row: templateSchema,
  input: z.strictObject(pageFields),
  read: (cloud, io) => cloud.templates?.list(io),
  order: ownFirst,
  columns: {
    template: ({ ref }) => ref,
    name: ({ name }) => name,
    image: ({ image }) => image,
    category: ({ category }) => category,
    kind: ({ is_system }) => (is_system === null ? null : is_system ? 'system' : 'custom'),
  },
  fields: { narrow: ['ref', 'name', 'image', 'category', 'is_system'] },
  empty: 'No templates; create_template makes one.',
});

// An image reference as registries take it (OCI Distribution Specification, Pulling manifests): host, path, tag, digest.
const HOST = '(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::\\d{1,5})?/)?';
const PART = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*';
const IMAGE = new RegExp(`^${HOST}${PART}(?:/${PART})*(?::\\w[\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`);

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const NOT_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;
const MAX_ENV_VARS = 100;

// A name with "=" is a whole assignment given by mistake; the part after it may be a secret.
const badNames = (env: Record<string, string>): string =>
  Object.keys(env)
    .filter((name) => !ENV_NAME.test(name))
    .map((name) => quote(name.split('=')[0] ?? ''))
    .join(', ');

const envVars = z.record(z.string(), textField(32_768, 0)).superRefine((env, { addIssue }) => {
  const bad = badNames(env);
  if (bad !== '') addIssue({ code: 'custom', message: `not names of environment variables: ${bad}` });
  if (Object.keys(env).length > MAX_ENV_VARS) {
    addIssue({ code: 'custom', message: `at most ${MAX_ENV_VARS} variables` });
  }
});

/** A Docker image reference. Only its form is checked, not whether the image exists. */
export const imageField = textField(300).refine(
  (text) => IMAGE.test(text),
  'not a Docker image reference such as "pytorch/pytorch:2.1.0"',
);

/** The fields that create_template and update_template share. */
export const templateFields = {
  category: labelField.optional(),
  description: textField(500, 0)
    .refine((text) => !NOT_TEXT.test(text), 'must not contain control characters')
    .optional(),
  docker_credential: refField('docker_credential')
    .optional()
    .describe('docker credential ref, for a private image'),
  ports: listField(countField(1, 65_535), 50)
    .refine((ports) => new Set(ports).size === ports.length, 'each port only once')
    .optional(),
  env_vars: envVars.optional(),
};

const changeSchema = z.object({
  name: labelField.optional(),
  image: imageField.optional(),
  ...templateFields,
});

/** The fields of a template as the caller gave them. */
export type TemplateInput = z.infer<typeof changeSchema>;

/** The fields of a template that a caller can give. */
export const CHANGEABLE = [
  'name',
  'image',
  'category',
  'description',
  'docker_credential',
  'ports',
  'env_vars',
] as const satisfies readonly (keyof TemplateInput)[];

/** Input as the port takes it. @throws GpuError `invalid_input` if the credential belongs to another cloud */
export function toTemplateChange(ctx: ToolContext, at: Cloud, given: TemplateInput): TemplateChange {
  const { docker_credential, name, image, category, description, ports, env_vars } = given;
  const fields = { name, image, category, description, ports, env_vars };
  if (docker_credential === undefined) return fields;
  const credential = resolve(ctx, docker_credential, 'docker_credential');
  if (credential.cloud === at.id) return { ...fields, docker_credential_id: credential.id };
  throw new GpuError('invalid_input', `docker_credential: belongs to ${credential.cloud}, not to ${at.id}.`, {
    hint: 'Template and credential must be of one cloud; see list_docker_credentials.',
  });
}

/** The given fields that a template does not show. Of environment variables only the names are visible. */
export function unshown(template: Template, given: TemplateInput): string[] {
  const { name, image, category, description, docker_credential, ports, env_vars } = given;
  const shows: Record<keyof TemplateInput, boolean> = {
    name: name === template.name,
    image: image === template.image,
    category: category === template.category,
    description: same(description ?? '', template.description),
    docker_credential: docker_credential === template.docker_credential,
    ports: sorted(ports) === sorted(template.ports),
    env_vars: sorted(Object.keys(env_vars ?? {})) === sorted(template.env_var_names),
  };
  return CHANGEABLE.filter((field) => given[field] !== undefined && !shows[field]);
}

// A cloud's text is cleaned to one line and may be cut; the comparison allows for that.
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
function same(given: string, found: string | null): boolean {
  const seen = found ?? '';
  return seen.endsWith('…') ? oneLine(given).startsWith(seen.slice(0, -1)) : oneLine(given) === seen;
}

/** A template's cloud, raw id and operations. */
export function resolveTemplate(ctx: ToolContext, ref: string) {
  const { at, id } = resolve(ctx, ref, 'template');
  return { at, id, templates: requireFeature(at, 'templates') };
}

/** A template as lines for the model. */
export const templateText = (template: Template): string =>
  facts([
    ['template', template.ref],
    ['name', quote(template.name)],
    ['image', template.image],
    ['category', template.category],
    ['kind', template.is_system === null ? null : template.is_system ? 'system (read-only)' : 'custom'],
    ['description', template.description],
    ['docker credential', template.docker_credential],
    ['ports', template.ports?.join(', ')],
    ['environment variables (values hidden)', template.env_var_names?.join(', ')],
    ['created', template.created_at_utc],
  ]);

/** One template in full, without the values of its environment variables. */
export const getTemplate = defineTool({
  name: 'get_template',
  title: 'Show a template',
  description: 'Show one template: image, ports, credential, names (never values) of environment variables.',
  toolset: 'templates',
  effect: 'read',
  needs: 'templates',
  input: z.strictObject({ template: refField('template').describe('template ref') }),
  output: z.object({ template: templateSchema }),
  async run(input, ctx) {
    const { id, templates } = resolveTemplate(ctx, input.template);
    return { template: await templates.get(ctx.io, id) };
  },
  text: ({ template }) => templateText(template),
});

/** @throws GpuError `unsupported` for a template that belongs to the cloud itself */
export function refuseSystem(template: Template, at: Cloud, what: string): void {
  if (template.is_system !== true) return;
  throw new GpuError(
    'unsupported',
    `template: ${template.ref} is a system template of ${at.title}; it cannot be ${what}.`,
    {
      hint: 'Make a copy of your own with create_template (same image), and work with that.',
      cloud: at.id,
    },
  );
}

/** The account's own templates of a name. */
export const namesake = (rows: readonly Template[], name: string): Template[] =>
  rows.filter((row) => row.name === name && row.is_system !== true);

/** @throws GpuError `invalid_input` for a name in use: after a lost reply the new template could not be distinguished from the old one */
export async function refuseTaken(ctx: ToolContext, at: Cloud, name: string): Promise<void> {
  const [taken] = namesake(await requireFeature(at, 'templates').list({ ...ctx.io, fresh: true }), name);
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

/** @throws GpuError `invalid_input` for a docker credential that the account lacks; without the scope to read them, all pass */
export async function refuseAbsentCredential(
  ctx: ToolContext,
  at: Cloud,
  id: string | undefined,
): Promise<void> {
  if (id === undefined) return;
  const listed = await requireFeature(at, 'dockerCredentials')
    .list({ ...ctx.io, fresh: true })
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

/** Deletes one of the account's own templates. */
export const deleteTemplate = removalTool({
  name: 'delete_template',
  title: 'Delete a template',
  description: 'Delete one of your own templates; pods made from it go on. A person must confirm.',
  toolset: 'templates',
  needs: 'templates',
  kind: 'template',
  noun: 'template',
  verb: { imperative: 'Delete', past: 'deleted', scope: 'for good' },
  async plan({ at, id }, io) {
    const templates = requireFeature(at, 'templates');
    const template = await templates.get(io, id);
    refuseSystem(template, at, 'deleted');
    const variables = template.env_var_names?.length ?? 0;
    const lost =
      variables === 1
        ? 'The value of its environment variable is lost.'
        : `The values of its ${variables} environment variables are lost.`;
    const image = `New pods can no longer be made from it; its image ${quote(template.image)} stays.`;
    return {
      thing: template,
      effects: [sentences(image, variables === 0 ? null : lost)],
      consequences: templates.notes.delete,
      facts: { name: template.name, image: template.image },
      worst: 'It cannot be restored; the values of its variables are lost.',
    };
  },
  remove: ({ at, id }, io) => requireFeature(at, 'templates').delete(io, id),
  left: ({ at }, io) => requireFeature(at, 'templates').list(io),
});
