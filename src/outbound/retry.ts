import { GpuError, isCode } from '../core/errors.ts';
import { permanentFault, TransportFailure } from './errors.ts';
import { retryAfterMs } from './replies.ts';
import type { Call, Explain, Layer, Reply, RestDeps, Send } from './send.ts';

/**
 * Volt API Reference, Rate Limits and Errors: 429, 500 and 502, exponential from 1 s, at most 5 retries, honour
 * Retry-After. 503, 504, the total wait and the window (no retry begins later) are our choice: a caller waits too.
 */
export const RETRY_POLICY = {
  statuses: [429, 500, 502, 503, 504],
  maxRetries: 5,
  baseMs: 1_000,
  maxTotalWaitMs: 20_000,
  windowMs: 30_000,
} as const;

/** How one attempt ended: its reply or its error, whether it may be repeated, and the wait that the cloud asks for. */
interface Attempt {
  finish: () => Reply;
  mayRepeat: boolean;
  waitMs: number | null;
}

/** What the retry layer needs. `explain` shows which replies are final, so that repeating the call changes nothing. */
export interface RetryDeps extends Pick<RestDeps, 'monotonic' | 'now' | 'sleep' | 'random' | 'maxRetries'> {
  explain: Explain;
}

const isRetryableReply = (call: Call, reply: Reply, { explain }: RetryDeps): boolean => {
  if (reply.status === 429) return true;
  if (!call.repeatable || explain(reply, call.route)?.refused === true) return false;
  return RETRY_POLICY.statuses.some((status) => status === reply.status);
};

const isRetryableError = (call: Call, error: unknown): boolean => {
  if (isCode(error, 'rate_limited')) return error.retryAfterSeconds !== null;
  return (
    call.repeatable &&
    error instanceof TransportFailure &&
    error.kind === 'network' &&
    permanentFault(error) === null
  );
};

async function attempt(next: Send, call: Call, deps: RetryDeps): Promise<Attempt> {
  let reply: Reply;
  call.trace.attempts += 1;
  try {
    reply = await next(call);
  } catch (error) {
    call.trace.status = null;
    // Nothing was sent: the budget is used up.
    if (error instanceof GpuError) call.trace.attempts -= 1;
    const finish = () => {
      throw error;
    };
    const seconds = error instanceof GpuError ? error.retryAfterSeconds : null;
    const waitMs = seconds === null ? null : seconds * 1000;
    return { finish, mayRepeat: isRetryableError(call, error), waitMs };
  }
  call.trace.status = reply.status;
  const waitMs = retryAfterMs(reply, deps.now());
  return { finish: () => reply, mayRepeat: isRetryableReply(call, reply, deps), waitMs };
}

/** The wait before retry number `retry` (from 0), milliseconds; null = give up. Full jitter if the cloud asks for no wait. */
function nextWait(retry: number, asked: number | null, left: number, random: () => number): number | null {
  if (left <= 0) return null;
  const backoff = random() * RETRY_POLICY.baseMs * 2 ** retry;
  if (asked === null || asked === 0) return Math.min(backoff, left);
  return asked > left ? null : asked;
}

/**
 * Repeats a repeatable call after 429, 500, 502, 503, 504 and broken connections, and any call after 429, which the
 * cloud refuses before it does anything. Never after an abort, and never once a piece of a stream was passed on.
 */
export const retryLayer =
  (deps: RetryDeps): Layer =>
  (next) =>
  async (given) => {
    const { monotonic, sleep, random, maxRetries = RETRY_POLICY.maxRetries } = deps;
    const { signal } = given.io;
    let delivered = false;
    const onEvent = (data: string) => {
      delivered = true;
      given.onEvent?.(data);
    };
    const call: Call = { ...given, onEvent };
    const started = monotonic();
    let left: number = RETRY_POLICY.maxTotalWaitMs;
    for (let retry = 0; ; retry += 1) {
      const result = await attempt(next, call, deps);
      if (!result.mayRepeat || delivered || signal.aborted || retry >= maxRetries) return result.finish();
      const wait = nextWait(retry, result.waitMs, left, random);
      if (wait === null || monotonic() + wait - started > RETRY_POLICY.windowMs) return result.finish();
      left -= wait;
      try {
        await sleep(wait, signal);
      } catch (cause) {
        throw new TransportFailure('aborted', false, cause);
      }
      if (signal.aborted) throw new TransportFailure('aborted', false, signal.reason);
    }
  };
