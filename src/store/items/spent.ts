import { spentRowOf } from '../../core/spend.ts';
import { type Clock, elapsed, momentOf } from '../clock.ts';
import type { Collection } from '../collection.ts';
import type { Exclusive } from '../lock.ts';
import { MADE_MS, type Spent } from '../port.ts';
import type { SpentDay } from '../records.ts';

/** Max ids that a day and cloud remember, so that an amount which is added again is not counted twice. */
const MAX_IDS = 200;

/** Amounts in a collection, one record for each day and cloud. */
export function createSpent(collection: Collection<SpentDay>, clock: Clock, exclusive: Exclusive): Spent {
  const isOver = ({ began }: SpentDay): boolean => elapsed(clock, began) >= MADE_MS;
  return {
    add: (id, entry) =>
      exclusive('spent', async () => {
        const day = new Date(clock.wall()).toISOString().slice(0, 10);
        const key = `${day} ${entry.cloud}`;
        const kept = (await collection.find(key))?.value;
        if (kept?.ids.includes(id) === true) return;
        const added = spentRowOf(day, entry);
        const isSame = ({ kind, what }: SpentDay['rows'][number]) =>
          kind === added.kind && what === added.what;
        const rows = kept?.rows ?? [];
        const before = rows.find(isSame) ?? { usd: 0, unpriced: 0 };
        const row = { ...added, usd: before.usd + added.usd, unpriced: before.unpriced + added.unpriced };
        if (kept === undefined)
          for (const { key: other, value } of await collection.rows())
            if (isOver(value)) await collection.drop(other);
        await collection.put(
          key,
          {
            key,
            cloud: entry.cloud,
            began: kept?.began ?? momentOf(clock),
            rows: [...rows.filter((one) => !isSame(one)), row],
            ids: [...(kept?.ids ?? []), id].slice(-MAX_IDS),
          },
          'free',
        );
      }),
    rows: async () => (await collection.rows()).flatMap(({ value }) => (isOver(value) ? [] : value.rows)),
  };
}
