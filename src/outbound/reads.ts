import type { ReadingMark } from '../core/cloud.ts';
import { GpuError } from '../core/errors.ts';
import { TransportFailure } from './errors.ts';
import type { Call, Layer, Reply } from './send.ts';

/**
 * Within one reading (`io.reading`) the same GET is sent once, `fresh` or not: a look-up of names, a plan and the check of
 * the caps, which all need the list of pods, get the same answer. A write ends every reading before and after it: what is
 * asked for again is read again. What belongs to no reading passes.
 */
export const oneReadingLayer = (): Layer => (next) => {
  let readings = new WeakMap<ReadingMark, Map<string, Promise<Reply>>>();
  const endAll = () => {
    readings = new WeakMap();
  };
  return async (call) => {
    const { reading, kept } = call.io;
    if (!call.repeatable) {
      endAll();
      return next(call).finally(endAll);
    }
    if (reading === undefined || call.method !== 'GET') return next(call);
    const replies = readings.get(reading) ?? new Map<string, Promise<Reply>>();
    readings.set(reading, replies);
    const key = JSON.stringify([call.url, call.reads]);
    // That nothing is kept is no answer for those who may send.
    if (kept === true) return replies.get(key) ?? next(call);
    const reply = replies.get(key) ?? next(call);
    replies.set(key, reply);
    return reply;
  };
};

/** As many different replies are kept at most; the oldest goes first. Our choice: catalogues have few. */
const MAX_KEPT = 16;

/** How old a catalogue may be for a call that sends nothing (`io.kept`), milliseconds. Our choice. */
const JUST_READ_MS = 60_000;

/** One read: running while `came` is null; then its reply came at that time, and answers later reads for `forMs`. */
interface Read {
  reply: Promise<Reply>;
  purpose: Call['io']['purpose'];
  callers: number;
  abort: () => void;
  came: number | null;
  forMs: number;
}

const nothingKept = ({ cloud }: Call): GpuError =>
  new GpuError('upstream_unavailable', 'Nothing was read within the last minute, and nothing was sent.', {
    cloud,
  });

const isShareable = (call: Call): boolean =>
  call.method === 'GET' && call.repeatable && call.reads !== 'events';

/** A read that must show the present state: all that a plan shows, and what a write depends on. */
const mustBeFresh = ({ io }: Call): boolean => io.fresh === true || io.purpose === 'gate';

/** A running read for one caller: ends with the reply, or with the caller's own abort. */
const join = (read: Read, signal: AbortSignal): Promise<Reply> =>
  new Promise((resolve, reject) => {
    read.callers += 1;
    const leave = () => {
      read.callers -= 1;
      if (read.callers === 0) read.abort();
      reject(new TransportFailure('aborted', true, signal.reason));
    };
    signal.addEventListener('abort', leave, { once: true });
    read.reply.finally(() => signal.removeEventListener('abort', leave)).then(resolve, reject);
  });

/**
 * Shares running reads and keeps recent replies. Identical running reads (URL, way of reading, purpose)
 * share one request, which ends when all its callers have aborted; replies of endpoints that declare `cacheSeconds`
 * answer later reads, too, and for a minute those that may send nothing (`io.kept`). A fresh read neither joins nor takes a
 * kept reply. A write forgets everything before and
 * after it: no read joins one that began before, and nothing is kept that was read meanwhile. Failures are never kept.
 */
export const readsLayer =
  (monotonic: () => number): Layer =>
  (next) => {
    const reads = new Map<string, Read>();

    const forget = (key: string, read: Read) => {
      if (reads.get(key) === read) reads.delete(key);
    };
    const keep = (key: string, read: Read, forMs: number) => {
      if (forMs <= 0 || reads.get(key) !== read) return forget(key, read);
      read.came = monotonic();
      read.forMs = forMs;
      reads.delete(key);
      reads.set(key, read);
      const kept = [...reads].filter(([, { came }]) => came !== null);
      for (const [oldest] of kept.slice(0, -MAX_KEPT)) reads.delete(oldest);
    };
    const start = (key: string, call: Call): Read => {
      const controller = new AbortController();
      const read: Read = {
        reply: next({ ...call, io: { ...call.io, signal: controller.signal } }),
        purpose: call.io.purpose,
        callers: 0,
        abort: () => {
          forget(key, read);
          controller.abort();
        },
        came: null,
        forMs: 0,
      };
      reads.set(key, read);
      read.reply.then(
        () => keep(key, read, call.cacheMs),
        () => forget(key, read),
      );
      return read;
    };

    return async (call) => {
      const { signal, purpose } = call.io;
      if (!call.repeatable) {
        reads.clear();
        return next(call).finally(() => reads.clear());
      }
      if (!isShareable(call)) {
        if (call.io.kept === true) throw nothingKept(call);
        return next(call);
      }
      if (signal.aborted) throw new TransportFailure('aborted', false, signal.reason);
      const key = JSON.stringify([call.url, call.reads]);
      const known = reads.get(key);
      const age = known?.came == null ? null : monotonic() - known.came;
      if (call.io.kept === true) {
        if (known === undefined || age === null || age > JUST_READ_MS) throw nothingKept(call);
        return known.reply;
      }
      if (known !== undefined && !mustBeFresh(call)) {
        if (age !== null && age < known.forMs) return known.reply;
        if (age === null && known.purpose === purpose && known.callers > 0) return join(known, signal);
      }
      return join(start(key, call), signal);
    };
  };
