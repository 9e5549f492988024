import { storedPlanSchema } from '../core/plan.ts';
import type { CloudId } from '../core/ref.ts';
import type { Journal } from './journal.ts';

/**
 * One journal for each cloud's account as a single one, so that an order is looked for after a crash also where the
 * key of the other cloud has come or gone since.
 * @throws Error on `open` where the order names none of these clouds
 */
export function joinJournals(journals: Partial<Record<CloudId, Journal>>): Journal {
  const all = Object.values(journals).filter((journal) => journal !== undefined);
  const holders = new Map<string, Journal>();
  return {
    async open(intent) {
      const cloud = storedPlanSchema.safeParse(intent.planned).data?.cloud ?? null;
      const journal = cloud === null ? undefined : journals[cloud];
      if (journal === undefined) throw new Error(`${intent.tool} does not name the cloud it spends on`);
      const id = await journal.open(intent);
      holders.set(id, journal);
      return id;
    },
    async close(closing) {
      await holders.get(closing.id)?.close(closing);
      holders.delete(closing.id);
    },
    leave: (id) => holders.get(id)?.leave(id),
    left: () => all.flatMap((journal) => journal.left()),
    refs: () => all.flatMap((journal) => journal.refs()),
    async abandoned() {
      const found = [];
      for (const journal of all) {
        const intents = await journal.abandoned();
        for (const { id } of intents) holders.set(id, journal);
        found.push(...intents);
      }
      return found;
    },
  };
}
