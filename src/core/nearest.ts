/** How many single characters must change, come or go to make one word of the other (Levenshtein). */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_none, index) => index);
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, right] of [...b].entries()) {
      const change = (row[j] ?? 0) + (left === right ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

const maxDistance = (known: string): number => Math.max(1, Math.floor(known.length / 3));

/** The known word that was most likely meant; null if none is near: more than a third of it would have to change. */
export function nearest(word: string, known: readonly string[]): string | null {
  const ranked = known
    .filter((one) => Math.abs(one.length - word.length) <= maxDistance(one))
    .map((one) => ({ one, far: distance(word.toLowerCase(), one.toLowerCase()) }))
    .toSorted((a, b) => a.far - b.far);
  const [best] = ranked;
  return best !== undefined && best.far <= maxDistance(best.one) ? best.one : null;
}
