import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StoreUnreachable } from '../../../src/core/store-error.ts';
import { readLines } from '../../../src/store/postgres/audit.ts';
import { openConnection } from '../../../src/store/postgres/connection.ts';
import { createDatabase } from '../../../src/store/postgres/database.ts';
import { NotHeld } from '../../../src/store/postgres/orders.ts';
import { createPostgresStore } from '../../../src/store/postgres/store.ts';
import { startLink } from '../../../testbed/link.ts';
import { removeCluster, startCluster } from '../../../testbed/postgres.ts';
import { numbersIn } from '../../facts.ts';
import { BINARIES, testPostgres } from '../../postgres/postgres.ts';
import { admitted, done, line, NONE, newOrder, onBed, POD, ticket } from '../contract/bed.ts';
import { postgresBed } from './bed.ts';

const postgres = await testPostgres();
const url = (await postgres?.database()) ?? '';
const on = onBed(() => postgresBed(url));

const BLOCKED = `select pid from pg_stat_activity
  where datname = current_database() and application_name = 'gpu-cloud-mcp' and wait_event_type = 'Lock'`;

describe.skipIf(postgres === null)('a connection that breaks', () => {
  on('in the middle of an admission leaves nothing behind', async (bed, store) => {
    await admitted(store, newOrder(), null);
    await bed.sql.query('begin');
    await bed.sql.query('select from gpu_mcp.accounts where id = $1 for update', [bed.accounts.volt]);
    const broken = store.orders.admit(newOrder(), NONE, null).catch((error: unknown) => error);
    await expect.poll(async () => (await bed.sql.query(BLOCKED)).rowCount).toBe(1);
    await bed.sql.query(`select pg_terminate_backend(pid) from (${BLOCKED}) as blocked`);
    expect(await broken).toBeInstanceOf(StoreUnreachable);
    await bed.sql.query('commit');
    expect(await store.orders.reserved(NONE)).toEqual({ usd_per_hour: 0.4, pods: 1 });
    expect((await store.orders.admit(newOrder(), NONE, null)).kind).toBe('admitted');
  });

  on(
    'for long does not lose how an order ended, also if another process took it over',
    async (bed, store) => {
      const [mine, found] = [await admitted(store), await admitted(store, newOrder({ name: 'b' }))];
      await bed.kill(store);
      const other = await bed.open();
      expect((await other.orders.claimAbandoned()).open).toHaveLength(2);
      const late = { ...line('not_seen'), session: 'recovery' };
      await other.orders.close(found, done({ outcome: 'not_seen', took_effect: false, ref: null }), late);
      for (const [id, ref] of [
        [mine, POD],
        [found, 'volt:pod:b'],
      ] as const)
        expect(await store.orders.close(id, done({ ref }), line())).toBe(true);
      expect(await other.orders.find(found)).toMatchObject({ state: 'closed', outcome: 'done' });
      await expect(other.orders.close(mine, done({ outcome: 'recovered' }), late)).rejects.toThrow(NotHeld);
      expect(await other.orders.find(mine)).toMatchObject({ state: 'closed', outcome: 'done', ref: POD });
      expect((await bed.auditLines()).map(({ outcome }) => outcome)).toEqual(['not_seen', 'done', 'done']);
    },
  );

  on('while idle is not noticed', async (bed, store) => {
    await bed.sql.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'gpu-cloud-mcp'`,
    );
    expect(await store.orders.reserved(NONE)).toEqual({ usd_per_hour: 0, pods: 0 });
    expect((await store.orders.admit(newOrder(), NONE, null)).kind).toBe('admitted');
  });

  on('frees the lock of a step that runs alone', async (bed, store) => {
    const other = await bed.open();
    let finish = () => {};
    const held = store.exclusive(
      'k',
      () => new Promise<string>((resolve) => (finish = () => resolve('done'))),
    );
    const locks = `pg_locks where locktype = 'advisory' and granted
      and database = (select oid from pg_database where datname = current_database())`;
    await expect.poll(async () => (await bed.sql.query(`select pid from ${locks}`)).rowCount).toBe(1);
    await bed.sql.query(`select pg_terminate_backend(pid) from ${locks}`);
    expect(await other.exclusive('k', async () => 'mine')).toBe('mine');
    finish();
    expect(await held).toBe('done');
  });
});

describe.skipIf(postgres === null)('a server that stops answering', () => {
  it('is waited for up to the time limit, in any state of the connection, and not at the end', async () => {
    const { pathname, searchParams } = new URL(url);
    const link = await startLink(join(searchParams.get('host') ?? '', '.s.PGSQL.5432'));
    const address = `postgres://postgres@127.0.0.1:${link.port}${pathname}`;
    const hour = 3_600_000;
    const database = createDatabase(address, { connect: 2000, query: 2000, longQuery: hour, close: 100 });
    try {
      expect(await database.exclusive('k', async () => 'alone')).toBe('alone');
      expect(await database.read('select 1 as one')).toEqual([{ one: 1 }]);
      const listener = database.listener();
      await listener.connect();
      link.freeze();
      await expect(database.exclusive('k', async () => 'alone')).rejects.toBeInstanceOf(StoreUnreachable);
      await expect(database.read('select 1 as one')).rejects.toBeInstanceOf(StoreUnreachable);
      expect(database.state()).toBe('unreachable');
      await database.end(listener);
    } finally {
      await database.close();
      await link.close();
    }
  });
});

describe.skipIf(postgres === null)('a server that restarts', () => {
  it('loses nothing: what ended meanwhile is written when it is back, once', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'gpu-mcp-pg-own-'));
    const cluster = startCluster(dir, BINARIES);
    if (cluster === null) throw new Error('no PostgreSQL');
    const open = () =>
      createPostgresStore({
        connection: openConnection(cluster.url('postgres'), () => {}),
        accounts: { volt: 'v', nebula: 'n' },
      });
    const [store, other] = [open(), open()];
    try {
      const [first, second] = [await admitted(store), await admitted(store, newOrder({ name: 'b' }))];
      await store.leases.add({ ref: POD, name: 'x', ends_at: '2020-01-01T00:00:00.000Z' });
      // Two orders say that they made the same pod: its lease is that of the first.
      const adds = { usd_per_hour: 0, pods: 0 };
      const theirs = await admitted(other, newOrder({ name: 'c', adds }), null);
      const third = await admitted(store, newOrder({ name: 'd', adds }), null);
      const lease = { ref: 'volt:pod:made_once', name: 'c', ends_at: '2099-01-01T00:00:00.000Z' };
      await other.orders.close(theirs, done({ ref: lease.ref, leases: [lease] }), line());
      await store.tickets.create(ticket('before'));
      cluster.stop('immediate');
      await expect(store.orders.admit(newOrder(), NONE, null)).rejects.toBeInstanceOf(StoreUnreachable);
      await expect(store.orders.reserved(NONE)).rejects.toBeInstanceOf(StoreUnreachable);
      await expect(store.budget.draw('volt', 1, 100, 1000)).rejects.toBeInstanceOf(StoreUnreachable);
      expect(store.state()).toBe('unreachable');
      expect(await store.problems()).toHaveLength(1);
      // Consent to end billing goes on in this process; the ends of orders and audit lines wait.
      expect(await store.tickets.create(ticket('meanwhile'))).toMatch(/Z$/);
      expect(await store.tickets.take('meanwhile')).toBe(true);
      expect(await store.tickets.take('meanwhile')).toBe(false);
      expect(await store.orders.close(first, done(), line())).toBe(true);
      const late = { ...lease, ends_at: '2021-01-01T00:00:00.000Z' };
      expect(await store.orders.close(third, done({ ref: late.ref, leases: [late] }), line())).toBe(true);
      await store.orders.keepOpen(second);
      await store.audit.write({ ...line(), tool: 'stop_pod' });
      expect(numbersIn((await store.problems()).join())).toContain(4);
      const [ending] = (await store.leases.all()).filter(({ ref }) => ref === POD);
      if (ending === undefined) throw new Error('no lease is known');
      expect([await store.leases.claim(ending), await store.leases.isHeld(ending)]).toEqual([true, true]);
      cluster.start();
      await expect
        .poll(async () => (await other.orders.find(first))?.state, { timeout: 30_000 })
        .toBe('closed');
      await expect
        .poll(async () => (await other.orders.find(second))?.state, { timeout: 30_000 })
        .toBe('unresolved');
      expect(await store.problems()).toEqual([]);
      expect(await other.orders.claimAbandoned()).toEqual({ open: [], closed: [] });
      expect((await other.leases.due()).map(({ ref }) => ref)).toEqual([POD]);
      // Lifted by another server before this one, which took it while the store was away, has sent a stop.
      expect(await store.leases.isHeld(ending)).toBe(true);
      await other.leases.lift(POD);
      expect(await store.leases.isHeld(ending)).toBe(false);
      expect(await store.tickets.take('before')).toBe(true);
      expect(await other.orders.reserved(NONE)).toEqual({ usd_per_hour: 0.8, pods: 2 });
      const database = createDatabase(cluster.url('postgres'));
      expect((await readLines(database.read, 10)).lines.map(({ tool }) => tool)).toEqual([
        'create_pod',
        'create_pod',
        'create_pod',
        'stop_pod',
      ]);
      await database.close();
    } finally {
      await Promise.all([store.close(), other.close()]);
      removeCluster(dir);
    }
  });
});

describe('a store that was never there', () => {
  it.each([
    ['postgres://anna:pass%2Fword-1@127.0.0.1:1/db', '127.0.0.1:1/db'],
    ['postgres://anna:pass%2Fword-1@localhost/db?host=/nonexistent', '/nonexistent/db'],
  ])('is named without its password: %s', async (address, name) => {
    const store = createPostgresStore({
      connection: openConnection(address, () => {}),
      accounts: { volt: 'v' },
    });
    const error = await store.orders.admit(newOrder(), NONE, null).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StoreUnreachable);
    expect(String(error)).toContain(name);
    expect(`${String(error)} ${await store.problems()}`).not.toMatch(/pass(\/|%2F)word-1|anna/);
    expect(store.state()).toBe('new');
    await store.close();
  });
});
