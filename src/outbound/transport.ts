import type { Agent, Dispatcher } from 'undici';
import { type BodyReader, createReader } from './body.ts';
import { TransportFailure } from './failure.ts';
import type { Pools } from './pools.ts';
import type { Call, Reply, Send } from './send.ts';

/** The innermost end of a stack: sends a call once, or not at all. */
export interface Transport {
  send: Send;
  close: () => Promise<void>;
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

const classify = (error: unknown, sent: boolean): TransportFailure =>
  error instanceof TransportFailure ? error : new TransportFailure('network', sent, error);

/** What undici is asked for. Its own timeouts are off: they are coarse, and do not tell whether anything was sent. */
const dispatchOptions = (call: Call): Dispatcher.DispatchOptions => {
  const url = new URL(call.url);
  return {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: call.method,
    headers: { 'accept-encoding': 'identity', ...call.headers },
    body: call.body,
    idempotent: false,
    headersTimeout: 0,
    bodyTimeout: 0,
  };
};

/**
 * One exchange. A stream may be silent for `timeoutMs` at most. Rejects with a TransportFailure, or with what the sink of events threw.
 */
const exchange = (agent: Agent, call: Call): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { signal } = call.io;
    let sent = false;
    let settled = false;
    let silence: NodeJS.Timeout | undefined;
    let controller: Dispatcher.DispatchController | null = null;
    let reply: { status: number; headers: Record<string, string>; reader: BodyReader } | null = null;

    const settle = (finish: () => void) => {
      if (settled) return;
      settled = true;
      clearTimeout(silence);
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const stop = (error: Error) => {
      settle(() => reject(error));
      controller?.abort(error);
    };
    const succeed = () => {
      if (reply === null) return stop(new TransportFailure('unreadable', sent));
      const { status, headers, reader } = reply;
      try {
        const body = reader.end();
        settle(() => resolve({ status, headers, body }));
      } catch (error) {
        stop(error instanceof Error ? error : new TransportFailure('unreadable', sent, error));
      }
    };
    const onAbort = () => stop(new TransportFailure('aborted', sent, signal.reason));

    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    if (call.reads === 'events') {
      silence = setTimeout(() => stop(new TransportFailure('timeout', sent)), call.timeoutMs);
    }
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: (current) => {
        // Called immediately before the first byte is written. A second time would be a resend by undici.
        if (settled || sent) return current.abort(new TransportFailure('network', sent));
        controller = current;
        sent = true;
      },
      onResponseStart: (_controller, status, headers) => {
        if (status < 200) return;
        const flat = flatten(headers);
        reply = { status, headers: flat, reader: createReader(call, status, flat['content-type'] ?? '') };
      },
      onResponseData: (_controller, chunk) => {
        if (settled || reply === null) return;
        silence?.refresh();
        try {
          reply.reader.take(chunk);
          if (!reply.reader.done()) return;
          succeed();
          controller?.abort(new TransportFailure('aborted', sent));
        } catch (error) {
          stop(error instanceof Error ? error : new TransportFailure('unreadable', sent, error));
        }
      },
      onResponseEnd: () => succeed(),
      onResponseError: (_controller, error) => settle(() => reject(classify(error, sent))),
    };
    try {
      agent.dispatch(dispatchOptions(call), handler);
    } catch (error) {
      settle(() => reject(classify(error, sent)));
    }
  });

/**
 * HTTP/1.1 on undici, without redirects and without any resending. Repeatable calls reuse connections; every other
 * call gets its own, so that it can never meet a connection that the cloud is just closing. undici is loaded by the
 * first call: it is the heaviest part of a start, and some clients start a server only to ask what it is.
 */
export function createTransport({ connectTimeoutMs = 10_000 } = {}): Transport {
  let pools: Promise<Pools> | null = null;
  let closed = false;
  return {
    send: async (call) => {
      if (closed) throw new TransportFailure('network', false);
      pools ??= import('./pools.ts').then(({ openPools }) => openPools(connectTimeoutMs));
      const { reused, single } = await pools;
      return exchange(call.repeatable ? reused : single, call);
    },
    close: async () => {
      closed = true;
      const opened = await pools;
      await Promise.all([opened?.reused.destroy(), opened?.single.destroy()]);
    },
  };
}
