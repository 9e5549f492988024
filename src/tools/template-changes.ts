import * as z from 'zod';
import type { Cloud, TemplateOps } from '../core/cloud.ts';
import { chooseCloud } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { requireFeature } from '../core/features.ts';
import { type Template, templateSchema } from '../core/model.ts';
import type { TemplateChange } from '../core/requests.ts';
import { clean, quote } from '../core/text.ts';
import { DONE, doneOutput, gatedOutput, head, labelField, refField, sentences } from './fields.ts';
import { adoptTheOne } from './reconcile.ts';
import { describeThing } from './removal.ts';
import {
  CHANGEABLE,
  imageField,
  namesake,
  refuseAbsentCredential,
  refuseSystem,
  refuseTaken,
  resolveTemplate,
  type TemplateInput,
  templateFields,
  templateText,
  toTemplateChange,
  unshown,
} from './templates.ts';
import { defineTool } from './tool.ts';
import { notShown, refuseNothing, removeAllField, withRemoved } from './update.ts';

/** A template as a reply shows it; fields that the reply lacks come from `known`. */
const completed = (reply: Template, known: Partial<Template>): Template => {
  const shown = Object.entries(reply).filter(([, value]) => value !== null);
  return templateSchema.parse({ ...reply, ...known, ...Object.fromEntries(shown) });
};

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

/** What was sent, in the form of a template. */
const sent = (given: CreateInput): Partial<Template> => ({
  category: given.category ?? null,
  description: given.description === undefined ? null : clean(given.description, 500),
  docker_credential: given.docker_credential ?? null,
  ports: given.ports ?? null,
  env_var_names: given.env_vars === undefined ? null : Object.keys(given.env_vars),
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
    const whole = completed(made, sent(given));
    return { done: created(whole, given), ref: whole.ref };
  },
  async reconcile(given, ctx) {
    const at = chooseCloud(ctx, undefined, 'templates');
    const templates = requireFeature(at, 'templates');
    const found = namesake(await templates.list(ctx.io), given.name);
    const [only] = found;
    if (only !== undefined && found.length === 1) {
      const template = await templates.get(ctx.io, only.id);
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

const updateInput = z.strictObject({
  template: refField('template').describe('template ref'),
  name: labelField.optional(),
  image: imageField.optional(),
  ...templateFields,
  env_vars: templateFields.env_vars.describe('Replaces all variables'),
  remove_all: removeAllField(['env_vars', 'ports']),
});
type UpdateInput = z.infer<typeof updateInput>;

const wanted = (given: UpdateInput): UpdateInput => withRemoved(given, { env_vars: {}, ports: [] });

const names = (list: readonly string[]): string => list.map((name) => quote(name)).join(', ');

/** The environment variables that are removed, kept and added; names only. */
function envEffects(before: readonly string[] | null, env: Record<string, string> | undefined): string[] {
  if (env === undefined) return [];
  const after = Object.keys(env);
  if (before === null) {
    return [
      `Its environment variables become exactly: ${names(after) || 'none'}. It is not known which ones are removed: the cloud does not name the present ones.`,
    ];
  }
  const [removed, kept, added] = [
    before.filter((name) => !after.includes(name)),
    after.filter((name) => before.includes(name)),
    after.filter((name) => !before.includes(name)),
  ];
  return [
    `Environment variables removed: ${names(removed) || 'none'}.`,
    `Environment variables kept, with the values given now: ${names(kept) || 'none'}.`,
    `Environment variables added: ${names(added) || 'none'}.`,
  ];
}

// Long enough for an image with its digest: a person must see all of what is confirmed.
const inFull = (text: string): string => quote(text, 500);

const shownList = (values: readonly (string | number)[] | null): string =>
  values === null ? 'unknown' : values.join(', ') || 'none';

function effectsOf(before: Template, given: TemplateInput): string[] {
  const texts = (['name', 'image', 'category', 'description', 'docker_credential'] as const).flatMap(
    (field) => {
      const value = given[field];
      return value === undefined
        ? []
        : [
            `Its ${field} becomes ${inFull(value)} (now ${before[field] === null ? 'none or unknown' : inFull(before[field])}).`,
          ];
    },
  );
  const ports =
    given.ports === undefined
      ? []
      : [`Its ports become exactly: ${shownList(given.ports)} (now: ${shownList(before.ports)}).`];
  return [...texts, ...ports, ...envEffects(before.env_var_names, given.env_vars)];
}

function refuseUnchangeable(at: Cloud, templates: TemplateOps, change: TemplateChange): void {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const names = given.map(([field]) => (field === 'docker_credential_id' ? 'docker_credential' : field));
  const open: readonly string[] = templates.changeable;
  const closed = names.filter((name) => !open.includes(name));
  if (closed.length === 0) return;
  throw new GpuError(
    'unsupported',
    `${closed.join(', ')}: ${at.title} documents no way to change it on a template.`,
    {
      hint: `Only ${open.join(', ')} can change. Leave the others out, or make a new template with create_template.`,
      cloud: at.id,
    },
  );
}

/** True if the reply lacks a field that was changed. */
const isOpen = (reply: Template, given: TemplateInput): boolean => {
  const shown = { ...reply, env_vars: reply.env_var_names };
  return CHANGEABLE.some((field) => given[field] !== undefined && shown[field] === null);
};

/** Changes one of the account's own templates. */
export const updateTemplate = defineTool({
  name: 'update_template',
  title: 'Change a template',
  description:
    'Change one of your own templates; what is left out stays. Running pods are not affected. A person must confirm.',
  toolset: 'templates',
  effect: 'change',
  needs: 'templates',
  input: updateInput,
  output: gatedOutput({ template: templateSchema.optional() }),
  async plan(asked, ctx) {
    const given = wanted(asked);
    refuseNothing(given, CHANGEABLE, 'Pass what should change; get_template shows what is there.');
    const { at, id, templates } = resolveTemplate(ctx, given.template);
    refuseUnchangeable(at, templates, toTemplateChange(ctx, at, given));
    const before = await templates.get(ctx.io, id);
    refuseSystem(before, at, 'changed');
    const worst =
      given.env_vars === undefined
        ? 'Pods created from now on use the changed template.'
        : 'Variables are replaced as a whole: those not given again are removed.';
    return {
      plan: {
        ref: given.template,
        summary: `Change ${describeThing(at, 'template', before)}.`,
        effects: effectsOf(before, given),
        consequences: templates.notes.update,
        challenge: 'update',
      },
      head: head(`Change ${at.title} template`, before.name, worst),
      cloud: at.id,
      facts: {
        name: before.name,
        image: before.image,
        docker_credential: before.docker_credential,
        ports: before.ports?.join(', ') ?? null,
        env_vars: before.env_var_names?.toSorted().join(', ') ?? null,
      },
      data: before,
    };
  },
  async run(asked, ctx, { data }) {
    const given = wanted(asked);
    const { at, id, templates } = resolveTemplate(ctx, given.template);
    const reply = await templates.update(ctx.io, id, toTemplateChange(ctx, at, given));
    const now = isOpen(reply, given)
      ? await templates.get({ ...ctx.io, fresh: true }, id).catch(() => null)
      : completed(reply, data);
    const missing = now === null ? [] : unshown(now, given);
    return {
      done: {
        status: DONE,
        template: now ?? reply,
        message: sentences(
          `Template ${given.template} was changed.`,
          now === null ? 'It could not be read again; use get_template.' : null,
          notShown(at, missing),
        ),
      },
    };
  },
  // Values of variables cannot be read back, so only a visible difference proves that the change took effect.
  async reconcile(asked, ctx, { data }) {
    const given = wanted(asked);
    const { id, templates } = resolveTemplate(ctx, given.template);
    const now = await templates.get(ctx.io, id);
    if (unshown(now, given).length > 0) {
      return { notFound: `${now.ref} does not show the change.`, candidates: [now.ref] };
    }
    if (unshown(data, given).length === 0) {
      return {
        notFound: `${now.ref} shows no difference, and values are hidden, so it is not known whether the change took effect.`,
        candidates: [now.ref],
      };
    }
    return {
      found: { status: DONE, template: now, message: `Template ${now.ref} shows what was asked for.` },
    };
  },
  text: ({ message, template }) =>
    template === undefined ? message : `${message}\n${templateText(template)}`,
});
