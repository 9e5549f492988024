import { createHash } from 'node:crypto';
import { open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { runMaintenance } from '../../src/engine/maintenance.ts';
import { createFileStore } from '../../src/store/files.ts';
import { HOUR, leased, stops } from '../engine/leased.ts';
import { filesOf } from '../engine/stages.ts';
import { NEBULA_POD, VOLT_POD } from '../harness.ts';
import { standIn, stateDirectory } from './directory.ts';

const LEASE = { ref: 'volt:pod:a', name: 'a', ends_at: '2026-03-28T16:00:00.000Z' };

/** A disk that does not take the next file: the write fails at fsync. */
async function fullDisk() {
  const probe = await open(import.meta.filename);
  const files: { sync: () => Promise<void> } = Object.getPrototypeOf(probe);
  await probe.close();
  return vi.spyOn(files, 'sync').mockRejectedValueOnce(new Error('ENOSPC'));
}

async function twoStores() {
  const dir = await stateDirectory();
  const [one, two] = ['1-one', '1-two'].map((owner) =>
    createFileStore({
      accounts: { volt: dir },
      shared: dir,
      identity: standIn(owner),
    }),
  );
  if (one === undefined || two === undefined) throw new Error('no store');
  await one.leases.add(LEASE);
  const [lease] = await one.leases.all();
  if (lease === undefined) throw new Error('no lease');
  return { dir, one, two, lease };
}

describe('a lease', () => {
  it('is there again for the next try when the disk does not take its new state, and leaves no stale file', async () => {
    const { dir, one, two, lease } = await twoStores();
    expect(await one.leases.claim(lease)).toBe(true);
    const full = await fullDisk();
    await expect(one.leases.giveBack(lease, 1000)).rejects.toThrow('ENOSPC');
    full.mockRestore();
    expect(await two.leases.all()).toEqual([lease]);
    expect(await readdir(join(dir, 'leases'))).toHaveLength(1);
  });

  it('is nobody’s when it names no pod, which is reported, and the others count all the same', async () => {
    const { dir, one, lease } = await twoStores();
    for (const [n, ref] of ['', 'volt:job:x', 'volt:pod:../x', 'nebula:pod:x'].entries()) {
      const name = createHash('sha256').update(ref).digest('hex').slice(0, 24);
      await writeFile(join(dir, 'leases', `${name}.json`), JSON.stringify({ ...LEASE, ref, n }));
    }
    expect(await one.leases.all()).toEqual([lease]);
    expect(await one.problems()).toHaveLength(4);
  });

  it('that the first version wrote is read as it is', async () => {
    const { dir, one } = await twoStores();
    const old = { ...LEASE, ref: 'volt:pod:old', tries: 2, retry_at: '2026-03-28T15:00:00.000Z' };
    const name = createHash('sha256').update(old.ref).digest('hex').slice(0, 24);
    await writeFile(join(dir, 'leases', `${name}.json`), JSON.stringify(old));
    expect(await one.leases.all()).toContainEqual({
      ...LEASE,
      ref: old.ref,
      kind: 'stop',
      key: null,
      made: null,
      tries: 2,
      pause: null,
    });
  });
});

describe('the round that ends leases', () => {
  it('goes on with the other leases when one cannot be written down', async () => {
    const stage = await leased();
    await stage.call('create_pod', { ...VOLT_POD, name: 'second', max_lifetime_hours: 2 });
    stage.world.clock.advance(3 * HOUR);
    stage.world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods/*/stop', kind: 'rate_limit' });
    const full = await fullDisk();
    await runMaintenance(stage.runtime);
    full.mockRestore();
    expect(stops(stage).map(({ status }) => status)).toContain(200);
    expect(await stage.runtime.gate.store.leases.all()).toHaveLength(1);
    stage.world.clock.advance(HOUR);
    await runMaintenance(stage.runtime);
    expect(stage.world.pods.list().map(({ state }) => state)).not.toContain('running');
    expect(await filesOf(stage, /\.(claim|draft)$/)).toEqual([]);
  });

  it('does not call an instance left as it is that is being deleted', async () => {
    const stage = await leased(NEBULA_POD);
    stage.world.clock.advance(3 * HOUR);
    const [pod] = stage.world.pods.list();
    stage.world.setPodState('nebula', pod?.id ?? '', 'Deleting');
    await runMaintenance(stage.runtime);
    expect(stage.warnings).toEqual([]);
  });
});
