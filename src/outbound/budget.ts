import type { BudgetState } from '../core/cloud.ts';
import { GpuError } from '../core/errors.ts';
import { TransportFailure } from './failure.ts';
import { retryAfterMs } from './reply.ts';
import type { Call, Layer } from './send.ts';

const WINDOW_MS = 60 * 60 * 1000;
/**
 * The share of the allowance that only writes may use, with the reads that the gate makes for them: a machine must be
 * releasable when other reads have used theirs.
 */
const RESERVED_FOR_WRITES = 0.05;
/** The share that pollers may use. */
const POLL_SHARE = 0.5;
/** Timers may fire this much early; a wait that ends so soon counts as over. */
const SLACK_MS = 50;

/** The requests of one key, counted: a layer, and where the allowance stands. */
export interface Budget {
  layer: Layer;
  state: () => BudgetState | null;
}

/**
 * Counts every attempt against `perHour` in fixed windows of an hour that start with a first request (Volt API
 * Reference, Rate Limits: 1,000 requests an hour and key; the kind of window is documented nowhere). A 429 with
 * Retry-After closes the window for reads until then. Null = no documented allowance, nothing is counted.
 * The layer throws GpuError `rate_limited` with the seconds until the reset, and sends nothing.
 */
export function createBudget(perHour: number | null, now: () => number): Budget {
  if (perHour === null) return { layer: (next) => next, state: () => null };
  const readLimit = Math.floor(perHour * (1 - RESERVED_FOR_WRITES));
  const pollLimit = Math.floor(perHour * POLL_SHARE);
  let window = { endsAt: Number.NEGATIVE_INFINITY, used: 0, polls: 0 };
  let blockedUntil = Number.NEGATIVE_INFINITY;

  const current = () => {
    if (now() >= window.endsAt) window = { endsAt: now() + WINDOW_MS, used: 0, polls: 0 };
    return window;
  };
  const refuse = (call: Call, until: number, what: string) =>
    new GpuError('rate_limited', `Nothing was sent: ${what}.`, {
      hint: 'Wait for the seconds given, then call again.',
      retryAfterSeconds: Math.max(1, Math.ceil((until - now()) / 1000)),
      cloud: call.cloud,
    });

  const layer: Layer = (next) => async (call) => {
    const counted = current();
    const isPoll = call.io.purpose === 'poll' && call.repeatable;
    const isFree = call.repeatable && call.io.purpose !== 'gate';
    const limit = isFree ? readLimit : perHour;
    if (isFree && blockedUntil - now() > SLACK_MS) {
      throw refuse(call, blockedUntil, 'the cloud limits the number of requests of this key');
    }
    if (counted.used >= limit) {
      throw refuse(call, counted.endsAt, `the allowance of ${perHour} requests an hour is used up`);
    }
    if (isPoll && counted.polls >= pollLimit) {
      throw refuse(call, counted.endsAt, 'the share of the hourly requests that watching may use is used up');
    }
    counted.used += 1;
    if (isPoll) counted.polls += 1;
    try {
      const reply = await next(call);
      const waitMs = reply.status === 429 ? retryAfterMs(reply, now()) : null;
      if (waitMs !== null) blockedUntil = Math.max(blockedUntil, now() + waitMs);
      return reply;
    } catch (error) {
      if (error instanceof TransportFailure && !error.sent) {
        counted.used -= 1;
        if (isPoll) counted.polls -= 1;
      }
      throw error;
    }
  };

  const state = (): BudgetState => {
    const at = now();
    const live = at < window.endsAt ? window : { endsAt: at + WINDOW_MS, used: 0 };
    const blocked = blockedUntil > at;
    return {
      limit: perHour,
      used: live.used,
      remaining: blocked ? 0 : Math.max(0, perHour - live.used),
      resets_at: new Date(blocked ? blockedUntil : live.endsAt).toISOString(),
    };
  };
  return { layer, state };
}
