import type { BudgetState } from '../../core/cloud.ts';
import type { GpuError } from '../../core/errors.ts';
import type { Tempo } from './kinds.ts';

/** All figures are our choice but the limit, which the cloud reports of its key. Milliseconds. */
const PACE = {
  startMs: 2_500,
  growth: 1.5,
  leastMs: 2_000,
  mostMs: { fast: 5_000, steady: 30_000, still: 60_000 } satisfies Record<Tempo, number>,
  waitingMs: 10_000,
  jitter: 0.2,
  backOffMs: 5_000,
  backOffMostMs: 300_000,
  /** Of the allowance; the rest of the pollers' half is slack for retries. */
  burstShare: 0.225,
  refillShare: 0.225,
  /** Kept back for writes, and below which spare requests are spread over the rest of the window. */
  writesShare: 0.05,
  scarceShare: 0.25,
} as const;

const HOUR_MS = 3_600_000;

/** Somewhat less than `ms`, never more, and never less than 2 s: many processes must not look in step. */
export const jittered = (ms: number, random: () => number): number =>
  Math.max(Math.min(ms, PACE.leastMs), Math.round(ms * (1 - PACE.jitter * random())));

/** Milliseconds to the next look: 2.5 s after a change, half as much again after each quiet look, up to the tempo's cap. */
export function interval(quietLooks: number, tempo: Tempo, isWaiting: boolean, fastestMs = 0): number {
  const most = isWaiting ? Math.min(PACE.mostMs[tempo], PACE.waitingMs) : PACE.mostMs[tempo];
  const grown = PACE.startMs * PACE.growth ** Math.min(quietLooks, 20);
  return Math.max(Math.min(grown, most), fastestMs);
}

/** Milliseconds to the next look after `failures` failed ones in a row: doubling from 5 s to 5 min, or as the cloud asks. */
export function backOff(failures: number, error: GpuError, random: () => number): number {
  const doubled = Math.min(PACE.backOffMostMs, PACE.backOffMs * 2 ** Math.min(failures - 1, 20));
  const asked = (error.retryAfterSeconds ?? 0) * 1000;
  return Math.max(jittered(doubled, random), asked);
}

/** `now`: the wall clock, in which a budget's reset is given; `monotonic`: for everything else. Milliseconds. */
interface Clocks {
  now: () => number;
  monotonic: () => number;
}

/** The watchers' share of one key's requests. */
export interface Allowance {
  take(requests: number): void;
  /** Milliseconds until a look is affordable at all; 0 = now. */
  wait(): number;
  /** Milliseconds between unprompted polls, if `lists` lists of this key are polled. */
  gap(lists: number): number;
}

/**
 * A bucket of requests: a burst for transitions and a steady refill, together 45 % of the hourly limit, so that the
 * hard bound of one half is not run into. If other calls have used most of the window, what is left is spread
 * over it. A cloud without a documented limit is not held back.
 */
export function createAllowance(budget: () => BudgetState | null, { now, monotonic }: Clocks): Allowance {
  let tokens: number | null = null;
  let at = monotonic();
  const fill = (limit: number): number => {
    const burst = limit * PACE.burstShare;
    const gained = ((monotonic() - at) / HOUR_MS) * limit * PACE.refillShare;
    at = monotonic();
    tokens = Math.min(burst, (tokens ?? burst) + gained);
    return tokens;
  };
  const spareOf = ({ limit, remaining }: BudgetState) => (remaining - limit * PACE.writesShare) / 2;
  const leftOf = (state: BudgetState) => Math.max(0, Date.parse(state.resets_at) - now());
  return {
    take(requests) {
      const state = budget();
      if (state !== null) tokens = fill(state.limit) - requests;
    },
    wait() {
      const state = budget();
      if (state === null) return 0;
      const missing = 1 - fill(state.limit);
      const refill = missing <= 0 ? 0 : Math.ceil((missing * HOUR_MS) / (state.limit * PACE.refillShare));
      return spareOf(state) < 1 ? Math.max(refill, leftOf(state)) : refill;
    },
    gap(lists) {
      const state = budget();
      if (state === null) return 0;
      const spare = spareOf(state);
      const isScarce = spare < state.limit * PACE.scarceShare;
      return isScarce ? Math.ceil((leftOf(state) / Math.max(1, spare)) * lists) : 0;
    },
  };
}
