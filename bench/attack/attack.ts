import type { Dice } from '../soak/dice.ts';

/** What one kind of attack came to. */
export interface Held {
  /** How often it was tried. */
  tried: number;
  /** What went wrong, in words; empty = it held. */
  wrong: string[];
}

/** How long attacks that depend on chance go on: so many rounds, but no further one once `isOver`; at least one. */
export interface Bounds {
  rounds: number;
  isOver: () => boolean;
}

/** One kind of attack on loopback. It ends by itself and leaves nothing running. */
export interface Attack {
  name: string;
  run(binary: string, dice: Dice, bounds: Bounds): Promise<Held>;
}

/** Runs rounds within the bounds, and gives how many there were. */
export async function inRounds(
  { rounds, isOver }: Bounds,
  round: (n: number) => Promise<void>,
): Promise<number> {
  let n = 0;
  for (; n < rounds && (n === 0 || !isOver()); n += 1) await round(n);
  return n;
}

/** The result of `work`, or `late` after `ms`. */
export async function within<T, L>(work: Promise<T>, ms: number, late: L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<L>((resolve) => {
    timer = setTimeout(() => resolve(late), ms);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
