import type { Io } from '../core/cloud.ts';
import { isCode } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';

/** The sentences for a result that is not found, or is ambiguous. */
interface Sentences {
  /** `candidates`: things that may be related. */
  notFound: string | { notFound: string; candidates: string[] };
  ambiguous: string;
}

/**
 * The outcome of a write whose reply was lost, by the new things that may be its result: exactly one is the result,
 * none or several leave the outcome open. `adopt` makes the output from the one.
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

/** New things of an order's name: those that may be its result, and why the others are not. `unlike`: the difference, in words. */
export function matchOrder<T extends { ref: string }>(
  found: readonly T[],
  unlike: (one: T) => string | null,
): { fitting: T[]; others: { refs: string[]; sentence: string } } {
  const judged = found.map((one) => ({ one, why: unlike(one) }));
  const others = judged.filter(({ why }) => why !== null);
  return {
    fitting: judged.flatMap(({ one, why }) => (why === null ? [one] : [])),
    others: {
      refs: others.map(({ one }) => one.ref),
      sentence: others
        .map(
          ({ one, why }) =>
            ` ${one.ref} has that name, but ${why}: it is not taken for the result of this order.`,
        )
        .join(''),
    },
  };
}

/** Readers of one thing and of the list of its kind. */
export interface Readers<T extends { ref: string }> {
  get: (io: Io) => Promise<T>;
  list: (io: Io) => Promise<T[]>;
  /** True if the thing's own state is a deleted one. Left out: never. */
  isGone?: (thing: T) => boolean;
}

/**
 * A thing as it is now, or null if it is proved gone: the cloud answers "not found", and a complete list does not show it.
 * Neither alone proves it: a thing that is still listed is returned as listed. A thing that the cloud shows as deleted is
 * returned so, if the list does not show it.
 * @throws GpuError if either could not be read, or if the list is incomplete
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
  // A list that was read before the detail proves nothing, so it belongs to no reading.
  const rows = await list({ ...io, fresh: true, purpose: 'gate', reading: undefined });
  return rows.find((row) => row.ref === ref) ?? thing;
}
