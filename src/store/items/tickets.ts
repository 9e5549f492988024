import { TICKET_MS } from '../../core/policy.ts';
import { type Clock, elapsed, elapsedAtMost, momentOf } from '../clock.ts';
import type { Collection } from '../collection.ts';
import type { Exclusive } from '../lock.ts';
import { MAX_TICKETS, type Tickets } from '../port.ts';
import type { Ticket } from '../records.ts';

/** Tickets in a collection. */
export function createTickets(collection: Collection<Ticket>, clock: Clock, exclusive: Exclusive): Tickets {
  const isOver = ({ made }: Ticket): boolean => elapsedAtMost(clock, made) >= TICKET_MS;
  // A taken ticket is remembered for ten minutes after its outcome; without an outcome, as long as its order is kept.
  const isForgotten = (ticket: Ticket): boolean =>
    ticket.settled === null || ticket.state === 'live'
      ? elapsedAtMost(clock, ticket.made) >= 2 * TICKET_MS
      : elapsed(clock, ticket.settled) >= (ticket.state === 'spent' ? TICKET_MS : 6 * TICKET_MS);
  const change = async (key: string, edit: (ticket: Ticket) => Ticket) => {
    const row = await collection.find(key);
    if (row !== null) await collection.put(key, edit(row.value), row.hold === 'mine' ? 'mine' : 'free');
  };
  const makeRoom = async (principal: string) => {
    const rows = await collection.rows();
    const live: Ticket[] = [];
    for (const { key, value, hold } of rows) {
      const isInUse = value.state === 'taken' && hold !== 'free' && hold !== 'orphaned';
      if (isForgotten(value) && !isInUse) await collection.drop(key);
      else if (value.state === 'live' && value.principal === principal && !isOver(value)) live.push(value);
    }
    live.sort((a, b) => a.made.wall - b.made.wall);
    for (const { key } of live.slice(0, Math.max(0, live.length - MAX_TICKETS + 1)))
      await collection.drop(key);
  };
  return {
    create: (ticket) =>
      exclusive(`tickets ${ticket.principal}`, async () => {
        await makeRoom(ticket.principal);
        const made = momentOf(clock);
        const row: Ticket = {
          ...ticket,
          made,
          mistyped: 0,
          state: 'live',
          settled: null,
          done_at: null,
          order: null,
          outcome: null,
        };
        await collection.put(ticket.key, row, 'free');
        return new Date(made.wall + TICKET_MS).toISOString();
      }),
    async find(key) {
      const row = await collection.find(key);
      if (row === null || isForgotten(row.value)) return null;
      const is_orphaned = row.value.state === 'taken' && (row.hold === 'orphaned' || row.hold === 'free');
      return {
        ...row.value,
        is_expired: row.value.state === 'live' && isOver(row.value),
        is_orphaned,
        asked_ms: elapsed(clock, row.value.settled ?? row.value.made),
      };
    },
    askAgain: (key, isMistyped) =>
      change(key, (ticket) => ({
        ...ticket,
        mistyped: ticket.mistyped + (isMistyped ? 1 : 0),
        settled: momentOf(clock),
      })),
    async take(key) {
      const ticket = await collection.take(key);
      if (ticket === null) return false;
      if (ticket.state === 'live' && !isOver(ticket)) {
        await collection.put(key, { ...ticket, state: 'taken', settled: momentOf(clock) }, 'mine');
        return true;
      }
      await collection.put(key, ticket, 'free');
      return false;
    },
    ordered: (key, order) => change(key, (ticket) => ({ ...ticket, order })),
    async complete(key, outcome) {
      const row = await collection.find(key);
      if (row === null) return;
      const done_at = new Date(clock.wall()).toISOString();
      await collection.put(
        key,
        { ...row.value, state: 'spent', settled: momentOf(clock), done_at, outcome },
        'free',
      );
    },
    drop: (key) => collection.drop(key),
  };
}
