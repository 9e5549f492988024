import { TransportFailure } from './failure.ts';
import type { Call, Layer, Reply } from './send.ts';

/** As many different URLs are kept at most; the oldest goes first. Our choice: catalogues have few. */
const MAX_KEPT = 16;

/**
 * Keeps the replies of endpoints that declare `cacheSeconds`, so that an agent which looks through a catalogue with
 * several filters asks the cloud once. A `fresh` read never takes a kept reply (all that a plan shows is read fresh),
 * and a write forgets everything, also what is being read while it is under way. Failures are never kept.
 */
export const cacheLayer =
  (now: () => number): Layer =>
  (next) => {
    const kept = new Map<string, { reply: Reply; until: number }>();
    let writes = 0;

    const forget = () => {
      writes += 1;
      kept.clear();
    };
    const keep = (call: Call, reply: Reply) => {
      kept.delete(call.url);
      kept.set(call.url, { reply, until: now() + call.cacheMs });
      const [oldest] = kept.keys();
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    };

    return async (call) => {
      if (!call.repeatable) {
        forget();
        return next(call).finally(forget);
      }
      if (call.cacheMs <= 0) return next(call);
      const found = kept.get(call.url);
      if (found !== undefined && call.io.fresh !== true && now() < found.until) {
        if (call.io.signal.aborted) throw new TransportFailure('aborted', false, call.io.signal.reason);
        return found.reply;
      }
      const before = writes;
      const reply = await next(call);
      if (writes === before) keep(call, reply);
      return reply;
    };
  };
