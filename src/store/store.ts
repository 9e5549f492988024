import type * as z from 'zod';
import { type Clock, elapsed, momentOf } from './clock.ts';
import { createAllowances, createBudget } from './items/counters.ts';
import { createKept } from './items/kept.ts';
import { createLeases } from './items/leases.ts';
import { createNotices } from './items/notices.ts';
import { createOrders, type KeyOf } from './items/orders.ts';
import { createOtherKeys, type KeyedShelves } from './items/other-keys.ts';
import { createSpent } from './items/spent.ts';
import { createTickets } from './items/tickets.ts';
import type { Exclusive } from './lock.ts';
import type { Store } from './port.ts';
import {
  type AuditLine,
  allowanceSchema,
  keptSchema,
  type NoticeRecord,
  type Order,
  type SpentDay,
  type StoredLease,
  ticketSchema,
  windowSchema,
} from './records.ts';
import type { Shelf } from './shelf.ts';

/** The kinds of records that belong to no cloud's account. */
export type ShelfName = 'tickets' | 'allowances' | 'budget' | 'sessions' | 'paid';

/** What an adapter with shelves provides; items/ has all the rules. */
export interface Backing extends Pick<Store, 'exclusive' | 'notify' | 'watch' | 'close'> {
  clock: Clock;
  /** `exclusive` between all stores that use one of these accounts. */
  onAccounts: Exclusive;
  keyOf: KeyOf;
  orders: Shelf<Order>;
  leases: Shelf<StoredLease>;
  notices: Shelf<NoticeRecord>;
  spent: Shelf<SpentDay>;
  shelf: <T>(name: ShelfName, schema: z.ZodType<T>, keyOf: (value: T) => string) => Shelf<T>;
  /** Appends an audit line; `isAgain`: an earlier process may have done so already. */
  deliver: (line: AuditLine, isAgain: boolean) => Promise<void>;
  /** Hides secrets in an order before it is stored. */
  redact: (order: Order) => Order;
  /** Folders of other keys that no server uses. */
  siblings?: () => Promise<KeyedShelves[]>;
}

/** A store of records on shelves, for memory and files. */
export function createStore(backing: Backing): Store {
  const { clock, exclusive, onAccounts, keyOf, shelf, deliver, redact, notify, watch, close } = backing;
  const { siblings = async () => [] } = backing;
  const shelves = {
    orders: backing.orders,
    leases: backing.leases,
    notices: backing.notices,
    spent: backing.spent,
    tickets: shelf('tickets', ticketSchema, ({ key }) => key),
    allowances: shelf('allowances', allowanceSchema, ({ key }) => key),
    budget: shelf('budget', windowSchema, ({ key }) => key),
    sessions: shelf('sessions', keptSchema, ({ key }) => key),
    paid: shelf('paid', keptSchema, ({ key }) => key),
  };
  const leases = createLeases(shelves.leases, clock, keyOf, onAccounts);
  return {
    orders: createOrders({
      shelf: shelves.orders,
      keyOf,
      clock,
      exclusive: onAccounts,
      deliver,
      redact,
      leases,
    }),
    leases,
    otherKeys: createOtherKeys({
      own: { ...shelves, key: null },
      siblings,
      keyOf,
      clock,
      exclusive: onAccounts,
    }),
    tickets: createTickets(shelves.tickets, clock, exclusive),
    allowances: createAllowances(shelves.allowances, clock, exclusive),
    audit: { write: (line) => deliver(line, false) },
    budget: createBudget(shelves.budget, clock, exclusive),
    notices: createNotices(shelves.notices, clock, onAccounts),
    spent: createSpent(shelves.spent, clock, onAccounts),
    sessions: createKept(shelves.sessions, clock, exclusive),
    paid: createKept(shelves.paid, clock, exclusive),
    sharedReadings: null,
    processes: null,
    exclusive,
    notify,
    watch,
    state: () => 'up',
    waiting: () => 0,
    moment: async () => momentOf(clock),
    elapsed: async (since) => elapsed(clock, since),
    problems: async () => (await Promise.all(Object.values(shelves).map((one) => one.problems()))).flat(),
    close,
  };
}
