import pg from 'pg';
import { messageOf } from '../../core/errors.ts';
import { StoreUnreachable } from '../../core/store-error.ts';
import { waitAtMost } from '../../core/wait-at-most.ts';
import { createExclusive } from '../lock.ts';

/** Error classes and codes of a PostgreSQL server that can serve no request now. */
const UNREACHABLE = /^(08|28|53|57P|3D000|25006)/;

/** True if the store did not answer or cannot serve; false if it refused this very statement. */
const isUnreachable = (error: unknown): boolean =>
  error instanceof StoreUnreachable ||
  (error instanceof pg.DatabaseError
    ? UNREACHABLE.test(error.code ?? '')
    : error instanceof AggregateError ||
      (error instanceof Error && (PG_MESSAGES.test(error.message) || isOfSystem(error))));

/** A fault of the network or the name service, e.g. ECONNREFUSED. */
const isOfSystem = (error: Error): boolean =>
  'code' in error && typeof error.code === 'string' && /^E[A-Z_]+$/.test(error.code);

/** Messages of `pg` about connections, in errors without a code. */
const PG_MESSAGES =
  /connection terminated|connection ended|timeout expired|timeout exceeded|read timeout|not queryable|Client was closed|SASL|SSL/i;

function partsOf(url: string): { host: string; password: string } {
  try {
    const { hostname, port, pathname, searchParams, password } = new URL(url);
    const at = searchParams.get('host') ?? hostname;
    return {
      host: `${at}${port === '' ? '' : `:${port}`}${pathname}`,
      password: decodeURIComponent(password),
    };
  } catch {
    return { host: '', password: '' };
  }
}

/** Host, port and database of an address; no user and no password. */
const nameOf = (url: string): string => partsOf(url).host;

/** The message for an error of the store at an address, without its password. */
function messageFor(error: unknown, url: string): string {
  const { password } = partsOf(url);
  const inner = error instanceof AggregateError ? error.errors.map(messageOf).join(', ') : messageOf(error);
  const safe = [password, encodeURIComponent(password)]
    .filter((word) => word !== '')
    .reduce((text, word) => text.replaceAll(word, '[hidden]'), inner);
  return `The store ${nameOf(url)} cannot be used: ${safe}.`;
}

/** The error for callers: StoreUnreachable, without the password, if the store is unreachable; otherwise the same. */
const toStoreError = (error: unknown, url: string): unknown =>
  error instanceof StoreUnreachable || !isUnreachable(error)
    ? error
    : new StoreUnreachable(messageFor(error, url));

type Row = Record<string, unknown>;

/** Sends one statement and returns its rows. `R` is the type of a row. */
export type Query = <R extends object = Row>(sql: string, values?: readonly unknown[]) => Promise<R[]>;

/** One PostgreSQL database, used through a few connections, which are opened when needed and replaced when they break. */
export interface Database {
  /** A statement that only reads; it is sent again if a connection broke meanwhile. @throws StoreUnreachable */
  read: Query;
  /** A statement that writes. It is sent once. @throws StoreUnreachable; it may have taken effect then */
  write: Query;
  /** Statements that take effect together or not at all. @throws StoreUnreachable; if it was the commit, it may have taken effect */
  transaction<T>(step: (query: Query) => Promise<T>): Promise<T>;
  /** The same for steps that change the schema or wait for another process that does: for half a minute, not for seconds. */
  longTransaction<T>(step: (query: Query) => Promise<T>): Promise<T>;
  /** Runs one step at a time for a key, over all processes, by a lock that ends with its transaction. */
  exclusive<T>(key: string, step: () => Promise<T>): Promise<T>;
  /** A connection of its own for LISTEN. */
  listener(): pg.Client;
  /** Ends such a connection, also one that is dead. */
  end(client: pg.Client): Promise<void>;
  /** `new`: not reached yet. */
  state(): 'new' | 'up' | 'unreachable';
  /** Host, port and name; no password. */
  name: string;
  close(): Promise<void>;
}

/** Max waits for the server, milliseconds: a connection may be dead without anybody knowing. */
interface TimeLimits {
  connect: number;
  query: number;
  /** For statements that wait for another process. */
  longQuery: number;
  /** For connections to end. */
  close: number;
}
const TIME_LIMITS: TimeLimits = { connect: 5000, query: 10_000, longQuery: 35_000, close: 2000 };
/** Pause after a failed connection attempt; meanwhile every statement fails at once. */
const REST_MS = 1000;

const BEGIN = `begin; set local statement_timeout = '8s'; set local idle_in_transaction_session_timeout = '20s'`;
const BEGIN_LONG = `begin; set local statement_timeout = '30s'; set local idle_in_transaction_session_timeout = '30s'`;

/** Waits until connections have ended or failed to, but at most so many milliseconds. */
const ended = async (ms: number, ends: readonly Promise<void>[]): Promise<void> => {
  await waitAtMost(ms, Promise.allSettled(ends));
};

const queryOn =
  (client: pg.ClientBase): Query =>
  async <R extends object>(sql: string, values: readonly unknown[] = []) =>
    (await client.query<R & pg.QueryResultRow>(sql, [...values])).rows;

/** The database at an address. Connects with the first statement. */
export function createDatabase(url: string, given: Partial<TimeLimits> = {}): Database {
  const limits = { ...TIME_LIMITS, ...given };
  const name = nameOf(url);
  const settings: pg.ClientConfig = {
    connectionString: url,
    application_name: 'gpu-cloud-mcp',
    connectionTimeoutMillis: limits.connect,
    keepAlive: true,
  };
  const poolOf = (max: number, query_timeout: number): pg.Pool => {
    const pool = new pg.Pool({ ...settings, max, query_timeout, allowExitOnIdle: true });
    // If a connection breaks, the statement that uses it fails; the event itself needs no handling.
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {}));
    return pool;
  };
  const pool = poolOf(5, limits.query);
  // A separate pool for locks: an exclusive step holds its connection while it uses others.
  const locks = poolOf(2, limits.longQuery);
  const alone = createExclusive();
  let state: 'new' | 'up' | 'unreachable' = 'new';
  let closing: Promise<unknown> | null = null;
  let failed = Number.NEGATIVE_INFINITY;

  /** A connection of a pool. @throws StoreUnreachable if none can be opened */
  const connect = async (from: pg.Pool): Promise<pg.PoolClient> => {
    if (state !== 'up' && performance.now() - failed < REST_MS)
      throw new StoreUnreachable(`The store ${name} cannot be reached.`);
    try {
      const client = await from.connect();
      state = 'up';
      return client;
    } catch (error) {
      failed = performance.now();
      if (state === 'up') state = 'unreachable';
      throw new StoreUnreachable(messageFor(error, url));
    }
  };
  /** The server is silent: nobody else waits for it as long as this one did. */
  const noteSilence = (error: unknown): void => {
    if (!(error instanceof Error) || !/read timeout/i.test(error.message)) return;
    failed = performance.now();
    if (state === 'up') state = 'unreachable';
  };
  const attempt = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw toStoreError(error, url);
    }
  };
  const one: Query = async <R extends object>(sql: string, values?: readonly unknown[]) => {
    const client = await connect(pool);
    let isBroken = true;
    try {
      const rows = await queryOn(client)<R>(sql, values);
      isBroken = false;
      return rows;
    } catch (error) {
      isBroken = isUnreachable(error);
      noteSilence(error);
      throw error;
    } finally {
      client.release(isBroken);
    }
  };
  /** Runs `act`, and once more on another connection if the first was broken. */
  const again = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      if (state !== 'up' || !isUnreachable(error)) throw error;
      return await act();
    }
  };
  const begin = async (from: pg.Pool, sql: string): Promise<pg.PoolClient> => {
    const client = await connect(from);
    // `pg` knows a time for each statement, its types do not.
    const statement = { text: sql, query_timeout: limits.query };
    try {
      await client.query(statement);
      return client;
    } catch (error) {
      noteSilence(error);
      client.release(true);
      throw error;
    }
  };
  const within = async <T>(from: pg.Pool, sql: string, step: (query: Query) => Promise<T>): Promise<T> => {
    const client = await again(() => begin(from, sql));
    let isBroken = true;
    try {
      const result = await step(queryOn(client));
      await client.query('commit');
      isBroken = false;
      return result;
    } catch (error) {
      noteSilence(error);
      if (!isUnreachable(error))
        isBroken = await client.query('rollback').then(
          () => false,
          () => true,
        );
      throw error;
    } finally {
      client.release(isBroken);
    }
  };
  const lockAndRun = async <T>(key: string, step: () => Promise<T>): Promise<T> => {
    const ended: { how: () => T }[] = [];
    try {
      await attempt(() =>
        within(locks, BEGIN_LONG, async (query) => {
          await query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [key]);
          ended.push({ how: await outcomeOf(step) });
        }),
      );
    } catch (error) {
      // The transaction only held the lock. If the step has ended, its result counts.
      if (ended.length === 0) throw error;
    }
    const [end] = ended;
    if (end === undefined) throw new Error('the step did not end');
    return end.how();
  };
  return {
    name,
    read: (sql, values) => attempt(() => again(() => one(sql, values))),
    write: (sql, values) => attempt(() => one(sql, values)),
    transaction: (step) => attempt(() => within(pool, BEGIN, step)),
    longTransaction: (step) => attempt(() => within(locks, BEGIN_LONG, step)),
    exclusive: (key, step) => alone(key, () => lockAndRun(key, step)),
    listener: () => new pg.Client(settings),
    end: (client) => ended(limits.close, [client.end()]),
    state: () => state,
    async close() {
      closing ??= ended(limits.close, [pool.end(), locks.end()]);
      await closing;
    },
  };
}

/** How a step ended: a function that returns its result or throws its error. */
const outcomeOf = <T>(step: () => Promise<T>): Promise<() => T> =>
  step().then(
    (result) => () => result,
    (error: unknown) => () => {
      throw error;
    },
  );
