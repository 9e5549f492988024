import { type Clock, elapsed, elapsedAtMost, momentOf } from '../clock.ts';
import type { Allowances, Budget } from '../port.ts';
import type { Allowance, BudgetWindow } from '../records.ts';
import type { Shelf } from '../shelf.ts';

type Exclusive = <T>(key: string, step: () => Promise<T>) => Promise<T>;

const EPSILON = 1e-9;

/** Consents to metered calls, counted down. */
export function createAllowances(shelf: Shelf<Allowance>, clock: Clock, exclusive: Exclusive): Allowances {
  const find = async (key: string): Promise<Allowance | null> => {
    const found = (await shelf.find(key))?.value ?? null;
    return found !== null && elapsedAtMost(clock, found.made) < found.for_ms ? found : null;
  };
  return {
    find,
    grant: (key, grant) =>
      exclusive(`allowance ${key}`, () => shelf.put(key, { key, made: momentOf(clock), ...grant }, 'free')),
    draw: (key, usd) =>
      exclusive(`allowance ${key}`, async () => {
        const found = await find(key);
        if (found === null || found.calls < 1 || found.usd + EPSILON < (usd ?? 0)) return false;
        const left = usd === null ? { calls: found.calls - 1 } : { usd: Math.max(0, found.usd - usd) };
        await shelf.put(key, { ...found, ...left }, 'free');
        return true;
      }),
  };
}

/** Requests drawn from the window of a key; a window begins with its first request. */
export function createBudget(shelf: Shelf<BudgetWindow>, clock: Clock, exclusive: Exclusive): Budget {
  const fresh = (key: string): BudgetWindow => ({ key, began: momentOf(clock), used: 0, pause: null });
  /** How long the pause still lasts. */
  const pauseOf = ({ pause }: BudgetWindow): number =>
    pause === null ? 0 : Math.max(0, pause.ms - elapsed(clock, pause.since));
  return {
    draw: (key, wanted, limit, window_ms) =>
      exclusive(`budget ${key}`, async () => {
        const kept = (await shelf.find(key))?.value ?? fresh(key);
        const now = elapsed(clock, kept.began) >= window_ms ? { ...fresh(key), pause: kept.pause } : kept;
        const granted = Math.max(0, Math.min(wanted, limit - now.used));
        const used = now.used + granted;
        if (granted > 0) await shelf.put(key, { ...now, used }, 'free');
        return { granted, used, ends_in_ms: window_ms - elapsed(clock, now.began), paused_ms: pauseOf(now) };
      }),
    close: (key, ms) =>
      exclusive(`budget ${key}`, async () => {
        const kept = (await shelf.find(key))?.value ?? fresh(key);
        if (pauseOf(kept) >= ms) return;
        await shelf.put(key, { ...kept, pause: { since: momentOf(clock), ms } }, 'free');
      }),
  };
}
