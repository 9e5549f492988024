import { GpuError, isCode } from '../core/errors.ts';
import { followSignal } from '../core/followed-signal.ts';
import type { Schedule } from '../core/live.ts';
import { isLive } from '../core/permit.ts';
import { createBudget } from './budget.ts';
import { parseReply, toCall } from './call.ts';
import { type ErrorContext, errorLayer, mapFailure, TransportFailure } from './errors.ts';
import { proxyName, proxySecrets } from './proxies.ts';
import { oneReadingLayer, readsLayer } from './reads.ts';
import { createRedactor, type Redact, redactDeep } from './redact.ts';
import { refusedBy, retryLayer } from './retry.ts';
import {
  type Call,
  compose,
  type Layer,
  type RestDeps,
  type Stack,
  type StackOptions,
  type Trace,
} from './send.ts';
import { createTransport } from './transport.ts';

/**
 * Lets a call that is not repeatable through only with a live permit of the gate, and reports once it was sent.
 * @throws GpuError `forbidden`
 */
export const permitLayer: Layer = (next) => async (call) => {
  if (!call.repeatable && !isLive(call.io.permit)) {
    throw new GpuError('forbidden', "Nothing was sent: no write leaves without the gate's permit.", {
      hint: 'This is a fault of the server, not of the call; please report it.',
      cloud: call.cloud,
    });
  }
  try {
    return await next(call);
  } finally {
    if (!call.repeatable) call.io.onWritten?.();
  }
};

/**
 * Ignores the cancellation of a write that has begun to leave, because its outcome must become known. Before that, also
 * while it waits to be sent again, a cancellation stops it. Timeouts always apply.
 */
const uncancelledLayer: Layer = (next) => async (call) => {
  if (call.repeatable) return next(call);
  const { signal, release } = followSignal(call.io.signal);
  try {
    return await next({ ...call, io: { ...call.io, signal }, onSent: release });
  } finally {
    release();
  }
};

const SENDABLE = /^[\t\u0020-\u007e\u0080-\u00ff]+$/;

/**
 * Adds the headers that carry the key. The innermost layer, so that nothing above ever sees the key.
 * @throws GpuError `not_configured` if the key is not valid in a header
 */
export const authLayer =
  (headers: Record<string, string>): Layer =>
  (next) =>
  async (call) => {
    if (!Object.values(headers).every((value) => SENDABLE.test(value))) {
      throw new GpuError(
        'not_configured',
        'The configured key has characters that cannot be sent in a header.',
        {
          hint: 'Set the key again, without line breaks or quotes around it.',
          cloud: call.cloud,
        },
      );
    }
    return next({ ...call, headers: { ...call.headers, ...headers } });
  };

const realTimer: Schedule = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/**
 * Ends a call whose reply is not complete after `timeoutMs` with a TransportFailure of kind `timeout`, which records
 * whether the request had been sent. Streams are left to the transport, which counts from chunk to chunk.
 */
export const timeoutLayer =
  (timer: Schedule = realTimer): Layer =>
  (next) =>
  async (call) => {
    if (call.reads === 'events') return next(call);
    const outer = call.io.signal;
    const inner = new AbortController();
    const follow = () => inner.abort(outer.reason);
    if (outer.aborted) follow();
    outer.addEventListener('abort', follow, { once: true });
    let late = false;
    const cancel = timer(call.timeoutMs, () => {
      late = !outer.aborted;
      inner.abort();
    });
    try {
      return await next({ ...call, io: { ...call.io, signal: inner.signal } });
    } catch (error) {
      if (late && error instanceof TransportFailure && error.kind === 'aborted') {
        throw new TransportFailure('timeout', error.sent);
      }
      throw error;
    } finally {
      cancel();
      outer.removeEventListener('abort', follow);
    }
  };

/** How far a cloud's clock is ahead of ours, milliseconds, by the Date of its last reply (RFC 9110 section 6.6.1). */
function createCloudClock(now: () => number): { layer: Layer; now: () => number } {
  let aheadMs = 0;
  return {
    now: () => now() + aheadMs,
    layer: (next) => async (call) => {
      const reply = await next(call);
      const date = Date.parse(reply.headers.date ?? '');
      if (Number.isFinite(date)) aheadMs = date - now();
      return reply;
    },
  };
}

/**
 * The outbound HTTP stack of one cloud and key, from the outside in: one reading, shared and kept reads, log, error mapping, permit,
 * retry, budget, cancellation, timeout, authentication, network.
 */
export function createStack(options: StackOptions): Stack {
  const { cloud, title, deps, explain, isOwnError, key } = options;
  const { proxies = {} } = deps;
  const redact = createRedactor([key, ...proxySecrets(proxies)], options.keyForms);
  const budget = createBudget({
    perHour: options.hourlyBudget,
    now: deps.now,
    monotonic: deps.monotonic,
    store: deps.budgetFor?.(cloud),
  });
  const transport = createTransport({ proxies });
  const clock = createCloudClock(deps.now);
  const context: ErrorContext = {
    cloud,
    title,
    explain,
    isOwnError,
    redact,
    now: deps.now,
    proxyFor: (url) => proxyName(url, proxies),
  };
  const send = compose(
    [
      oneReadingLayer(),
      readsLayer(deps.monotonic),
      logLayer(deps, redact),
      errorLayer(context),
      permitLayer,
      retryLayer({ ...deps, isRefused: refusedBy(explain) }),
      budget.layer,
      uncancelledLayer,
      timeoutLayer(deps.timer),
      clock.layer,
      authLayer(options.authorize(key)),
    ],
    transport.send,
  );
  return {
    request: async (endpoint, io, given = {}) => {
      const call = toCall(options, `gpu-cloud-mcp/${deps.version ?? '0'}`, endpoint, io, given);
      try {
        const reply = await send(call);
        return parseReply(endpoint, reply.body, call, context);
      } catch (error) {
        throw mapFailure(context, call, error);
      }
    },
    budget: budget.state,
    now: clock.now,
    close: transport.close,
  };
}

const levelOf = (call: Call, error: unknown): 'debug' | 'info' | 'warn' => {
  if (error !== null) return isCode(error, 'cancelled') ? 'info' : 'warn';
  return call.repeatable ? 'debug' : 'info';
};

/**
 * One event for each call, however often it was sent: cloud, method, declared route, status, duration, attempts, and
 * the error code if it failed. Never ids, queries, headers or bodies.
 */
export const logLayer =
  ({ log, monotonic }: Pick<RestDeps, 'log' | 'monotonic'>, redact: Redact): Layer =>
  (next) =>
  async (given) => {
    const trace: Trace = given.trace ?? { status: null, attempts: 0 };
    const call = { ...given, trace };
    const started = monotonic();
    const report = (error: unknown) => {
      const event = {
        cloud: call.cloud,
        method: call.method,
        route: call.route,
        status: trace.status,
        ms: Math.round(monotonic() - started),
        attempts: trace.attempts,
        ...(error === null ? {} : { code: error instanceof GpuError ? error.code : 'unmapped' }),
      };
      const safe = Object.fromEntries(Object.entries(event).map(([k, v]) => [k, redactDeep(redact, v)]));
      log({ level: levelOf(call, error), msg: 'cloud call', ...safe });
    };
    try {
      const reply = await next(call);
      trace.status ??= reply.status;
      report(null);
      return reply;
    } catch (error) {
      report(error);
      throw error;
    }
  };
