import { type Clock, elapsed, isBefore, momentOf } from '../clock.ts';
import type { Collection } from '../collection.ts';
import type { Exclusive } from '../lock.ts';
import type { KeptItems } from '../port.ts';
import type { Kept } from '../records.ts';

/** Without limits, expired values are removed with every so-many-th new value. */
const SWEEP_EVERY = 50;

/** Values that are kept for a while after their last use, e.g. HTTP sessions and paid results. */
export function createKept(collection: Collection<Kept>, clock: Clock, exclusive: Exclusive): KeptItems {
  let puts = 0;
  /** One step at a time for a value: what was dropped does not come back with a touch. */
  const alone = <T>(key: string, step: () => Promise<T>): Promise<T> => exclusive(`kept value ${key}`, step);
  const drop = (key: string) => alone(key, () => collection.drop(key));
  const isOver = ({ used, for_ms }: Kept): boolean => elapsed(clock, used) >= for_ms;
  return {
    put: (key, owner, value, for_ms, { max_bytes = Infinity, max_count = Infinity } = {}) =>
      exclusive(`kept ${owner}`, async () => {
        const bytes = Buffer.byteLength(JSON.stringify(value) ?? '');
        if (bytes > max_bytes) return false;
        const isLimited = Number.isFinite(max_bytes) || Number.isFinite(max_count);
        puts += 1;
        const others: Kept[] = [];
        for (const { value: row } of isLimited || puts % SWEEP_EVERY === 0 ? await collection.rows() : []) {
          if (isOver(row)) await drop(row.key);
          else if (row.owner === owner && row.key !== key) others.push(row);
        }
        if (others.length >= max_count && (await collection.find(key)) === null) return false;
        let room = max_bytes - bytes;
        for (const row of others.toSorted((a, b) => (isBefore(a.used, b.used) ? 1 : -1))) {
          room -= row.bytes;
          if (room < 0) await drop(row.key);
        }
        const row = { key, owner, used: momentOf(clock), for_ms, bytes, value };
        await alone(key, () => collection.put(key, row, 'free'));
        return true;
      }),
    async get(key, owner) {
      const found = (await collection.find(key))?.value;
      return found === undefined || found.owner !== owner || isOver(found) ? null : found.value;
    },
    touch: (key, for_ms) =>
      alone(key, async () => {
        const found = (await collection.find(key))?.value;
        if (found === undefined || isOver(found)) return;
        const touched = { ...found, used: momentOf(clock), for_ms: for_ms ?? found.for_ms };
        await collection.put(key, touched, 'free');
      }),
    drop,
  };
}
