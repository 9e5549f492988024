import { TransportFailure } from './failure.ts';
import type { Call, Layer, Reply } from './send.ts';

interface Flight {
  reply: Promise<Reply>;
  callers: number;
  abort: () => void;
}

const isShareable = (call: Call): boolean =>
  call.method === 'GET' && call.repeatable && call.reads !== 'events' && call.io.fresh !== true;

/** One caller's view of a shared flight: the reply, or its own abort. */
const ride = (flight: Flight, signal: AbortSignal): Promise<Reply> =>
  new Promise((resolve, reject) => {
    flight.callers += 1;
    const leave = () => {
      flight.callers -= 1;
      if (flight.callers === 0) flight.abort();
      reject(new TransportFailure('aborted', true, signal.reason));
    };
    const settled = () => signal.removeEventListener('abort', leave);
    signal.addEventListener('abort', leave, { once: true });
    flight.reply.finally(settled).then(resolve, reject);
  });

/**
 * Identical reads in flight share one request: same URL, same way of reading, same purpose, none of them `fresh`.
 * Each caller can abort alone; the request ends when all have. A read never joins one that began before a write was
 * sent or came back, because that reply may show the state before it.
 */
export const shareLayer = (): Layer => (next) => {
  const flights = new Map<string, Flight>();

  const start = (key: string, call: Call): Flight => {
    const controller = new AbortController();
    const reply = next({ ...call, io: { ...call.io, signal: controller.signal } });
    const forget = () => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    const flight: Flight = {
      reply: reply.finally(forget),
      callers: 0,
      abort: () => {
        forget();
        controller.abort();
      },
    };
    flights.set(key, flight);
    return flight;
  };

  return async (call) => {
    if (!call.repeatable) {
      flights.clear();
      return next(call).finally(() => flights.clear());
    }
    if (!isShareable(call)) return next(call);
    if (call.io.signal.aborted) throw new TransportFailure('aborted', false, call.io.signal.reason);
    const key = JSON.stringify([call.url, call.reads, call.io.purpose ?? null]);
    return ride(flights.get(key) ?? start(key, call), call.io.signal);
  };
};
