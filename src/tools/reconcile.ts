import type { Io } from '../core/cloud.ts';
import { isCode } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';

/** The message if the result of a write is not found, or is ambiguous. */
interface Sentences {
  /** Nothing of it is listed. With `candidates`, things that may be related. */
  notFound: string | { notFound: string; candidates: string[] };
  /** Several could be it. */
  ambiguous: string;
}

/**
 * The outcome of a write whose reply was lost, by the new things that could be its result: exactly one is taken for
 * it, none or several leave the outcome open. `adopt` makes the output from the one.
 */
export async function adoptTheOne<T extends { ref: string }, O>(
  found: readonly T[],
  { notFound, ambiguous }: Sentences,
  adopt: (one: T) => O | Promise<O>,
): Promise<Outcome<O>> {
  const [only] = found;
  if (only === undefined) return typeof notFound === 'string' ? { notFound } : notFound;
  if (found.length === 1) return { found: await adopt(only), ref: only.ref };
  return { ambiguous: found.map(({ ref }) => ref), why: ambiguous };
}

/** How one thing is read, and all of its kind. */
export interface Readers<T extends { ref: string }> {
  get: (io: Io) => Promise<T>;
  list: (io: Io) => Promise<T[]>;
}

/**
 * A thing as it is now, or null if it is proved gone: the cloud itself says "not found", and a complete list does not
 * show it. One without the other proves nothing; a thing that is listed all the same is returned as listed.
 * @throws GpuError if either could not be read, or if the list is cut short
 */
export async function readUnlessGone<T extends { ref: string }>(
  io: Io,
  ref: string,
  { get, list }: Readers<T>,
): Promise<T | null> {
  try {
    return await get({ ...io, fresh: true });
  } catch (error) {
    if (!isCode(error, 'not_found')) throw error;
    const rows = await list({ ...io, fresh: true, purpose: 'gate' });
    return rows.find((row) => row.ref === ref) ?? null;
  }
}
