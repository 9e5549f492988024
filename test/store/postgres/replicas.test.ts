import pg from 'pg';
import { describe, expect, it, vi } from 'vitest';
import { openConnection } from '../../../src/store/postgres/connection.ts';
import { createDatabase } from '../../../src/store/postgres/database.ts';
import { migrate, schemaStatus } from '../../../src/store/postgres/migrate.ts';
import { notifyArrives } from '../../../src/store/postgres/outbox.ts';
import { MIGRATIONS } from '../../../src/store/postgres/schema.ts';
import { createPostgresStore } from '../../../src/store/postgres/store.ts';
import { testPostgres } from '../../postgres/postgres.ts';
import { admitted, done, HOUR, line, NONE, newOrder, onBed, POD, ticket } from '../contract/bed.ts';
import { postgresBed } from './bed.ts';

const postgres = await testPostgres();
const database = async () => (await postgres?.database()) ?? '';
const shared = database();
const on = onBed(async () => postgresBed(await shared));

describe.skipIf(postgres === null)('two replicas on one PostgreSQL', () => {
  on('never pass a cap, round after round', async (bed, a) => {
    const b = await bed.open();
    const room = { usd_per_hour: 2, pods: 100 };
    for (let round = 0; round < 8; round += 1) {
      const all = await Promise.all(
        [a, b, a, b, a, b, a, b].map((store) => store.orders.admit(newOrder(), NONE, room)),
      );
      const ids = all.flatMap((one) => (one.kind === 'admitted' ? [one.id] : []));
      expect(ids).toHaveLength(5);
      expect((await b.orders.reserved(NONE)).usd_per_hour).toBeCloseTo(2);
      const failed = done({ outcome: 'forbidden', took_effect: false, ref: null });
      // Only the process that holds an order closes it.
      for (const id of ids) {
        const closed = await Promise.allSettled(
          [a, b].map((store) => store.orders.close(id, failed, line())),
        );
        expect(closed.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      }
    }
    expect(await bed.auditLines()).toHaveLength(40);
  });

  it('leave the records of another account alone', async () => {
    const url = await shared;
    const [one, other] = [await postgresBed(url), await postgresBed(url)];
    try {
      const [a, b] = [await one.open(), await other.open()];
      const id = await admitted(a, newOrder({ name: 'twin' }));
      await a.leases.add({ ref: POD, name: 'x', ends_at: new Date(one.now()).toISOString() });
      await a.tickets.create(ticket('k'));
      await one.kill(a);
      expect(await b.orders.reserved(NONE)).toEqual({ usd_per_hour: 0, pods: 0 });
      expect((await b.orders.admit(newOrder({ name: 'twin' }), NONE, null)).kind).toBe('admitted');
      expect(await b.orders.find(id)).toBeNull();
      expect(await b.orders.claim(id)).toBeNull();
      expect(await b.orders.claimAbandoned()).toEqual({ open: [], closed: [] });
      expect(await b.leases.all()).toEqual([]);
      expect(await b.tickets.find('k')).toBeNull();
      // The same thing may be the result of an order of each account; refs are an account's own.
      await b.leases.add({ ref: POD, name: 'y', ends_at: new Date(one.now()).toISOString() });
      await b.leases.lift(POD);
      expect(await (await one.open()).leases.all()).toMatchObject([{ name: 'x' }]);
    } finally {
      await one.close();
      await other.close();
    }
  });

  on('cannot both write down that they made one thing, even past the program', async (bed, a) => {
    await a.orders.close(await admitted(a), done(), line());
    const id = await admitted(a);
    const twice = bed.sql.query('update gpu_mcp.orders set made_ref = $1 where id = $2', [POD, id]);
    await expect(twice).rejects.toMatchObject({ code: '23505', constraint: 'orders_made_once' });
    const changed = bed.sql.query(`update gpu_mcp.audit set line = '{}'`);
    await expect(changed).rejects.toMatchObject({ code: 'P0001' });
  });

  on('notify each other, with and without NOTIFY', async (bed, a) => {
    const b = await bed.open();
    const received: string[] = [];
    b.watch('pods', (message) => received.push(message));
    await expect
      .poll(
        async () =>
          (await bed.sql.query(`select from pg_stat_activity where query = 'listen gpu_mcp'`)).rowCount,
      )
      .toBeGreaterThan(0);
    await expect
      .poll(async () => {
        await a.notify('pods', 'quick');
        return received.includes('quick');
      })
      .toBe(true);
    // A pooler would drop LISTEN; the row is found all the same, and delivered once.
    await bed.sql.query(
      `insert into gpu_mcp.outbox (topic, message) select topic, 'without notify' from gpu_mcp.outbox
       where topic like '%pods' order by id desc limit 1`,
    );
    await expect.poll(() => received, { timeout: 30_000 }).toContain('without notify');
    await new Promise((resolve) => setImmediate(resolve));
    expect(received.filter((message) => message === 'without notify')).toHaveLength(1);
  });

  it('can be asked whether NOTIFY arrives', async () => {
    const [one, other] = [createDatabase(await shared), createDatabase(await database())];
    try {
      expect(await notifyArrives(one)).toBe(true);
      // A NOTIFY of one database reaches no other, as behind a pooler in transaction mode.
      expect(await notifyArrives({ ...one, listener: other.listener }, 50)).toBe(false);
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  });

  on('read notices again only when there are new ones', async (bed, a) => {
    const b = await bed.open();
    const query = vi.spyOn(pg.Client.prototype, 'query');
    const asked = () =>
      query.mock.calls.filter(([sql]) => String(sql).includes('from gpu_mcp.notices')).length;
    try {
      for (let call = 0; call < 9; call += 1) expect(await a.notices.all()).toEqual([]);
      expect(asked()).toBe(2);
      await b.notices.add('volt', 'A lease is over.');
      await expect.poll(() => a.notices.all(), { timeout: 30_000 }).toHaveLength(1);
      const before = asked();
      for (let call = 0; call < 9; call += 1) expect(await a.notices.all()).toHaveLength(1);
      expect(asked()).toBe(before);
    } finally {
      query.mockRestore();
    }
  });

  it('poll a cloud once for all of them, and again after a change', async () => {
    const bed = await postgresBed(await database());
    try {
      const [a, b] = [await bed.open(), await bed.open()];
      let reads = 0;
      const read = async () => {
        reads += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return [{ id: 'pod', reads }];
      };
      const received: string[] = [];
      const stop = b.sharedReadings?.onReading('volt pod', () => received.push('b'));
      const all = await Promise.all(
        [a, b, a, b].map((store) => store.sharedReadings?.share('volt pod', 2000, read)),
      );
      expect(all).toEqual(Array.from({ length: 4 }, () => [{ id: 'pod', reads: 1 }]));
      expect(reads).toBe(1);
      expect(await b.sharedReadings?.share('volt pod', 0, read)).toEqual([{ id: 'pod', reads: 2 }]);
      expect(await a.sharedReadings?.share('volt pod', 2000, read)).toEqual([{ id: 'pod', reads: 2 }]);
      const broken = async () => Promise.reject(new Error('the cloud is away'));
      await expect(a.sharedReadings?.share('volt job', 2000, broken)).rejects.toThrow('the cloud is away');
      expect(await b.sharedReadings?.share('volt job', 2000, async () => 'there')).toBe('there');
      await a.sharedReadings?.share('volt pod', 0, read);
      await expect.poll(() => received.length).toBeGreaterThan(0);
      stop?.();
    } finally {
      await bed.close();
    }
  });

  it('have one leader, until it resigns, ends or lets its term expire', async () => {
    const bed = await postgresBed(await shared);
    const open = () =>
      createPostgresStore({
        connection: openConnection(url, () => {}),
        accounts: bed.accounts,
        scope: bed.accounts.volt ?? '',
      });
    const url = await shared;
    const [a, b] = [open(), open()];
    try {
      await bed.open();
      const both = await Promise.all([a, b].map(({ leaders }) => leaders.lead('volt pods', HOUR)));
      expect(both.filter(Boolean)).toHaveLength(1);
      const [first, second] = both[0] === true ? [a, b] : [b, a];
      expect(await first.leaders.lead('volt pods', HOUR)).toBe(true);
      expect(await second.leaders.lead('volt jobs', HOUR)).toBe(true);
      bed.advance(HOUR);
      expect(await second.leaders.lead('volt pods', HOUR)).toBe(true);
      expect(await first.leaders.lead('volt pods', HOUR)).toBe(false);
      await second.leaders.resign('volt pods');
      expect(await first.leaders.lead('volt pods', HOUR)).toBe(true);
      const isAlive = () => second.processes?.isAlive(first.processes?.self ?? '');
      expect(await isAlive()).toBe(true);
      await first.close();
      expect(await isAlive()).toBe(false);
      expect(await second.leaders.lead('volt pods', HOUR)).toBe(true);
    } finally {
      await b.close();
      await bed.close();
    }
  });
});

describe.skipIf(postgres === null)('the schema', () => {
  it('is created once, whichever process comes first', async () => {
    const url = await database();
    const all = [1, 2, 3].map(() => createDatabase(url));
    expect(await schemaStatus(all[0] ?? createDatabase(url))).toMatchObject({
      version: 0,
      known: MIGRATIONS.length,
    });
    const took = await Promise.all(all.map(migrate));
    expect(took.flat()).toEqual(MIGRATIONS.map(({ name }) => name));
    expect(await schemaStatus(all[1] ?? createDatabase(url))).toEqual({
      version: MIGRATIONS.length,
      known: MIGRATIONS.length,
      pending: [],
    });
    await Promise.all(all.map((one) => one.close()));
  });

  it('may be one version ahead, not two, and is left alone then', async () => {
    const bed = await postgresBed(await database());
    try {
      await bed.open();
      await bed.sql.query(
        `insert into gpu_mcp.migrations (version, name) values (${MIGRATIONS.length + 1}, 'of a newer program')`,
      );
      expect(await admitted(await bed.open())).toMatch(/^[0-9a-f-]{36}$/);
      await bed.sql.query(
        `insert into gpu_mcp.migrations (version, name) values (${MIGRATIONS.length + 2}, 'of one still newer')`,
      );
      const ahead = await bed.open();
      const version = String(MIGRATIONS.length + 2);
      expect(await ahead.problems()).toEqual([expect.stringContaining(version)]);
      expect(ahead.state()).toBe('new');
      const admission = ahead.orders.admit(newOrder(), NONE, null);
      await expect(admission).rejects.toMatchObject({ code: 'upstream_unavailable' });
      await expect(admission).rejects.toThrow(version);
    } finally {
      await bed.close();
    }
  });
});
