import { constants, promises } from 'node:fs';
import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runMaintenance } from '../../src/engine/maintenance.ts';
import { LEASE_SAYS } from '../../src/gate/messages.ts';
import { createFileStore } from '../../src/store/files.ts';
import { afterEvery } from '../after.ts';
import { HOUR, leased, leaseOf, stops } from '../engine/leased.ts';
import { crash, spendOf, stageFor } from '../engine/stages.ts';
import { auditOf } from '../gate/audit-lines.ts';
import { VOLT_POD } from '../harness.ts';
import { admitted, NONE, newOrder } from './contract/bed.ts';
import { standIn, stateDirectory } from './directory.ts';

const LEASE = { ref: 'volt:pod:a', name: 'a', ends_at: '2026-03-28T16:00:00.000Z' };

const { rename } = promises;
afterEvery(async () => {
  promises.rename = rename;
  syncBuiltinESMExports();
});

/** Acts like a network file system that repeats a request: the next rename happens, and reports that the file is missing. */
function loseReply(): void {
  promises.rename = async (from, to) => {
    promises.rename = rename;
    syncBuiltinESMExports();
    await rename(from, to);
    throw Object.assign(new Error('ENOENT: no such file or directory, rename'), { code: 'ENOENT' });
  };
  syncBuiltinESMExports();
}

/** Runs a step as somebody who may not change a folder. */
async function asStranger<T>(folder: string, step: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) {
    await chmod(folder, 0o500);
    return step().finally(() => chmod(folder, 0o700));
  }
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const one of all) await chmod(join(one.parentPath, one.name), one.isFile() ? 0o644 : 0o755);
  for (const dir of [folder, join(folder, '..')]) await chmod(dir, 0o755);
  process.seteuid?.(65534);
  return step().finally(() => process.seteuid?.(0));
}

/** Runs a step while the file system of a folder is mounted read-only. */
async function asReadOnly<T>(folder: string, step: () => Promise<T>): Promise<T> {
  const { open, rename, rm, access } = promises;
  const refuse = async (path: unknown) => {
    if (String(path).startsWith(folder))
      throw Object.assign(new Error(`EROFS: read-only file system, '${path}'`), { code: 'EROFS' });
  };
  promises.open = async (path, flags = 'r', mode) => {
    if (flags !== 'r') await refuse(path);
    return open(path, flags, mode);
  };
  promises.rename = (from, to) => refuse(from).then(() => rename(from, to));
  promises.rm = (path, options) => refuse(path).then(() => rm(path, options));
  promises.access = async (path, mode = constants.F_OK) => {
    if ((mode & constants.W_OK) !== 0) await refuse(path);
    return access(path, mode);
  };
  syncBuiltinESMExports();
  return step().finally(() => {
    Object.assign(promises, { open, rename, rm, access });
    syncBuiltinESMExports();
  });
}

describe('a state directory that cannot be changed', () => {
  it.each([
    ['foreign', 'EACCES', asStranger],
    ['read-only', 'EROFS', asReadOnly],
  ] as const)(
    '%s: is reported in get_spend and on stderr, keeps no lease that is over from its one stop, and is tidied up later',
    async (_what, code, unusable) => {
      const stage = await leased();
      const { clock, pods, setPodState } = stage.world;
      clock.advance(3 * HOUR);
      const next = await stageFor({ beside: stage });
      const round = async () => {
        clock.advance(60);
        await runMaintenance(next.runtime);
      };
      await unusable(stage.stateDir, async () => {
        for (let n = 0; n < 3; n += 1) await round();
        // Its person starts the pod again.
        for (const { id } of pods.list()) setPodState('volt', id, 'running');
        for (let n = 0; n < 6; n += 1) await round();
      });
      expect(stops(stage)).toHaveLength(1);
      const expected = [expect.stringMatching(`leases.*${code}`), LEASE_SAYS.stopped(await leaseOf(stage))];
      expect(next.warnings).toEqual(expect.arrayContaining(expected));
      expect((await spendOf(next)).notices).toEqual(expect.arrayContaining(expected));
      const { leases } = next.runtime.gate.store;
      expect(await leases.all()).toHaveLength(1);
      await round();
      expect(await leases.all()).toEqual([]);
      expect(stops(stage)).toHaveLength(1);
    },
  );

  it.each([
    ['foreign', asStranger],
    ['read-only', asReadOnly],
  ] as const)('%s: keeps nothing from ending billing, and spends nothing', async (_what, unusable) => {
    const stage = await stageFor();
    const [volt, nebula] = (['volt', 'nebula'] as const).map(
      (cloud) => `${cloud}:pod:${stage.world.addPod(cloud, {})}`,
    );
    await stage.call('create_pod', VOLT_POD);
    const made = stage.world.pods.list().length;
    await unusable(stage.stateDir, async () => {
      for (const [tool, pod] of [
        ['stop_pod', nebula],
        ['stop_pod', volt],
        ['delete_pod', volt],
      ] as const) {
        const { structuredContent } = await stage.call(tool, { pod });
        expect(structuredContent, `${tool} ${pod}`).toMatchObject({ status: 'done' });
      }
      const refused = await stage.call('create_pod', { ...VOLT_POD, name: 'second' });
      expect(refused.structuredContent.error).toMatchObject({ code: 'upstream_error' });
    });
    expect(stage.world.pods.list()).toHaveLength(made - 1);
  });

  it('is reported when it cannot even be listed', async () => {
    const folder = await stateDirectory();
    await admitted(createFileStore({ accounts: { volt: folder }, shared: folder }));
    await rm(join(folder, 'leases'), { recursive: true, force: true });
    await writeFile(join(folder, 'leases'), '');
    const store = createFileStore({ accounts: { volt: folder }, shared: folder });
    expect(await store.leases.all()).toEqual([]);
    expect(await store.problems()).toContainEqual(expect.stringContaining('ENOTDIR'));
  });
});

describe('a network file system that repeats a request whose reply was lost', () => {
  it('keeps no lease and no order from the process that holds it', async () => {
    const folder = await stateDirectory();
    const store = createFileStore({ accounts: { volt: folder }, shared: folder, identity: standIn('1-one') });
    await store.leases.add(LEASE);
    const [lease] = await store.leases.all();
    if (lease === undefined) throw new Error('no lease');
    loseReply();
    expect(await store.leases.claim(lease)).toBe(true);
    loseReply();
    await store.leases.giveBack(lease, 0);
    expect(await store.leases.all()).toMatchObject([{ ref: LEASE.ref, tries: 1 }]);
    loseReply();
    await admitted(store);
    expect((await store.orders.reserved(NONE)).pods).toBe(1);
    expect(promises.rename).toBe(rename);
    expect((await readdir(join(folder, 'leases'))).filter((name) => !name.endsWith('.json'))).toEqual([]);
  });
});

describe('a record that is none', () => {
  it.each([
    ['JSON and no order', '{"id":"x","at":1}'],
    ['an order of another version', '{"id":"x","at":"2026-03-28T12:00:00.000Z","state":"planned"}'],
  ])('%s is reported and keeps no other from being recovered', async (_what, text) => {
    const folder = await stateDirectory();
    const open = (owner: string) =>
      createFileStore({
        accounts: { volt: folder },
        shared: folder,
        identity: standIn(owner, (other) => other === '1-dead'),
      });
    const id = await admitted(open('1-dead'));
    await writeFile(join(folder, 'orders', `${'0'.repeat(24)}.1-dead.claim`), text);
    const store = open('1-next');
    expect((await store.orders.claimAbandoned()).open.map((order) => order.id)).toEqual([id]);
    expect(await store.problems()).toEqual([expect.stringContaining('0'.repeat(24))]);
    expect((await store.orders.admit(newOrder(), NONE, null)).kind).toBe('admitted');
  });
});

describe('the work of a killed order and of a live process', () => {
  it.each([
    ['while it is kept for an hour', 60],
    ['hours later', 3 * HOUR],
  ])('is not mixed up %s: no lease of the one for the pod of the other', async (_when, seconds) => {
    const a = await stageFor();
    const b = await stageFor({ beside: a });
    await crash(a, 'create_pod', { ...VOLT_POD, max_lifetime_hours: 1 });
    a.world.faults.clear();
    const made = await b.call('create_pod', VOLT_POD);
    expect(made.structuredContent.status).toBe('done');
    a.world.clock.advance(seconds);
    // B orders on: what it made is remembered as long as A's order is reconciled.
    await b.call('create_pod', { ...VOLT_POD, name: 'later' });
    const c = await stageFor({ beside: a });
    await runMaintenance(c.runtime);
    expect(await c.runtime.gate.store.leases.all()).toEqual([]);
    const said = [...b.warnings, ...c.warnings];
    expect(said).toContainEqual(expect.stringContaining('create_pod'));
    expect((await auditOf(a.stateDir)).map(({ outcome }) => outcome)).not.toContain('recovered');
    a.world.clock.advance(2 * HOUR);
    await runMaintenance(c.runtime);
    expect(stops(a)).toEqual([]);
  });
});
