import type { BudgetState } from '../../core/budget.ts';
import type { GpuError } from '../../core/errors.ts';
import type { Tempo } from './kinds.ts';

/** All figures are our choice. Milliseconds. */
const PACE = {
  startMs: 2_500,
  growth: 1.5,
  minMs: 2_000,
  maxMs: { fast: 5_000, steady: 30_000, still: 60_000 } satisfies Record<Tempo, number>,
  waitingMs: 10_000,
  jitter: 0.2,
  backOffMs: 5_000,
  backOffMaxMs: 300_000,
  /** Of the hourly requests: if fewer are left for polls, they are spread over the rest of the window. */
  scarceShare: 0.2,
} as const;

/** Somewhat less than `ms`, never more, and never less than 2 s: many processes must not look in step. */
export const jittered = (ms: number, random: () => number): number =>
  Math.max(Math.min(ms, PACE.minMs), Math.round(ms * (1 - PACE.jitter * random())));

/** Milliseconds to the next look: 2.5 s after a change, half as much again after each quiet look, up to the tempo's cap. */
export function interval(quietLooks: number, tempo: Tempo, isWaiting: boolean, fastestMs = 0): number {
  const max = isWaiting ? Math.min(PACE.maxMs[tempo], PACE.waitingMs) : PACE.maxMs[tempo];
  const grown = PACE.startMs * PACE.growth ** Math.min(quietLooks, 20);
  return Math.max(Math.min(grown, max), fastestMs);
}

/** Milliseconds to the next look after `failures` failed ones in a row: doubling from 5 s to 5 min, or as the cloud asks. */
export function backOff(failures: number, error: GpuError, random: () => number): number {
  const doubled = Math.min(PACE.backOffMaxMs, PACE.backOffMs * 2 ** Math.min(failures - 1, 20));
  const asked = (error.retryAfterSeconds ?? 0) * 1000;
  return Math.max(jittered(doubled, random), asked);
}

/** Milliseconds until the budget lets a poll pass at all; 0 = now. A cloud without a documented limit holds none back. */
export const untilAllowed = (budget: BudgetState | null): number =>
  budget === null || budget.polls_remaining >= 1 ? 0 : budget.ends_in_ms;

/**
 * Milliseconds between unprompted looks that cost `requests` together, so that the polls that are left last until the
 * window ends; 0 = there are plenty.
 */
export function economy(budget: BudgetState | null, requests: number): number {
  if (budget === null || budget.polls_remaining >= budget.limit * PACE.scarceShare) return 0;
  return Math.ceil((budget.ends_in_ms * requests) / Math.max(1, budget.polls_remaining));
}
