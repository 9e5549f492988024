import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runMaintenance } from '../../../src/engine/maintenance.ts';
import { readLines } from '../../../src/store/postgres/audit.ts';
import { createDatabase } from '../../../src/store/postgres/database.ts';
import { removeCluster, startCluster } from '../../../testbed/postgres.ts';
import { agrees, startHarness, VOLT_POD } from '../../harness.ts';
import { start } from '../../http/start.ts';
import { BINARIES, testPostgres } from '../../postgres/postgres.ts';

const postgres = await testPostgres();
const SLOW = 60_000;

/** A PostgreSQL of this test alone, which may be stopped. */
function ownCluster() {
  const dir = mkdtempSync(join(tmpdir(), 'gpu-mcp-pg-away-'));
  const cluster = startCluster(dir, BINARIES);
  if (cluster === null) throw new Error('no PostgreSQL');
  return { cluster, url: cluster.url('postgres'), remove: () => removeCluster(dir) };
}

describe.skipIf(postgres === null)('a server whose store goes away', () => {
  it(
    'spends nothing, lists, ends billing, and delivers the audit line when the store is back',
    async () => {
      const { cluster, url, remove } = ownCluster();
      const database = createDatabase(url);
      try {
        const { call, writes, runtime } = await startHarness({
          elicit: agrees,
          config: { GPU_MCP_STORE_URL: url },
        });
        const created = await call('create_pod', VOLT_POD);
        expect(created.structured.status).toBe('done');
        const [, ...noMore] = writes();
        expect(noMore).toEqual([]);
        const { notices } = runtime;
        notices.add('volt', 'Said while the store was there.');
        await expect.poll(notices.all, { timeout: 30_000 }).toHaveLength(1);
        cluster.stop('immediate');
        notices.add('volt', 'Said while it was away.');
        const refused = await call('create_pod', { ...VOLT_POD, name: 'second' });
        expect(refused.structured.error).toMatchObject({ code: 'upstream_unavailable', retryable: true });
        expect(writes()).toHaveLength(1);
        expect(refused.structured.notices).toContain('Said while it was away.');
        expect((await call('list_pods')).structured).toMatchObject({ total: 1 });
        const spend = await call('get_spend');
        expect(spend.structured.error).toBeUndefined();
        const ref = created.structured.ref ?? created.structured.pod?.ref ?? '';
        expect((await call('delete_pod', { pod: ref })).structured.status).toBe('done');
        expect(writes()).toHaveLength(2);
        cluster.start();
        const lines = async () =>
          (await readLines(database.read, 10).catch(() => ({ lines: [] }))).lines.map(({ tool, outcome }) => [
            tool,
            outcome,
          ]);
        await expect.poll(lines, { timeout: 30_000, interval: 250 }).toEqual(
          expect.arrayContaining([
            ['create_pod', 'done'],
            ['delete_pod', 'done'],
          ]),
        );
        expect((await lines()).filter(([, outcome]) => outcome === 'done')).toHaveLength(2);
        expect((await call('create_pod', { ...VOLT_POD, name: 'third' })).structured.status).toBe('done');
      } finally {
        await database.close();
        remove();
      }
    },
    SLOW,
  );

  it(
    'stops a pod whose lease ends meanwhile, once, and forgets the lease when the store is back',
    async () => {
      const { cluster, url, remove } = ownCluster();
      const database = createDatabase(url);
      try {
        const { call, world, runtime } = await startHarness({
          elicit: agrees,
          config: { GPU_MCP_STORE_URL: url },
        });
        await call('create_pod', { ...VOLT_POD, max_lifetime_hours: 2 });
        cluster.stop('immediate');
        const stops = () => world.requests.filter(({ path }) => path.endsWith('/stop'));
        world.clock.advance(3600);
        await runMaintenance(runtime);
        expect(stops()).toEqual([]);
        expect((await call('list_pods')).text).toContain('2026-03-28T16:00:00.000Z');
        world.clock.advance(2 * 3600);
        for (let round = 0; round < 2; round += 1) await runMaintenance(runtime);
        expect(stops()).toHaveLength(1);
        cluster.start();
        const left = async () => {
          const [row] = await database.read<{ leases: number; lines: number }>(
            `select (select count(*)::int from gpu_mcp.leases) as leases,
               (select count(*)::int from gpu_mcp.audit where line->>'answer' = 'lease') as lines`,
          );
          return row;
        };
        await expect
          .poll(() => left().catch(() => null), { timeout: 30_000, interval: 250 })
          .toEqual({ leases: 0, lines: 1 });
        await runMaintenance(runtime);
        expect(stops()).toHaveLength(1);
      } finally {
        await database.close();
        remove();
      }
    },
    SLOW,
  );

  it(
    'counts a store that it may not use as away: it lists and ends billing all the same',
    async () => {
      const url = (await postgres?.database()) ?? '';
      const database = createDatabase(url);
      await database.write('create role reader login');
      await database.close();
      const { call, world, writes } = await startHarness({
        elicit: agrees,
        config: { GPU_MCP_STORE_URL: url.replace('postgres@', 'reader@') },
      });
      const id = world.addPod('volt', { name: 'mine' });
      expect((await call('list_pods')).structured).toMatchObject({ total: 1 });
      const order = await call('create_pod', VOLT_POD);
      expect(order.structured.error).toMatchObject({ code: 'upstream_unavailable' });
      expect(writes()).toEqual([]);
      expect((await call('delete_pod', { pod: `volt:pod:${id}` })).structured.status).toBe('done');
    },
    SLOW,
  );

  it(
    'stays ready, degraded; it is not ready before it reached the store once',
    async () => {
      const { cluster, url, remove } = ownCluster();
      try {
        cluster.stop('immediate');
        const { url: base } = await start({ config: { GPU_MCP_STORE_URL: url }, limits: { readyMs: 0 } });
        const ready = async () => {
          const reply = await fetch(`${base}/readyz`);
          const { degraded }: { degraded?: string[] } = JSON.parse(await reply.text());
          return [reply.status, degraded];
        };
        expect(await ready()).toEqual([503, ['store']]);
        cluster.start();
        await expect.poll(ready, { timeout: 30_000, interval: 500 }).toEqual([200, undefined]);
        cluster.stop('immediate');
        await expect.poll(ready, { timeout: 30_000, interval: 500 }).toEqual([200, ['store']]);
      } finally {
        remove();
      }
    },
    SLOW,
  );
});
