const KIB = 1024;
const SMALL = 256 * KIB;
const LARGE = 1024 * KIB;
/** Four times the text may take six times as long. */
export const MAX_RATIO = 6;
/** A shorter run is not slow, and too short to measure. */
const SLOW_MS = 1000;
/** If the small text takes less, the large one is done in time even by a square. */
const QUICK_MS = SLOW_MS / (LARGE / SMALL) ** 2;
const TRIES = 3;

/** Milliseconds of processor time, independent of other load on the machine. */
function timed(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  return process.cpuUsage(before).user / 1000;
}

/** `seed` over and over, `length` characters in all, then `end`. */
const filled = (seed: string, length: number, end: string) =>
  seed.repeat(Math.ceil(length / seed.length)).slice(0, length - end.length) + end;

/** Null, or how the time grew from the small text to the large one, the lowest ratio of a few tries. */
export function growth(read: (text: string) => unknown, seed: string, end: string): number | null {
  const small = filled(seed, SMALL, end);
  let quick = timed(() => read(small));
  if (quick < QUICK_MS) return null;
  const large = filled(seed, LARGE, end);
  let slow = timed(() => read(large));
  if (slow < SLOW_MS) return null;
  let lowest = slow / quick;
  for (let attempt = 1; attempt < TRIES && lowest > MAX_RATIO; attempt += 1) {
    [quick, slow] = [timed(() => read(small)), timed(() => read(large))];
    lowest = Math.min(lowest, slow / quick);
  }
  return lowest;
}
