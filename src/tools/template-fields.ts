import * as z from 'zod';
import type { Cloud, TemplateChange } from '../core/cloud.ts';
import { resolve, type ToolContext } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import type { Template } from '../core/model.ts';
import { offered } from '../core/offers.ts';
import { facts } from '../core/table.ts';
import { quote } from '../core/text.ts';
import { countField, labelField, listField, refField, textField } from './fields.ts';

// An image reference as registries take it (OCI Distribution Specification, Pulling manifests): host, path, tag, digest.
const HOST = '(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::\\d{1,5})?/)?';
const PART = '[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*';
const IMAGE = new RegExp(`^${HOST}${PART}(?:/${PART})*(?::\\w[\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`);

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const NOT_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;
const MAX_ENV_VARS = 100;

// A name that holds "=" is a whole assignment given by mistake; what follows it may be a secret.
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
  docker_credential: refField.optional().describe('docker credential ref, for a private image'),
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

/** What a person may set of a template, as the model gave it. */
export type TemplateInput = z.infer<typeof changeSchema>;

/** A template's cloud, raw id and operations. */
export function resolveTemplate(ctx: ToolContext, ref: string) {
  const { at, id } = resolve(ctx, ref, 'template');
  return { at, id, templates: offered(at, 'templates') };
}

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

const sorted = (values: readonly (string | number)[] | null | undefined): string =>
  values === null || values === undefined ? 'unknown' : [...values].map(String).sort().join(',');

/** Which of the given fields a template does not show. Values of environment variables cannot be seen, names can. */
export function unshown(template: Template, given: TemplateInput): string[] {
  const asked: [string, boolean][] = [
    ['name', given.name === undefined || given.name === template.name],
    ['image', given.image === undefined || given.image === template.image],
    ['category', given.category === undefined || given.category === template.category],
    ['description', given.description === undefined || same(given.description, template.description)],
    [
      'docker_credential',
      given.docker_credential === undefined || given.docker_credential === template.docker_credential,
    ],
    ['ports', given.ports === undefined || sorted(given.ports) === sorted(template.ports)],
    [
      'env_vars',
      given.env_vars === undefined || sorted(Object.keys(given.env_vars)) === sorted(template.env_var_names),
    ],
  ];
  return asked.flatMap(([field, shows]) => (shows ? [] : [field]));
}

// Clouds' texts arrive on one line and cut; the comparison allows for that.
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
function same(given: string, found: string | null): boolean {
  const seen = found ?? '';
  return seen.endsWith('…') ? oneLine(given).startsWith(seen.slice(0, -1)) : oneLine(given) === seen;
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

/** Refuses a template that belongs to the cloud itself. @throws GpuError `unsupported` */
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
