import type { NewOrder, Store } from './port.ts';
import type { Order } from './records.ts';
import type { OldJournals } from './version-1.ts';

/** Why nothing may be spent now, as a sentence for a person; null if nothing prevents it. */
export type Block = () => Promise<string | null>;

const isFree = ({ planned: { adds } }: NewOrder): boolean =>
  adds.usd_per_hour === 0 && adds.usd_upfront === 0 && adds.pods === 0;

/** A store that admits no order that costs something while one of `blocks` gives a reason. */
export const withBlocks = (store: Store, blocks: readonly Block[]): Store => ({
  ...store,
  orders: {
    ...store.orders,
    async admit(order, reading, room) {
      for (const block of isFree(order) ? [] : blocks) {
        const why = await block();
        if (why !== null) return { kind: 'blocked', why };
      }
      return store.orders.admit(order, reading, room);
    },
  },
});

/** Why nothing may be spent while a process of version 1 runs. */
const OLD_PROCESS =
  'A server of an older version uses the same state directory and key, and neither sees the orders of the other. Restart the client that runs it.';

/** A store that imports the orders of version 1, and admits no spending while one of its processes runs. */
export function withVersion1(
  store: Store,
  journals: readonly OldJournals[],
  keep: (order: Order) => Promise<void>,
): Store {
  const isInUse = async () =>
    (await Promise.all(journals.map((journal) => journal.areInUse()))).includes(true) ? OLD_PROCESS : null;
  const blocked = withBlocks(store, [isInUse]);
  return {
    ...blocked,
    orders: {
      ...blocked.orders,
      async claimAbandoned() {
        const imported = await Promise.all(journals.map((journal) => journal.import(keep)));
        const { open, closed } = await store.orders.claimAbandoned();
        return { open: [...imported.flat(), ...open], closed };
      },
    },
    problems: async () => [
      ...(await store.problems()),
      ...(await Promise.all(journals.map((journal) => journal.problems()))).flat(),
    ],
  };
}
