import { createRandom } from '../../src/sandbox/random.ts';

/** Seeded chance: the same seed throws the same dice. */
export interface Dice {
  /** True with this probability. */
  chance(probability: number): boolean;
  /** A whole number from `min` to `max`, both inclusive. */
  between(min: number, max: number): number;
  /** One of them; undefined if there are none. */
  pick<T>(from: readonly T[]): T | undefined;
}

/** Dice of a seed. */
export function createDice(seed: number): Dice {
  const random = createRandom(seed);
  const between = (min: number, max: number) => min + Math.floor(random.next() * (max - min + 1));
  return {
    chance: (probability) => random.next() < probability,
    between,
    pick: (from) => from[between(0, Math.max(0, from.length - 1))],
  };
}
