import { type SpendBook, type SpendEntry, type SpentRow, spentRowOf } from '../core/spend.ts';
import type { Store } from '../store/port.ts';

/** Amounts that the store could not take are held up to so many: the newest. */
const MAX_UNKEPT = 1000;

interface Unkept {
  id: string;
  day: string;
  entry: SpendEntry;
}

/** What went through all servers of a store. What the store cannot take now is shown by this process, and tried again. */
export function createSpendBook(
  { spent }: Pick<Store, 'spent'>,
  { now, newId }: { now: () => Date; newId: () => string },
): SpendBook {
  let unkept: Unkept[] = [];
  let known: readonly SpentRow[] = [];
  const keep = async (one: Unkept): Promise<void> => {
    try {
      await spent.add(one.id, one.entry);
      unkept = unkept.filter(({ id }) => id !== one.id);
    } catch {
      const others = unkept.filter(({ id }) => id !== one.id);
      unkept = [...others, one].slice(-MAX_UNKEPT);
    }
  };
  return {
    add: (entry) => keep({ id: newId(), day: now().toISOString().slice(0, 10), entry }),
    async rows() {
      for (const one of unkept) await keep(one);
      known = await spent.rows().catch(() => known);
      return [...known, ...unkept.map(({ day, entry }) => spentRowOf(day, entry))];
    },
  };
}
