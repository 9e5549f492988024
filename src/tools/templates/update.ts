import * as z from 'zod';
import type { Cloud, TemplateOps } from '../../core/cloud.ts';
import type { ToolContext } from '../../core/context.ts';
import { GpuError } from '../../core/errors.ts';
import { type Template, templateSchema } from '../../core/model.ts';
import type { Planned } from '../../core/plan.ts';
import type { TemplateChange } from '../../core/requests.ts';
import { quote } from '../../core/text.ts';
import {
  DONE,
  gatedOutput,
  head,
  labelField,
  refField,
  removeAllField,
  sentences,
  withRemoved,
} from '../fields.ts';
import { describeThing } from '../removal.ts';
import { defineTool } from '../tool.ts';
import {
  imageField,
  refuseSystem,
  resolveTemplate,
  type TemplateInput,
  templateFields,
  templateText,
  toTemplateChange,
  unshown,
} from './template.ts';

const input = z.strictObject({
  template: refField('template').describe('template ref'),
  name: labelField.optional(),
  image: imageField.optional(),
  ...templateFields,
  env_vars: templateFields.env_vars.describe('Replaces all variables'),
  remove_all: removeAllField(['env_vars', 'ports']),
});
type Input = z.infer<typeof input>;

const wanted = (given: Input): Input => withRemoved(given, { env_vars: {}, ports: [] });

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

const changeable = [
  'name',
  'image',
  'category',
  'description',
  'docker_credential',
  'ports',
  'env_vars',
] as const;

function refuseEmpty(given: Input): void {
  if (changeable.some((field) => given[field] !== undefined)) return;
  throw new GpuError('invalid_input', `${changeable.join(', ')}, remove_all: at least one is needed.`, {
    hint: 'Pass what should change; get_template shows what is there.',
  });
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

/** The worst consequence of an update, by what it changes. */
const worstOf = ({ env_vars }: TemplateInput): string =>
  env_vars === undefined
    ? 'Pods created from now on use the changed template.'
    : 'Variables are replaced as a whole: those not given again are removed.';

/** True if the reply lacks a field that was changed. */
const isOpen = (reply: Template, given: TemplateInput): boolean =>
  (given.category !== undefined && reply.category === null) ||
  (given.description !== undefined && reply.description === null) ||
  (given.docker_credential !== undefined && reply.docker_credential === null) ||
  (given.ports !== undefined && reply.ports === null) ||
  (given.env_vars !== undefined && reply.env_var_names === null);

/** A template as a reply shows it, with its former values in the fields that the reply lacks. */
const withBefore = (after: Template, before: Template): Template => ({
  ...after,
  category: after.category ?? before.category,
  description: after.description ?? before.description,
  is_system: after.is_system ?? before.is_system,
  docker_credential: after.docker_credential ?? before.docker_credential,
  ports: after.ports ?? before.ports,
  env_var_names: after.env_var_names ?? before.env_var_names,
  created_at_utc: after.created_at_utc ?? before.created_at_utc,
});

/** Changes one of the account's own templates. */
export const updateTemplate = defineTool({
  name: 'update_template',
  title: 'Change a template',
  description:
    'Change one of your own templates; what is left out stays. Running pods are not affected. A person must confirm.',
  toolset: 'templates',
  effect: 'change',
  needs: 'templates',
  input,
  output: gatedOutput({ template: templateSchema.optional() }),
  async plan(asked, ctx) {
    const given = wanted(asked);
    refuseEmpty(given);
    const { at, id, templates } = resolveTemplate(ctx, given.template);
    refuseUnchangeable(at, templates, toTemplateChange(ctx, at, given));
    const before = await templates.get({ ...ctx.io, fresh: true }, id);
    refuseSystem(before, at, 'changed');
    return {
      plan: {
        ref: given.template,
        summary: `Change ${describeThing(at, 'template', before)}.`,
        effects: effectsOf(before, given),
        consequences: templates.notes.update,
        challenge: 'update',
      },
      head: head(`Change ${at.title} template`, before.name, worstOf(given)),
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
  async run(asked: Input, ctx: ToolContext, { data }: Planned<Template>) {
    const given = wanted(asked);
    const { at, id, templates } = resolveTemplate(ctx, given.template);
    const reply = await templates.update(ctx.io, id, toTemplateChange(ctx, at, given));
    const now = isOpen(reply, given)
      ? await templates.get({ ...ctx.io, fresh: true }, id).catch(() => null)
      : withBefore(reply, data);
    const missing = now === null ? [] : unshown(now, given);
    return {
      done: {
        status: DONE,
        template: now ?? reply,
        message: sentences(
          `Template ${given.template} was changed.`,
          now === null ? 'It could not be read again; use get_template.' : null,
          missing.length > 0
            ? `WARNING: ${at.title} accepted the change, but does not show it for: ${missing.join(', ')}.`
            : null,
        ),
      },
    };
  },
  // Values of variables cannot be read back, so only a visible difference proves that the change took effect.
  async reconcile(asked: Input, ctx: ToolContext, { data }: Planned<Template>) {
    const given = wanted(asked);
    const { id, templates } = resolveTemplate(ctx, given.template);
    const now = await templates.get({ ...ctx.io, fresh: true }, id);
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
