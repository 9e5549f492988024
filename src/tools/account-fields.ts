import * as z from 'zod';
import type { Cloud } from '../core/cloud.ts';
import type { ToolContext } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { type CloudError, gather } from '../core/gather.ts';
import { cut } from '../core/page.ts';
import { type CloudId, type Kind, LISTED_BY } from '../core/ref.ts';
import { challengeFor, clean, quote } from '../core/text.ts';

// What the tools for keys, templates, credentials and billing share.

/** True for one line without control, invisible or doubled space characters: what is shown is what is stored. */
export const isPlain = (text: string): boolean => text !== '' && clean(text, text.length) === text;

// Bounds are checked by hand, because every bound in a schema is read by the model in every conversation.

/** Text of at most `max` UTF-16 code units. */
export const textField = (max: number, min = 1) =>
  z.string().refine((text) => text.length >= min && text.length <= max, {
    error: `must have ${min} to ${max} characters`,
    abort: true,
  });

/** A list of at most `max` items. */
export const listField = <T extends z.ZodType>(item: T, max: number, min = 0) =>
  z.array(item).refine((list) => list.length >= min && list.length <= max, {
    error: `must have ${min} to ${max} items`,
    abort: true,
  });

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

/** The output of a change that nobody is asked about. */
export const doneOutput = <T extends z.ZodRawShape>(shape: T) =>
  z.object({
    status: z.literal('done'),
    message: z.string(),
    reconciled: z.boolean().optional(),
    ...shape,
  });

/** What a person types to destroy a thing: its name, or the last six characters of its id where the name won't do. */
export function challengeOf(thing: { name: string | null; id: string }): string {
  return challengeFor(thing.name, thing.id);
}

/** A thing in one phrase for a plan: quoted name, cloud, id. */
export const describeThing = (at: Cloud, noun: string, thing: { name: string | null; id: string }): string =>
  `${noun} ${quote(thing.name)} (${at.title} id ${clean(thing.id, 80)})`;

/** The row of a list that a ref names. @throws GpuError `not_found` naming the tool that lists what there is. */
export function pick<T extends { ref: string }>(rows: readonly T[], ref: string, kind: Kind, at: Cloud): T {
  const found = rows.find((row) => row.ref === ref);
  if (found !== undefined) return found;
  throw new GpuError('not_found', `${kind}: ${at.title} lists none with this ref.`, {
    hint: `See ${LISTED_BY[kind]}.`,
    cloud: at.id,
  });
}

/** What a list tool answers besides its rows. */
export interface Listed<T> {
  rows: T[];
  rest: { total: number; next_cursor: string | null; errors?: CloudError[] };
}

/** One page of a list that every able cloud contributes to; clouds that fail are reported in `errors`. */
export async function listPage<T>(
  ctx: ToolContext,
  input: { cloud?: CloudId | undefined; limit: number; cursor?: string | undefined },
  able: (cloud: Cloud) => boolean,
  read: (cloud: Cloud) => Promise<T[]> | undefined,
  compare?: (a: T, b: T) => number,
): Promise<Listed<T>> {
  const { rows, errors } = await gather(ctx, input.cloud, able, async (cloud) => (await read(cloud)) ?? []);
  const page = cut(compare === undefined ? rows : rows.toSorted(compare), input);
  return {
    rows: page.rows,
    rest: { total: page.total, next_cursor: page.next_cursor, ...(errors.length > 0 && { errors }) },
  };
}
