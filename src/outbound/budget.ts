import {
  BUDGET_WINDOW_MS,
  type BudgetAsk,
  type BudgetState,
  type BudgetStore,
  type BudgetWindow,
} from '../core/budget.ts';
import { GpuError } from '../core/errors.ts';
import { TransportFailure } from './errors.ts';
import { retryAfterMs } from './replies.ts';
import type { Call, Layer, RestDeps } from './send.ts';

/**
 * The share of the allowance that only writes, and the reads of the gate for them, may use: a machine must be releasable
 * after other reads have used their share.
 */
const RESERVED_FOR_WRITES = 0.05;
/** The share that pollers may use. */
const POLL_SHARE = 0.5;
/** Timers may fire this much early, milliseconds; a wait with so little left counts as over. */
const SLACK_MS = 50;

/** Counts the requests of one key: a layer, and the state of the allowance. */
export interface Budget {
  layer: Layer;
  state: () => BudgetState | null;
}

/** What a budget needs. `perHour`: the documented allowance; null = none, so nothing is counted. */
interface BudgetOptions extends Pick<RestDeps, 'now' | 'monotonic'> {
  perHour: number | null;
  /** The count of all processes; left out = nothing is counted. */
  store: BudgetStore | undefined;
}

/**
 * Counts every attempt against `perHour` (Volt API Reference, Rate Limits: 1,000 requests an hour and key; the kind of
 * window is not documented). A 429 with Retry-After closes the window for reads until then.
 * The layer throws GpuError `rate_limited` with the seconds until the reset, and sends nothing.
 */
export function createBudget({ perHour, now, monotonic, store }: BudgetOptions): Budget {
  if (perHour === null || store === undefined) return { layer: (next) => next, state: () => null };
  const readLimit = Math.floor(perHour * (1 - RESERVED_FOR_WRITES));
  const pollLimit = Math.floor(perHour * POLL_SHARE);
  let last = { used: 0, polls: 0, endsAt: Number.NEGATIVE_INFINITY };
  let blockedUntil = Number.NEGATIVE_INFINITY;

  const count = async (ask: BudgetAsk) => {
    const taken = await store.take(ask);
    const { used, polls, ends_in_ms } = taken.window;
    last = { used, polls, endsAt: monotonic() + ends_in_ms };
    return taken;
  };
  const limitError = (call: Call, waitMs: number, what: string) =>
    new GpuError('rate_limited', `Nothing was sent: ${what}.`, {
      hint: 'Wait for the seconds given, then call again.',
      retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
      cloud: call.cloud,
    });
  const usedUp = (ask: BudgetAsk, { used }: BudgetWindow) =>
    used < ask.limit
      ? 'the share of the hourly requests for watching is used up'
      : `the allowance of ${perHour} requests an hour is used up`;

  const layer: Layer = (next) => async (call) => {
    const isPoll = call.io.purpose === 'poll' && call.repeatable;
    const mayUseAll = !call.repeatable || call.io.purpose === 'gate';
    const blockedMs = blockedUntil - monotonic();
    if (!mayUseAll && blockedMs > SLACK_MS) {
      throw limitError(call, blockedMs, 'the cloud limits the number of requests of this key');
    }
    const ask = { limit: mayUseAll ? perHour : readLimit, poll_limit: isPoll ? pollLimit : null };
    const answer = await count(ask);
    const pausedMs = answer.window.paused_ms ?? 0;
    if (pausedMs > 0) blockedUntil = Math.max(blockedUntil, monotonic() + pausedMs);
    if (!mayUseAll && pausedMs > SLACK_MS) {
      if (answer.granted) await store.giveBack(ask).catch(() => {});
      throw limitError(call, pausedMs, 'the cloud limits the number of requests of this key');
    }
    if (!answer.granted) throw limitError(call, answer.window.ends_in_ms, usedUp(ask, answer.window));
    try {
      const reply = await next(call);
      const waitMs = reply.status === 429 ? retryAfterMs(reply, now()) : null;
      if (waitMs !== null) {
        blockedUntil = Math.max(blockedUntil, monotonic() + waitMs);
        await store.pause(waitMs).catch(() => {});
      }
      return reply;
    } catch (error) {
      if (error instanceof TransportFailure && !error.sent) {
        last.used = Math.max(0, last.used - 1);
        if (isPoll) last.polls = Math.max(0, last.polls - 1);
        await store.giveBack(ask).catch(() => {});
      }
      throw error;
    }
  };

  const state = (): BudgetState => {
    const leftMs = last.endsAt - monotonic();
    const blockedMs = blockedUntil - monotonic();
    const isBlocked = blockedMs > 0;
    const { used, polls } = leftMs > 0 ? last : { used: 0, polls: 0 };
    const endsInMs = isBlocked ? blockedMs : leftMs > 0 ? leftMs : BUDGET_WINDOW_MS;
    const forPolls = Math.min(pollLimit - polls, Math.ceil((readLimit - used) / 2));
    return {
      limit: perHour,
      used,
      remaining: isBlocked ? 0 : Math.max(0, perHour - used),
      resets_at: new Date(now() + endsInMs).toISOString(),
      polls_remaining: isBlocked ? 0 : Math.max(0, forPolls),
      ends_in_ms: endsInMs,
    };
  };
  return { layer, state };
}
