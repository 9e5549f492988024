import type { Log } from '../core/live.ts';
import { unlessUnusable } from './disk.ts';
import { createMemoryStore } from './memory.ts';
import type { Tickets } from './port.ts';

/**
 * Tickets of which this process keeps those in memory that cannot be stored (the database is away, the disk is full), so
 * that consent to end billing is still possible. Only this process knows them: no other can use them too, and they end with
 * it. If the fault passes before the answer comes, such a ticket also consents to what spends, whose order is recorded then.
 * A write that failed may have been stored all the same; the store's ticket counts as soon as it is seen, so that no two
 * processes use one ticket.
 */
export function withLocalTickets(tickets: Tickets, log: Log): Tickets {
  const { tickets: local } = createMemoryStore();
  const here = new Set<string>();
  const at = (key: string): Tickets => (here.has(key) ? local : tickets);
  const isStored = async (key: string): Promise<boolean> => {
    try {
      return (await tickets.find(key)) !== null;
    } catch (error) {
      unlessUnusable(error);
      return false;
    }
  };
  return {
    async create(ticket) {
      try {
        return await tickets.create(ticket);
      } catch (error) {
        unlessUnusable(error);
        log({
          level: 'error',
          msg: 'a ticket could not be stored and is kept in memory',
          error: String(error),
        });
        here.add(ticket.key);
        return local.create(ticket);
      }
    },
    find: (key) => at(key).find(key),
    askAgain: (key, isMistyped) => at(key).askAgain(key, isMistyped),
    async take(key) {
      if (here.has(key) && (await isStored(key))) here.delete(key);
      return at(key).take(key);
    },
    ordered: (key, order) => at(key).ordered(key, order),
    complete: (key, outcome) => at(key).complete(key, outcome),
    async drop(key) {
      await at(key).drop(key);
      if (!here.has(key)) return;
      try {
        await tickets.drop(key);
        here.delete(key);
      } catch (error) {
        unlessUnusable(error);
      }
    },
  };
}
