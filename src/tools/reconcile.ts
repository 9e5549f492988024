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

/** New things of an order's name: those that may be its result, and why the others are not. */
export function sortOut<T extends { ref: string }>(
  found: readonly T[],
  unlike: (one: T) => string | null,
): { fitting: T[]; others: { refs: string[]; say: string } } {
  const judged = found.map((one) => ({ one, why: unlike(one) }));
  const others = judged.filter(({ why }) => why !== null);
  return {
    fitting: judged.flatMap(({ one, why }) => (why === null ? [one] : [])),
    others: {
      refs: others.map(({ one }) => one.ref),
      say: others
        .map(
          ({ one, why }) =>
            ` ${one.ref} has that name, but ${why}: it is not taken for the result of this order.`,
        )
        .join(''),
    },
  };
}

/** How one thing is read, and all of its kind. */
export interface Readers<T extends { ref: string }> {
  get: (io: Io) => Promise<T>;
  list: (io: Io) => Promise<T[]>;
  /** A detail that says that the thing is gone; none does if left out. */
  isGone?: (thing: T) => boolean;
}

/**
 * A thing as it is now, or null if it is proved gone: the cloud itself says "not found", and a complete list does not
 * show it. One without the other proves nothing; a thing that is listed all the same is returned as listed. One whose
 * detail says that it is gone is returned with these last words, if the list agrees.
 * @throws GpuError if either could not be read, or if the list is cut short
 */
export async function readUnlessGone<T extends { ref: string }>(
  io: Io,
  ref: string,
  { get, list, isGone = () => false }: Readers<T>,
): Promise<T | null> {
  const thing = await get({ ...io, fresh: true }).catch((error: unknown) => {
    if (isCode(error, 'not_found')) return null;
    throw error;
  });
  if (thing !== null && !isGone(thing)) return thing;
  const rows = await list({ ...io, fresh: true, purpose: 'gate' });
  return rows.find((row) => row.ref === ref) ?? thing;
}
