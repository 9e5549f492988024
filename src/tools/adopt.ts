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
