import { type Clock, elapsed, momentOf } from './clock.ts';
import type { Collection, RecordKind } from './collection.ts';
import { createAllowances, createBudget } from './items/counters.ts';
import { createKept } from './items/kept.ts';
import { createLeases } from './items/leases.ts';
import { createNotices } from './items/notices.ts';
import { createOrders, type KeyOf } from './items/orders.ts';
import { createOtherKeys, type KeyedCollections } from './items/other-keys.ts';
import { createSpent } from './items/spent.ts';
import { createTickets } from './items/tickets.ts';
import type { Exclusive } from './lock.ts';
import type { Store } from './port.ts';
import { type AuditLine, type Order, RECORDS } from './records.ts';

/** What an adapter with collections provides; items/ has all the rules. */
interface Backing extends Pick<Store, 'exclusive' | 'notify' | 'watch' | 'close'> {
  clock: Clock;
  /** `exclusive` between all stores that use one of these accounts. */
  onAccounts: Exclusive;
  keyOf: KeyOf;
  collection: <T>(kind: RecordKind<T>) => Collection<T>;
  /** Appends an audit line; `isAgain`: an earlier process may have done so already. */
  deliver: (line: AuditLine, isAgain: boolean) => Promise<void>;
  /** Hides secrets in an order before it is stored. */
  redact: (order: Order) => Order;
  /** Folders of other keys that no server uses. */
  siblings?: () => Promise<KeyedCollections[]>;
}

/** A store of records in collections, for memory and files. */
export function createStore(backing: Backing): Store {
  const { clock, exclusive, onAccounts, keyOf, collection, deliver, redact, notify, watch, close } = backing;
  const { siblings = async () => [] } = backing;
  const collections = {
    orders: collection(RECORDS.orders),
    leases: collection(RECORDS.leases),
    notices: collection(RECORDS.notices),
    spent: collection(RECORDS.spent),
    tickets: collection(RECORDS.tickets),
    allowances: collection(RECORDS.allowances),
    budget: collection(RECORDS.budget),
    sessions: collection(RECORDS.sessions),
    paid: collection(RECORDS.paid),
  };
  const leases = createLeases(collections.leases, clock, keyOf, onAccounts);
  return {
    orders: createOrders({
      collection: collections.orders,
      keyOf,
      clock,
      exclusive: onAccounts,
      deliver,
      redact,
      leases,
    }),
    leases,
    otherKeys: createOtherKeys({
      own: { ...collections, key: null },
      siblings,
      keyOf,
      clock,
      exclusive: onAccounts,
    }),
    tickets: createTickets(collections.tickets, clock, exclusive),
    allowances: createAllowances(collections.allowances, clock, exclusive),
    audit: { write: (line) => deliver(line, false) },
    budget: createBudget(collections.budget, clock, exclusive),
    notices: createNotices(collections.notices, clock, onAccounts),
    spent: createSpent(collections.spent, clock, onAccounts),
    sessions: createKept(collections.sessions, clock, exclusive),
    paid: createKept(collections.paid, clock, exclusive),
    sharedReadings: null,
    processes: null,
    exclusive,
    notify,
    watch,
    state: () => 'up',
    waiting: () => 0,
    moment: async () => momentOf(clock),
    elapsed: async (since) => elapsed(clock, since),
    problems: async () => (await Promise.all(Object.values(collections).map((one) => one.problems()))).flat(),
    close,
  };
}
