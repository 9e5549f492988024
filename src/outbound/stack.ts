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
import { retryLayer } from './retry.ts';
import {
  type Call,
  compose,
  type Layer,
  type RestDeps,
  type Send,
  type Stack,
  type StackOptions,
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

const realTimer: Schedule = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/**
 * Ends one attempt whose reply is not complete after `timeoutMs` with a TransportFailure of kind `timeout`, which records
 * whether the request had been sent. Streams are left to the transport, which counts from chunk to chunk. A cancellation
 * stops a write only until it begins to leave, because its outcome must become known.
 */
export const attemptLayer =
  (timer: Schedule = realTimer): Layer =>
  (next) =>
  async (call) => {
    const { signal: wanted, release } = followSignal(call.io.signal);
    const late = new AbortController();
    const stopTimer = call.reads === 'events' ? () => {} : timer(call.timeoutMs, () => late.abort());
    const signal = AbortSignal.any([wanted, late.signal]);
    const onSent = call.repeatable ? undefined : release;
    try {
      return await next({ ...call, io: { ...call.io, signal }, onSent });
    } catch (error) {
      const isLate = late.signal.aborted && signal.reason === late.signal.reason;
      if (isLate && error instanceof TransportFailure && error.kind === 'aborted') {
        throw new TransportFailure('timeout', error.sent);
      }
      throw error;
    } finally {
      stopTimer();
      release();
    }
  };

/**
 * The outbound HTTP stack of one cloud and key, from the outside in: one reading, shared and kept reads, log, error mapping, permit,
 * retry, budget, one attempt, network.
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
  const keyHeaders = options.authorize(key);
  let aheadMs = 0;
  /** The only place that adds the key to a call. The Date of a reply shows the cloud's clock (RFC 9110 section 6.6.1). */
  const sendWithKey: Send = async (call) => {
    const reply = await transport.send({ ...call, headers: { ...call.headers, ...keyHeaders } });
    const date = Date.parse(reply.headers.date ?? '');
    if (Number.isFinite(date)) aheadMs = date - deps.now();
    return reply;
  };
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
      retryLayer({ ...deps, explain }),
      budget.layer,
      attemptLayer(deps.timer),
    ],
    sendWithKey,
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
    now: () => deps.now() + aheadMs,
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
  async (call) => {
    const { trace } = call;
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
