import type { Store } from './port.ts';
import type { Order } from './records.ts';
import type { OldJournals } from './version-1.ts';

/** Why nothing is bought while a process of the first version lives: it knows nothing of orders here, nor this of its. */
const OLD_PROCESS =
  'A server of an older version works with the same state directory and key, and neither would know of the orders of the other.';

/** A store that imports what the first version left, and admits no spending while one of its processes lives. */
export function withVersion1(
  store: Store,
  journals: readonly OldJournals[],
  keep: (order: Order) => Promise<void>,
): Store {
  const areInUse = async () =>
    (await Promise.all(journals.map((journal) => journal.areInUse()))).includes(true);
  return {
    ...store,
    orders: {
      ...store.orders,
      async admit(order, reading, room) {
        const { usd_per_hour, usd_upfront, pods } = order.planned.adds;
        const isFree = usd_per_hour === 0 && usd_upfront === 0 && pods === 0;
        if (!isFree && (await areInUse())) return { kind: 'blocked', why: OLD_PROCESS };
        return store.orders.admit(order, reading, room);
      },
      async claimAbandoned() {
        const imported = await Promise.all(journals.map((journal) => journal.import(keep)));
        const { open, closed } = await store.orders.claimAbandoned();
        return { open: [...imported.flat(), ...open], closed };
      },
    },
    problems: async () => [...(await store.problems()), ...journals.flatMap((journal) => journal.problems())],
  };
}
