import type { Store } from './port.ts';
import type { Order } from './records.ts';
import type { OldJournals } from './version-1.ts';
import { withBlocks } from './with-blocks.ts';

/** Why nothing is bought while a process of the first version lives: it knows nothing of orders here, nor this of its. */
const OLD_PROCESS =
  'A server of an older version works with the same state directory and key, and neither would know of the orders of the other. Restart the client that runs it.';

/** A store that imports what the first version left, and admits no spending while one of its processes lives. */
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
