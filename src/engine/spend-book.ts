import { type SpendBook, type SpendEntry, type SpentRow, spentRowOf } from '../core/spend.ts';
import type { Store } from '../store/port.ts';

/** Max amounts that wait for the store; the oldest are dropped. */
const MAX_UNSTORED = 1000;

interface Unstored {
  id: string;
  day: string;
  entry: SpendEntry;
}

/** The amounts that all servers of a store booked. What the store cannot take now is kept by this process and stored later. */
export function createSpendBook(
  { spent }: Pick<Store, 'spent'>,
  { now, newId }: { now: () => Date; newId: () => string },
): SpendBook {
  let unstored: Unstored[] = [];
  let known: readonly SpentRow[] = [];
  const keep = async (one: Unstored): Promise<void> => {
    try {
      await spent.add(one.id, one.entry);
      unstored = unstored.filter(({ id }) => id !== one.id);
    } catch {
      const others = unstored.filter(({ id }) => id !== one.id);
      unstored = [...others, one].slice(-MAX_UNSTORED);
    }
  };
  return {
    add: (entry) => keep({ id: newId(), day: now().toISOString().slice(0, 10), entry }),
    async rows() {
      for (const one of unstored) await keep(one);
      known = await spent.rows().catch(() => known);
      return [...known, ...unstored.map(({ day, entry }) => spentRowOf(day, entry))];
    },
  };
}
