import { TICKET_MS } from '../../core/policy.ts';
import { type Clock, elapsed, elapsedAtMost, momentOf } from '../clock.ts';
import type { Collection, Row } from '../collection.ts';
import type { Exclusive } from '../lock.ts';
import { MAX_TICKETS, type Tickets } from '../port.ts';
import type { Ticket } from '../records.ts';

/** Tickets in a collection. */
export function createTickets(collection: Collection<Ticket>, clock: Clock, exclusive: Exclusive): Tickets {
  const isOver = ({ made }: Ticket): boolean => elapsedAtMost(clock, made) >= TICKET_MS;
  // A taken ticket is remembered for ten minutes after its outcome; without an outcome, as long as its order is kept.
  const isForgotten = (ticket: Ticket): boolean =>
    ticket.settled === null
      ? elapsedAtMost(clock, ticket.made) >= 2 * TICKET_MS
      : elapsed(clock, ticket.settled) >= (ticket.state === 'spent' ? TICKET_MS : 6 * TICKET_MS);
  /** One step at a time for a ticket, over all processes: what a step read has not changed when it writes. */
  const alone = <T>(key: string, step: () => Promise<T>): Promise<T> => exclusive(`ticket ${key}`, step);
  const change = (key: string, edit: (ticket: Ticket) => Ticket) =>
    alone(key, async () => {
      const row = await collection.find(key);
      if (row !== null) await collection.put(key, edit(row.value), row.hold === 'mine' ? 'mine' : 'free');
    });
  const dropIf = (key: string, test: (row: Row<Ticket>) => boolean) =>
    alone(key, async () => {
      const row = await collection.find(key);
      if (row !== null && test(row)) await collection.drop(key);
    });
  const isLive = ({ value }: Row<Ticket>): boolean => value.state === 'live';
  const isDone = ({ value, hold }: Row<Ticket>): boolean =>
    isForgotten(value) && (value.state !== 'taken' || hold === 'free' || hold === 'orphaned');
  const makeRoom = async (principal: string) => {
    const rows = await collection.rows();
    for (const row of rows) if (isDone(row)) await dropIf(row.key, isDone);
    const live = rows
      .filter((row) => isLive(row) && row.value.principal === principal && !isOver(row.value))
      .toSorted((a, b) => a.value.made.wall - b.value.made.wall);
    for (const { key } of live.slice(0, Math.max(0, live.length - MAX_TICKETS + 1)))
      await dropIf(key, isLive);
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
          asked: null,
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
        asked_ms: elapsed(clock, row.value.asked ?? row.value.made),
      };
    },
    askAgain: (key, isMistyped) =>
      alone(key, async () => {
        const ticket = await collection.take(key);
        if (ticket === null) return;
        const mistyped = ticket.mistyped + (isMistyped ? 1 : 0);
        const again = { ...ticket, mistyped, asked: momentOf(clock) };
        await collection.put(key, ticket.state === 'live' ? again : ticket, 'free');
      }),
    take: (key) =>
      alone(key, async () => {
        const ticket = await collection.take(key);
        if (ticket === null) return false;
        if (ticket.state === 'live' && !isOver(ticket)) {
          await collection.put(key, { ...ticket, state: 'taken', settled: momentOf(clock) }, 'mine');
          return true;
        }
        await collection.put(key, ticket, 'free');
        return false;
      }),
    ordered: (key, order) => change(key, (ticket) => ({ ...ticket, order })),
    complete: (key, outcome) =>
      alone(key, async () => {
        const row = await collection.find(key);
        if (row === null) return;
        const settled = momentOf(clock);
        const done_at = new Date(settled.wall).toISOString();
        await collection.put(key, { ...row.value, state: 'spent', settled, done_at, outcome }, 'free');
      }),
    drop: (key) => dropIf(key, isLive),
  };
}
