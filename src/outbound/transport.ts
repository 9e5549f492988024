import type { Dispatcher } from 'undici';
import { createReader } from './body.ts';
import { causeCode, ProxyFault, TransportFailure } from './errors.ts';
import type { Pools } from './pools.ts';
import { proxyName } from './proxies.ts';
import type { Call, Proxies, Reply, Send } from './send.ts';

/** The innermost part of a stack: sends a call once, or not at all. */
export interface Transport {
  send: Send;
  close: () => Promise<void>;
}

/** The state of one exchange. */
interface Progress {
  /** True from the moment before the first byte is written. */
  sent: boolean;
  /** The error that reading the reply threw: the reader's own, or one of the sink of events. */
  thrown?: { error: unknown };
}

/** Records that a request begins to leave, and prevents that it leaves twice. */
const watchSending =
  (progress: Progress, onSent: () => void): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) =>
    dispatch(options, {
      onRequestStart: (controller, context) => {
        if (progress.sent) return controller.abort(new TransportFailure('network', true));
        progress.sent = true;
        onSent();
        handler.onRequestStart?.(controller, context);
      },
      onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
      onResponseStart: (...given) => handler.onResponseStart?.(...given),
      onResponseData: (...given) => handler.onResponseData?.(...given),
      onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
      onResponseError: (...given) => handler.onResponseError?.(...given),
    });

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

/** The max silence of a stream is the call's timeout; `attemptLayer` bounds whole replies. */
function requestOptions(call: Call): Dispatcher.RequestOptions {
  const url = new URL(call.url);
  const silence = call.reads === 'events' ? call.timeoutMs : 0;
  return {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: call.method,
    headers: { 'accept-encoding': 'identity', ...call.headers },
    body: call.body,
    signal: call.io.signal,
    headersTimeout: silence,
    bodyTimeout: silence,
  };
}

/** Runs a step of the reader, and records what it throws. */
function reading<T>(progress: Progress, step: () => T): T {
  try {
    return step();
  } catch (error) {
    progress.thrown = { error };
    throw error;
  }
}

async function exchange(dispatcher: Dispatcher, call: Call, progress: Progress): Promise<Reply> {
  const { statusCode, headers, body } = await dispatcher
    .compose(watchSending(progress, call.onSent ?? (() => {})))
    .request(requestOptions(call));
  const flat = flatten(headers);
  const reader = createReader(call, statusCode, flat['content-type'] ?? '');
  for await (const piece of body) {
    reading(progress, () => reader.take(piece));
    if (reader.done()) break;
  }
  return { status: statusCode, headers: flat, body: reading(progress, reader.end) };
}

/** What was waited for did not come: a connection, a proxy's tunnel, the reply or its next piece. */
const SILENT: ReadonlySet<unknown> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);
const PROXY_ANSWER = /^Proxy response \((\d{3})\)/;

/** The error of an exchange as a TransportFailure; an error of the sink of events stays as it is. */
function classify(error: unknown, call: Call, proxies: Proxies, { sent, thrown }: Progress): unknown {
  if (thrown !== undefined) {
    return thrown.error instanceof Error
      ? thrown.error
      : new TransportFailure('unreadable', sent, thrown.error);
  }
  if (call.io.signal.aborted) return new TransportFailure('aborted', sent, call.io.signal.reason);
  if (!(error instanceof Error)) return new TransportFailure('network', sent, error);
  if ('code' in error && SILENT.has(error.code)) return new TransportFailure('timeout', sent, error);
  // A proxy reports by a status what it cannot reach, so a refused connection is its own.
  if (causeCode(error) === 'ECONNREFUSED' && proxyName(call.url, proxies) !== null)
    return new TransportFailure('network', sent, new ProxyFault('ECONNREFUSED', 'the proxy is not there'));
  const [, status] = PROXY_ANSWER.exec(error.message) ?? [];
  const refused = new ProxyFault('PROXY_REFUSED', `the proxy answered ${status}`);
  return new TransportFailure('network', sent, status === undefined ? error : refused);
}

/** Rejects once the signal aborts; undici itself would first wait for a connection. */
function abortion(signal: AbortSignal): { promise: Promise<never>; forget: () => void } {
  let onAbort = () => {};
  const promise = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  return { promise, forget: () => signal.removeEventListener('abort', onAbort) };
}

/** Loads undici, the largest part of the program. The first call does this if a server did not do it before. */
export const loadPools = () => import('./pools.ts');

/**
 * HTTP/1.1 on undici, without redirects and without resending. Repeatable calls reuse connections; every other call gets
 * its own, so that the cloud cannot be closing it. The first call loads undici: it would take most of the start, and some
 * clients start a server only to ask what it is.
 * Rejects with a TransportFailure, or with what the sink of events threw.
 */
export function createTransport(
  options: { connectTimeoutMs?: number; proxies?: Proxies; load?: typeof loadPools } = {},
): Transport {
  const { connectTimeoutMs = 10_000, proxies = {}, load = loadPools } = options;
  let pools: Promise<Pools> | null = null;
  let closed = false;
  return {
    send: async (call) => {
      const { signal } = call.io;
      if (signal.aborted) throw new TransportFailure('aborted', false, signal.reason);
      if (closed) throw new TransportFailure('network', false);
      pools ??= load().then(({ openPools }) => openPools(connectTimeoutMs, proxies));
      const progress: Progress = { sent: false };
      const aborted = abortion(signal);
      try {
        const replied = pools.then((opened) => {
          signal.throwIfAborted();
          return exchange(opened.choose(call), call, progress);
        });
        return await Promise.race([replied, aborted.promise]);
      } catch (error) {
        throw classify(error, call, proxies, progress);
      } finally {
        aborted.forget();
      }
    },
    close: async () => {
      closed = true;
      await (await pools)?.close();
    },
  };
}
