import { createMemoryStore } from './memory.ts';
import type { Tickets } from './port.ts';

/**
 * Tickets of which this process keeps those in memory that cannot be stored (the database is away, the disk is full), so
 * that consent to end billing is still possible. What spends is refused later, because its order cannot be recorded.
 */
export function withLocalTickets(tickets: Tickets): Tickets {
  const { tickets: local } = createMemoryStore();
  const here = new Set<string>();
  const at = (key: string): Tickets => (here.has(key) ? local : tickets);
  return {
    async create(ticket) {
      try {
        return await tickets.create(ticket);
      } catch {
        here.add(ticket.key);
        return local.create(ticket);
      }
    },
    find: (key) => at(key).find(key),
    askAgain: (key, isMistyped) => at(key).askAgain(key, isMistyped),
    take: (key) => at(key).take(key),
    ordered: (key, order) => at(key).ordered(key, order),
    complete: (key, outcome) => at(key).complete(key, outcome),
    async drop(key) {
      await at(key).drop(key);
      here.delete(key);
    },
  };
}
