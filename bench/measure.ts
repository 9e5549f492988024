/** The middle value. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/**
 * Runs the samplers in turn, `rounds` times after `dropped` rounds that do not count, and returns the values of each: what
 * disturbs the machine disturbs all of them alike.
 */
export async function inTurn<K extends string, T>(
  samplers: Record<K, () => Promise<T>>,
  rounds: number,
  dropped: number,
): Promise<Record<K, T[]>> {
  const names = Object.keys(samplers) as K[];
  const values = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<K, T[]>;
  for (let round = -dropped; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const value = await samplers[name]();
      if (round >= 0) values[name].push(value);
    }
  }
  return values;
}

/** Milliseconds that something took. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}

/** Least squares: how much `y` grows for one more of `x`. */
export function slope(points: readonly { x: number; y: number }[]): number {
  const mean = (pick: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [mx, my] = [mean(({ x }) => x), mean(({ y }) => y)];
  const over = points.reduce((sum, { x, y }) => sum + (x - mx) * (y - my), 0);
  return over / points.reduce((sum, { x }) => sum + (x - mx) ** 2, 0);
}
