import * as z from 'zod';
import type { Cloud } from '../core/cloud.ts';
import { GpuError } from '../core/errors.ts';
import { cloudIdSchema, type Pod } from '../core/model.ts';
import { type Head, planSchema } from '../core/plan.ts';
import { type Kind, LISTED_BY } from '../core/ref.ts';
import { gpuWords, regionWords } from '../core/search-words.ts';
import { clean, quote } from '../core/text.ts';

// Input and output fields that several tools share, so that they are named and explained the same way.

/** The cloud; may be left out if only one is configured or a ref implies it. */
export const cloudField = cloudIdSchema.optional();

/** The page of a list: its size and where it begins. */
export const pageFields = {
  limit: z.number().int().min(1).max(100).default(20),
  cursor: z.string().max(100).optional(),
};

/**
 * The name of a pod or job: characters that every cloud stores unchanged, so that the thing can be found by its name.
 * The clouds document no rule; this one is our choice.
 */
export const nameField = z
  .string()
  .min(1)
  .max(64)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]*(?: [A-Za-z0-9._-]+)*$/,
    'letters, digits, dot, dash, underscore and single spaces inside only, beginning with a letter or digit',
  );

const refKinds = z.registry<{ kinds: readonly Kind[] }>();

/**
 * The ref, name or bare id of a thing of these kinds. engine/names turns names and ids into the ref
 * `<cloud>:<kind>:<id>` before a tool gets it; core/ref parses it.
 */
export const refField = (...kinds: [Kind, ...Kind[]]) => z.string().max(300).register(refKinds, { kinds });

/** The kinds of things that a field names, alone or in a list; none for any other field. */
export function kindsNamedBy(field: unknown): readonly Kind[] {
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault) return kindsNamedBy(field.unwrap());
  if (field instanceof z.ZodArray) return kindsNamedBy(field.element);
  return field instanceof z.ZodString ? (refKinds.get(field)?.kinds ?? []) : [];
}

/** The status of a gated tool that did its work. */
export const DONE = 'done' as const;

/** An input with which a gated tool only shows its plan. */
export const dryRunField = z.boolean().optional().describe('only plan');

/** A word from a list that the schema does not hold, in any letter case. */
export const wordField = (max: number) => z.string().max(max).trim().toLowerCase();

/** The output of a gated tool: what was done, or the plan that waits for consent. */
export const gatedOutput = <T extends z.ZodRawShape>(shape: T) =>
  z.object({
    status: z.enum(['done', 'confirmation_required', 'in_progress', 'dry_run']),
    message: z.string(),
    reconciled: z.boolean().optional(),
    repeated: z.boolean().optional(),
    done_at: z.string().optional(),
    plan: planSchema.optional(),
    changes: z.array(z.string()).optional(),
    confirmation: z
      .object({ token: z.string(), expires_at: z.string(), reply: z.string().optional() })
      .optional(),
    next: z.string().optional(),
    ...shape,
  });

const MAX_QUOTED = 300;

/**
 * A cloud's message about an action as one sentence, quoted as data; null if there is none. It may be longer than a
 * quoted name, because it may hold the amount of a refund.
 */
export const quoteReply = (title: string, message: string | null): string | null =>
  message === null || message === ''
    ? null
    : `${title} says: ${quote(message.replace(/[.!]+$/, ''), MAX_QUOTED)}.`;

/** The head of a plan; `until` if an hourly price is paid. */
export const head = (
  what: string,
  name: string | null,
  worst: string,
  until: string | null = null,
): Head => ({
  what,
  name: name === null ? null : clean(name),
  until,
  worst,
});

/** The head of a plan for an action on a pod. */
export const podHead = (
  verb: string,
  at: Cloud,
  { name }: Pod,
  action: keyof Cloud['pods']['notes']['worst'],
  until: string | null = null,
): Head => head(`${verb} ${at.title} pod`, name, at.pods.notes.worst[action], until);

/**
 * Until when the hourly price of a pod is paid, as far as its cloud documents it. `lease`: when its lease ends, e.g.
 * `after 8 h`; null = it has none. If a stop does not end billing, a lease is only a reminder.
 */
export function untilEnded({ pods }: Cloud, lease: string | null): string {
  if (!pods.notes.stop_ends_billing) return 'you delete it';
  return lease === null ? 'you stop or delete it' : `its lease ends ${lease}`;
}

/** Joins sentences; null and empty ones are left out. */
export const sentences = (...parts: (string | null | undefined)[]): string =>
  parts.filter((part) => part !== null && part !== undefined && part !== '').join(' ');

/** True for one line without control, invisible or doubled space characters, which is shown as it is stored. */
export const isPlain = (text: string): boolean => text !== '' && clean(text, text.length) === text;

// Bounds are checked by hand: in a schema, each would cost tokens in every conversation.

/** Text of at most `max` UTF-16 code units. */
export const textField = (max: number, min = 1) =>
  z.string().refine((text) => text.length >= min && text.length <= max, {
    error: `must have ${min} to ${max} characters`,
    abort: true,
  });

const minItems = z.registry<{ min: number }>();

/** A list of at most `max` items. */
export const listField = <T extends z.ZodType>(item: T, max: number, min = 0) =>
  z
    .array(item)
    .refine((list) => list.length >= min && list.length <= max, {
      error: `must have ${min} to ${max} items`,
      abort: true,
    })
    .register(minItems, { min });

/** The number of items that a list must have; 0 for any other field. */
export const minItemsOf = (field: unknown): number =>
  field instanceof z.ZodArray ? (minItems.get(field)?.min ?? 0) : 0;

/** A whole number within bounds, both inclusive. */
export const countField = (min: number, max: number) =>
  z
    .number()
    .int()
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`);

/** The name of a key, template or credential. Clouds document no rule for it; one visible line is our choice. */
export const labelField = textField(64).refine(
  isPlain,
  'must be one line of visible text, without doubled or outer spaces',
);

/** The output of a change that needs no confirmation. */
export const doneOutput = <T extends z.ZodRawShape>(shape: T) =>
  z.object({
    status: z.literal('done'),
    message: z.string(),
    reconciled: z.boolean().optional(),
    ...shape,
  });

/** The row of a list that a ref names. @throws GpuError `not_found` naming the tool that lists such things */
export function findListed<T extends { ref: string }>(
  rows: readonly T[],
  ref: string,
  kind: Kind,
  at: Cloud,
): T {
  const found = rows.find((row) => row.ref === ref);
  if (found !== undefined) return found;
  throw new GpuError('not_found', `${kind}: ${at.title} lists none with this ref.`, {
    hint: `See ${LISTED_BY[kind]}.`,
    cloud: at.id,
  });
}

// A filter that names nothing would match everything, and the answer would seem filtered.

/** The model of a GPU as people write it. */
export const gpuField = z
  .string()
  .max(60)
  .refine((text) => gpuWords(text).length > 0, 'needs the name of a model, such as H100');

/** A region or larger area as people write it. */
export const regionField = z
  .string()
  .max(60)
  .refine((text) => regionWords(text).length > 0, 'needs the name of a region, such as Europe');

/** Words to search for, of at most `max` characters together. */
export const searchField = (max: number) =>
  z
    .string()
    .refine((text) => text.length <= max, { error: `must have at most ${max} characters`, abort: true })
    .refine((text) => /[\p{L}\p{N}]/u.test(text), 'needs a letter or a digit');
