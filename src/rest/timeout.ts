import { TransportFailure } from './failure.ts';
import type { Layer } from './send.ts';

/**
 * Ends a call whose reply is not complete after `timeoutMs` with a TransportFailure of kind `timeout`, which tells
 * whether the request had been sent. Streams are left to the transport, which counts from chunk to chunk.
 */
export const timeoutLayer: Layer = (next) => async (call) => {
  if (call.reads === 'events') return next(call);
  const outer = call.io.signal;
  const inner = new AbortController();
  const follow = () => inner.abort(outer.reason);
  if (outer.aborted) follow();
  outer.addEventListener('abort', follow, { once: true });
  let late = false;
  const timer = setTimeout(() => {
    late = !outer.aborted;
    inner.abort();
  }, call.timeoutMs);
  try {
    return await next({ ...call, io: { ...call.io, signal: inner.signal } });
  } catch (error) {
    if (late && error instanceof TransportFailure && error.kind === 'aborted') {
      throw new TransportFailure('timeout', error.sent);
    }
    throw error;
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', follow);
  }
};
