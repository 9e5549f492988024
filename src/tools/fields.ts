import * as z from 'zod';
import { cloudIdSchema } from '../core/cloud-id.ts';
import { cloudErrorSchema } from '../core/gather.ts';
import { planSchema } from '../core/plan.ts';
import { quote } from '../core/text.ts';

// Input and output fields that several tools share, so that they are named and explained the same way.

/** Which cloud; may be left out where one is configured or a ref implies it. */
export const cloudField = cloudIdSchema.optional();

/** How much of a list is shown, and from where. */
export const pageFields = {
  limit: z.number().int().min(1).max(100).default(20),
  cursor: z.string().max(100).optional(),
};

/** The name of a pod or job: what both clouds take, and nothing that could be mistaken for something else. */
export const nameField = z
  .string()
  .min(1)
  .max(64)
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9 ._-]*$/,
    'letters, digits, space, dot, dash and underscore only, beginning with a letter or digit',
  );

/** A ref, `<cloud>:<kind>:<id>`; read by core/ref, which names what is wrong with it. */
export const refField = z.string().max(300);

/** The output of a list: the rows under their plural, the total before the cut, the next page's cursor, failed clouds. */
export const listOutput = <K extends string, T extends z.ZodType>(plural: K, row: T) =>
  z.object({
    ...({ [plural]: z.array(row) } as Record<K, z.ZodArray<T>>),
    total: z.number(),
    next_cursor: z.string().nullable(),
    errors: z.array(cloudErrorSchema).optional(),
  });

/** The status of a gated tool that did what it was asked for. */
export const DONE = 'done' as const;

/** The output of a gated tool: what was done, or the plan that waits for consent. */
export const gatedOutput = <T extends z.ZodRawShape>(shape: T) =>
  z.object({
    status: z.enum(['done', 'confirmation_required']),
    message: z.string(),
    reconciled: z.boolean().optional(),
    plan: planSchema.optional(),
    changes: z.array(z.string()).optional(),
    confirmation: z.object({ token: z.string(), expires_at: z.string() }).optional(),
    ...shape,
  });

const MAX_SAID = 300;

/**
 * A cloud's own words about an action as one sentence, quoted as data; null where it said nothing. Longer than a quoted
 * name, because amounts that are refunded stand in them.
 */
export const says = (title: string, message: string | null): string | null =>
  message === null || message === ''
    ? null
    : `${title} says: ${quote(message.replace(/[.!]+$/, ''), MAX_SAID)}.`;

/** Joins the sentences that a cloud's reply and our own notes make up. */
export const sentences = (...parts: (string | null | undefined)[]): string =>
  parts.filter((part) => part !== null && part !== undefined && part !== '').join(' ');
