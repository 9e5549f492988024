import * as z from 'zod';
import type { ErrorCode, GpuError } from './errors.ts';
import type { Lease, Planned } from './plan.ts';

/** A piece of content beside the text: an image, a link to a file, an embedded document. */
export const extraSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('image'), data: z.string(), mimeType: z.string() }),
  z.object({ type: z.literal('resource_link'), uri: z.string(), name: z.string(), mimeType: z.string() }),
  z.object({
    type: z.literal('resource'),
    resource: z.object({ uri: z.string(), mimeType: z.string(), blob: z.string() }),
  }),
]);
export type Extra = z.infer<typeof extraSchema>;

/**
 * The end of a write: `done` with its output and the ref of a thing that it made (left out, the ref of the plan), or
 * `unnamed`, if the cloud accepted it but named no result, which then has to be found; the sentence explains it.
 * `usd`: what a metered call cost, if its reply shows that.
 */
export type Written<O> = { done: O; ref?: string; extras?: Extra[]; usd?: number } | { unnamed: string };

const MAY_HAVE_RUN: ReadonlySet<ErrorCode> = new Set([
  'outcome_unknown',
  'upstream_error',
  'unexpected_response',
  'timeout',
  'cancelled',
]);

/** True if a cloud may have done (and charged for) a metered call that ended in this error without returning its result. */
export const mayHaveRun = (code: ErrorCode): boolean => MAY_HAVE_RUN.has(code);

/** The end of one part of a plan: its output, or an error. */
export type PartEnd = { planned: Planned } & ({ output: unknown; reconciled: boolean } | { error: GpuError });

/**
 * The finding of one reading after a write: its result, with the leases to store as it becomes the order's; nothing of it
 * (yet), with things that may be related; or several things that may be the result, and why it is not known which.
 */
export type Outcome<O> =
  | { found: O; ref?: string; leases?: readonly Lease[] }
  | { notFound: string; candidates?: string[] | undefined }
  | { ambiguous: string[]; why: string };

/**
 * The rows of that name that were not listed before: what an order of that name may have made. Exactly one is the
 * order's; none or several leave the outcome open.
 */
export function addedSince<T extends { ref: string; name: string | null }>(
  before: readonly string[],
  after: readonly T[],
  name: string,
): T[] {
  const known = new Set(before);
  return after.filter((row) => !known.has(row.ref) && row.name === name);
}

/** The pod of an order as the cloud will list it. An empty list or null = not known. */
export interface ExpectedPod {
  /** Names under which the cloud may list its GPU. */
  gpu_models: string[];
  gpu_count: number | null;
  /** The prices that the cloud may report for it, USD an hour: of the pod, or of one GPU if that is ambiguous. */
  usd_per_hour: number[];
}
