/** Seeded source of ids and prices: the same seed gives the same run. Not for secrets outside the sandbox. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Lower-case letters and digits. */
  text(length: number): string;
  /** A UUID-shaped string. */
  uuid(): string;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Mulberry32. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const pick = (from: string, length: number) =>
    Array.from({ length }, () => from.charAt(Math.floor(next() * from.length))).join('');
  return {
    next,
    text: (length) => pick(ALPHABET, length),
    uuid: () => [8, 4, 4, 4, 12].map((length) => pick('0123456789abcdef', length)).join('-'),
  };
}
