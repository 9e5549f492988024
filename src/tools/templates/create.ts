import * as z from 'zod';
import { chooseCloud } from '../../core/context.ts';
import { requireFeature } from '../../core/features.ts';
import { type Template, templateSchema } from '../../core/model.ts';
import { clean, quote } from '../../core/text.ts';
import { DONE, doneOutput, labelField, sentences } from '../fields.ts';
import { adoptTheOne } from '../reconcile.ts';
import { defineTool } from '../tool.ts';
import {
  imageField,
  namesake,
  refuseAbsentCredential,
  refuseTaken,
  templateFields,
  templateText,
  toTemplateChange,
} from './template.ts';

const createInput = z.strictObject({ name: labelField, image: imageField, ...templateFields });
type CreateInput = z.infer<typeof createInput>;

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

/** A new template as the reply shows it, with the sent values in the fields that the reply lacks. */
const withSent = (reply: Template, given: CreateInput): Template => ({
  ...reply,
  category: reply.category ?? given.category ?? null,
  description: reply.description ?? (given.description === undefined ? null : clean(given.description, 500)),
  docker_credential: reply.docker_credential ?? given.docker_credential ?? null,
  ports: reply.ports ?? given.ports ?? null,
  env_var_names: reply.env_var_names ?? (given.env_vars === undefined ? null : Object.keys(given.env_vars)),
});

/** Creates a template of the account's own. */
export const createTemplate = defineTool({
  name: 'create_template',
  title: 'Create a template',
  description:
    'Make a container template (image, ports, environment) for create_pod. Free; change one with update_template.',
  toolset: 'templates',
  effect: 'change',
  needs: 'templates',
  input: createInput,
  output: doneOutput({ template: templateSchema }),
  plan: 'unconfirmed',
  async run(given, ctx) {
    const at = chooseCloud(ctx, undefined, 'templates');
    const change = toTemplateChange(ctx, at, given);
    await Promise.all([
      refuseTaken(ctx, at, given.name),
      refuseAbsentCredential(ctx, at, change.docker_credential_id),
    ]);
    const made = await requireFeature(at, 'templates').create(ctx.io, {
      ...change,
      name: given.name,
      image: given.image,
    });
    const whole = withSent(made, given);
    return { done: created(whole, given), ref: whole.ref };
  },
  async reconcile(given, ctx) {
    const at = chooseCloud(ctx, undefined, 'templates');
    const io = { ...ctx.io, fresh: true };
    const found = namesake(await requireFeature(at, 'templates').list(io), given.name);
    const [only] = found;
    if (only !== undefined && found.length === 1) {
      const template = await requireFeature(at, 'templates').get(io, only.id);
      if (template.image === given.image) return { found: created(template, given), ref: only.ref };
      return {
        ambiguous: [only.ref],
        why: `A template of that name is listed, but its image is ${quote(template.image)}, so it is not the one asked for.`,
      };
    }
    const outcomes = {
      notFound: `No template named ${quote(given.name)} is listed.`,
      ambiguous: `${found.length} templates are now named ${quote(given.name)}; it is not known which one is new.`,
    };
    return adoptTheOne(found, outcomes, (template) => created(template, given));
  },
  text: ({ message, template }) => `${message}\n${templateText(template)}`,
});
