import type { CloudId } from '../../core/ref.ts';
import { type Clock, elapsed, momentOf, systemClock } from '../clock.ts';
import { withLocalTickets } from '../local-tickets.ts';
import type { Store } from '../port.ts';
import type { AuditLine, Order } from '../records.ts';
import { createAudit } from './audit.ts';
import { createAllowances, createBudget } from './counters.ts';
import { createDatabase, type Database } from './database.ts';
import { createAccounts, type Deps, timeIn } from './deps.ts';
import { createKept } from './kept.ts';
import { createLeases } from './leases.ts';
import { createLocalLeases } from './local-leases.ts';
import { createNotices } from './notices.ts';
import { createOrders } from './orders.ts';
import { createOtherKeys } from './other-keys.ts';
import { createOutbox } from './outbox.ts';
import { createPresence, type Presence } from './presence.ts';
import { problemsOf } from './problems.ts';
import { createLeaders, createSharedReadings, type Leaders } from './shared-readings.ts';
import { createSpent } from './spent.ts';
import { createTickets } from './tickets.ts';

/** The connections of a store, and the presence of this process in it. */
export interface Connection {
  database: Database;
  presence: Presence;
  close(): Promise<void>;
}

/** Opens the connections to an address. `onError` gets the errors of records that are lost. */
export function openConnection(
  url: string,
  onError: (error: unknown) => void,
  auditDays: number | null = null,
): Connection {
  const database = createDatabase(url);
  const presence = createPresence(database, onError, auditDays);
  return {
    database,
    presence,
    async close() {
      await presence.close();
      await database.close();
    },
  };
}

/** Which database, whose records in it, and what a test may replace. */
export interface PostgresOptions {
  connection: Connection;
  /** The name of the account on each cloud: orders and leases of others are never read. */
  accounts: Readonly<Record<CloudId, string>>;
  /** The fingerprint of each cloud's present key. */
  keys?: Readonly<Partial<Record<CloudId, string>>>;
  /** Earlier names of the same accounts. */
  also?: readonly string[];
  /** Stores of one scope share everything else. Default: all stores of the database. */
  scope?: string;
  redact?: (order: Order) => Order;
  redactLine?: (line: AuditLine) => AuditLine;
  /** Sees each audit line before it is written. */
  onLine?: (line: AuditLine) => void;
  clock?: Clock;
  /** How long a call waits for notices, milliseconds. */
  noticePatienceMs?: number;
}

/** A store in PostgreSQL, with what only replicas need. */
interface PostgresStore extends Store {
  leaders: Leaders;
}

/** State that replicas share in one PostgreSQL. Connects with its first use, and again whenever that is needed. */
export function createPostgresStore({
  connection,
  accounts: byCloud,
  keys = {},
  also = [],
  scope = '',
  redact = (order) => order,
  redactLine = (line) => line,
  onLine = () => {},
  clock = systemClock(),
  noticePatienceMs,
}: PostgresOptions): PostgresStore {
  const { database, presence } = connection;
  const deps: Deps = { database, presence, scope, redact, redactLine, onLine, clock };
  const local = createLocalLeases(clock, presence.id);
  const accounts = createAccounts(byCloud, keys, also);
  const { notify, watch, close } = createOutbox(deps);
  const leaders = createLeaders(deps);
  return {
    state: () => (presence.isReady() ? database.state() : 'new'),
    waiting: presence.waiting,
    orders: createOrders(deps, accounts, local),
    leases: createLeases(deps, accounts, local),
    otherKeys: createOtherKeys(deps, accounts),
    tickets: withLocalTickets(createTickets(deps)),
    allowances: createAllowances(deps),
    audit: createAudit(deps),
    budget: createBudget(deps),
    spent: createSpent(deps, accounts),
    notices: createNotices(deps, accounts, { notify, watch }, noticePatienceMs),
    sessions: createKept(deps, 'sessions'),
    paid: createKept(deps, 'paid'),
    leaders,
    sharedReadings: createSharedReadings(deps, leaders, { notify, watch }),
    processes: { self: presence.id, isAlive: presence.isAlive },
    async exclusive(key, step) {
      await presence.ready();
      return database.exclusive(`${scope} ${key}`, step);
    },
    notify,
    watch,
    moment: async () => momentOf(await timeIn(database.read)),
    elapsed: async (since) => elapsed(await timeIn(database.read), since),
    problems: () => problemsOf(deps, accounts),
    async close() {
      await close();
      await connection.close();
    },
  };
}
