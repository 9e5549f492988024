import { StoreUnreachable } from '../../core/store-error.ts';
import { elapsed, momentOf, systemClock } from '../clock.ts';
import type { StoreOptions } from '../files.ts';
import { createLocalLeases } from '../local-leases.ts';
import { withLocalTickets } from '../local-tickets.ts';
import type { Store } from '../port.ts';
import { orderSchema } from '../records.ts';
import { AS_IT_IS, redactLine, redactOrder } from '../redact.ts';
import { createAudit } from './audit.ts';
import { type Connection, shareConnection } from './connection.ts';
import { createAllowances, createBudget } from './counters.ts';
import { type Accounts, createAccounts, type Deps, timeIn } from './deps.ts';
import { createKept } from './kept.ts';
import { createLeases } from './leases.ts';
import { createNotices } from './notices.ts';
import { createOrders } from './orders.ts';
import { createOtherKeys } from './other-keys.ts';
import { createOutbox } from './outbox.ts';
import { createLeaders, createSharedReadings, type Leaders } from './shared-readings.ts';
import { createSpent } from './spent.ts';
import { createTickets } from './tickets.ts';

/**
 * Which database, and whose records in it: its accounts have the names of the folders that a store in files would use. Orders
 * and leases of others are never read.
 */
export interface PostgresOptions extends Omit<StoreOptions, 'shared'> {
  connection: Connection;
  /** Stores of one scope share everything else. Default: all stores of the database. */
  scope?: string;
  /** How long a call waits for notices, milliseconds. */
  noticePatienceMs?: number;
}

/** The store at an address. Connects with its first use. `onError` gets the errors of records that are lost. */
export const openPostgresStore = (
  url: string,
  scope: string,
  options: StoreOptions,
  onError: (error: unknown) => void,
): Store =>
  createPostgresStore({
    ...options,
    scope,
    connection: shareConnection(url, onError, options.auditDays ?? null),
  });

/** The problems of the store for a person: it is unreachable, records wait for it, or records cannot be read. */
async function problemsOf({ database, presence }: Deps, { ids }: Accounts): Promise<string[]> {
  try {
    const rows = await database.read<{ id: string; record: unknown }>(
      'select id, record from gpu_mcp.orders where account = any($1)',
      [ids],
    );
    const [durable] = await database.read<{ on: string }>(
      `select current_setting('synchronous_commit') as on`,
    );
    const notDurable =
      durable?.on === 'off'
        ? [
            `${database.name} has synchronous_commit = off: a crash of the database can lose orders; set it to on`,
          ]
        : [];
    const unreadable = rows
      .filter(({ record }) => !orderSchema.safeParse(record).success)
      .map(({ id }) => `order ${id} in ${database.name} cannot be read; another version may have written it`);
    return [...notDurable, ...unreadable];
  } catch (error) {
    if (!(error instanceof StoreUnreachable)) throw error;
    const waiting = presence.waiting();
    const more = waiting === 0 ? '' : `, and ${waiting} records wait to be written`;
    return [`${error.message.replace(/\.$/, '')}; nothing that spends is sent until it is back${more}`];
  }
}

/** A store in PostgreSQL, with what only replicas need. */
interface PostgresStore extends Store {
  leaders: Leaders;
}

/** State that replicas share in one PostgreSQL. Connects with its first use, and again whenever that is needed. */
export function createPostgresStore(options: PostgresOptions): PostgresStore {
  const { connection, scope = '', redact = AS_IT_IS, sandbox = false, noticePatienceMs } = options;
  const { onLine = () => {}, log = () => {}, clock = systemClock() } = options;
  const { database, presence } = connection;
  const deps: Deps = {
    database,
    presence,
    scope,
    redact: (order) => redactOrder(order, redact),
    redactLine: (line) => redactLine(sandbox ? { ...line, sandbox } : line, redact),
    onLine,
    clock,
  };
  const local = createLocalLeases(clock, presence.id);
  const accounts = createAccounts(options);
  const { notify, watch, close } = createOutbox(deps);
  const leaders = createLeaders(deps);
  return {
    state: () => (presence.isReady() ? database.state() : 'new'),
    waiting: presence.waiting,
    orders: createOrders(deps, accounts, local),
    leases: createLeases(deps, accounts, local),
    otherKeys: createOtherKeys(deps, accounts),
    tickets: withLocalTickets(createTickets(deps), log),
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
    exclusive: (key, step) => database.exclusive(`${scope} ${key}`, step),
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
