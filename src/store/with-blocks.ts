import type { NewOrder, Store } from './port.ts';

/** Something that stands in the way of any spending, in words for a person; null = nothing does. */
export type Block = () => Promise<string | null>;

const isFree = ({ planned: { adds } }: NewOrder): boolean =>
  adds.usd_per_hour === 0 && adds.usd_upfront === 0 && adds.pods === 0;

/** A store that admits no spending while something is in the way. What costs nothing goes on. */
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
