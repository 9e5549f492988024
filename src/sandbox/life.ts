/** A state and what it turns into by itself. Times are milliseconds of the sandbox clock. */
export interface Phase {
  raw: string;
  since: number;
  next: { raw: string; at: number } | null;
}

/** What one raw state turns into, in seconds; a state that is not a key stays. */
export type PhaseTable = Record<string, { raw: string; after: number }>;

/** The phase that begins at `since` in state `raw`. */
export function enter(raw: string, since: number, table: PhaseTable): Phase {
  const next = Object.hasOwn(table, raw) ? table[raw] : undefined;
  return { raw, since, next: next ? { raw: next.raw, at: since + next.after * 1000 } : null };
}

/**
 * Plays all transitions due by `now`, each at its exact time. `change` is called once per transition and
 * returns the phase it leads to.
 */
export function play(phase: Phase, now: number, change: (raw: string, at: number) => Phase): Phase {
  let current = phase;
  while (current.next !== null && current.next.at <= now) current = change(current.next.raw, current.next.at);
  return current;
}
