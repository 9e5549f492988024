import { randomUUID } from 'node:crypto';
import { type Clock, elapsed, elapsedAtMost, momentOf } from '../clock.ts';
import type { Collection } from '../collection.ts';
import type { Exclusive } from '../lock.ts';
import type { AllowanceLeft, Allowances, Budget } from '../port.ts';
import type { Allowance, BudgetWindow } from '../records.ts';

/** What is left of an allowance may fall short of a price by so much, USD: differences are inexact. */
export const ALLOWANCE_EPSILON = 1e-9;

/** Consents to metered calls, counted down. */
export function createAllowances(
  collection: Collection<Allowance>,
  clock: Clock,
  exclusive: Exclusive,
): Allowances {
  const kept = async (key: string): Promise<Allowance | null> => (await collection.find(key))?.value ?? null;
  const endsIn = ({ made, for_ms }: Allowance): number => for_ms - elapsedAtMost(clock, made);
  const live = async (key: string): Promise<Allowance | null> => {
    const found = await kept(key);
    return found !== null && endsIn(found) > 0 ? found : null;
  };
  const leftOf = (found: Allowance): AllowanceLeft => {
    const { grant, by, usd, calls } = found;
    return { grant, by, usd, calls, ends_in_ms: endsIn(found) };
  };
  const alone = <T>(key: string, step: () => Promise<T>): Promise<T> => exclusive(`allowance ${key}`, step);
  /** Uses the clock that is behind: setting a clock forward does not allow a second grant. */
  const waitOf = (found: Allowance | null, for_ms: number): number =>
    found?.token_at == null ? 0 : Math.max(0, for_ms - elapsed(clock, found.token_at));
  return {
    grant: (key, { by, ...grant }) =>
      alone(key, async () => {
        const before = await kept(key);
        const isToken = by !== 'person';
        if (isToken && waitOf(before, grant.for_ms) > 0) return false;
        const made = momentOf(clock);
        const token_at = isToken ? made : (before?.token_at ?? null);
        await collection.put(key, { key, grant: randomUUID(), by, made, ...grant, token_at }, 'free');
        return true;
      }),
    async find(key) {
      const found = await live(key);
      return found === null ? null : leftOf(found);
    },
    tokenWaits: async (key, for_ms) => waitOf(await kept(key), for_ms),
    draw: (key, use, by) =>
      alone(key, async () => {
        const found = await live(key);
        if (found === null || !by.includes(found.by)) return null;
        if (found.calls < use.calls || found.usd + ALLOWANCE_EPSILON < use.usd) return null;
        const left = { ...found, usd: Math.max(0, found.usd - use.usd), calls: found.calls - use.calls };
        await collection.put(key, left, 'free');
        return leftOf(left);
      }),
    giveBack: (key, grant, use) =>
      alone(key, async () => {
        const found = await live(key);
        if (found === null || found.grant !== grant) return;
        const back = { usd: found.usd + use.usd, calls: found.calls + use.calls };
        await collection.put(key, { ...found, ...back }, 'free');
      }),
  };
}

/** Requests drawn from the window of a key; a window begins with its first request. */
export function createBudget(
  collection: Collection<BudgetWindow>,
  clock: Clock,
  exclusive: Exclusive,
): Budget {
  const fresh = (key: string): BudgetWindow => ({ key, began: momentOf(clock), used: 0, pause: null });
  /** The time left of the pause, milliseconds. */
  const pauseOf = ({ pause }: BudgetWindow): number =>
    pause === null ? 0 : Math.max(0, pause.ms - elapsed(clock, pause.since));
  return {
    draw: (key, wanted, limit, window_ms) =>
      exclusive(`budget ${key}`, async () => {
        const kept = (await collection.find(key))?.value ?? fresh(key);
        const now = elapsed(clock, kept.began) >= window_ms ? { ...fresh(key), pause: kept.pause } : kept;
        const granted = Math.max(0, Math.min(wanted, limit - now.used));
        const used = now.used + granted;
        if (granted > 0) await collection.put(key, { ...now, used }, 'free');
        return { granted, used, ends_in_ms: window_ms - elapsed(clock, now.began), paused_ms: pauseOf(now) };
      }),
    close: (key, ms) =>
      exclusive(`budget ${key}`, async () => {
        const kept = (await collection.find(key))?.value ?? fresh(key);
        if (pauseOf(kept) >= ms) return;
        await collection.put(key, { ...kept, pause: { since: momentOf(clock), ms } }, 'free');
      }),
  };
}
