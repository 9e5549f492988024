import type { Schedule } from '../core/live.ts';
import { TransportFailure } from './failure.ts';
import type { Layer } from './send.ts';

const realTimer: Schedule = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/**
 * Ends a call whose reply is not complete after `timeoutMs` with a TransportFailure of kind `timeout`, which tells
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
