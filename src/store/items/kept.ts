import { type Clock, elapsed, momentOf } from '../clock.ts';
import type { KeptItems } from '../port.ts';
import type { Kept } from '../records.ts';
import type { Shelf } from '../shelf.ts';

/** Values that are kept for a while after their last use, e.g. HTTP sessions and paid results. */
export function createKept(
  shelf: Shelf<Kept>,
  clock: Clock,
  exclusive: <T>(key: string, step: () => Promise<T>) => Promise<T>,
): KeptItems {
  const isOver = ({ used, for_ms }: Kept): boolean => elapsed(clock, used) >= for_ms;
  return {
    put: (key, owner, value, for_ms, max_bytes = Number.POSITIVE_INFINITY) =>
      exclusive(`kept ${owner}`, async () => {
        const bytes = Buffer.byteLength(JSON.stringify(value) ?? '');
        let total = bytes;
        for (const row of await shelf.rows()) {
          if (isOver(row.value)) await shelf.drop(row.key);
          else if (row.value.owner === owner && row.key !== key) total += row.value.bytes;
        }
        if (total > max_bytes) return false;
        await shelf.put(key, { key, owner, used: momentOf(clock), for_ms, bytes, value }, 'free');
        return true;
      }),
    async get(key, owner) {
      const found = (await shelf.find(key))?.value;
      return found === undefined || found.owner !== owner || isOver(found) ? null : found.value;
    },
    async touch(key) {
      const found = (await shelf.find(key))?.value;
      if (found !== undefined && !isOver(found))
        await shelf.put(key, { ...found, used: momentOf(clock) }, 'free');
    },
    drop: (key) => shelf.drop(key),
  };
}
