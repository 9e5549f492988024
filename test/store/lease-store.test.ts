import { open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { keepHouse } from '../../src/engine/housekeeping.ts';
import { createLeaseStore } from '../../src/store/leases.ts';
import { HOUR, leased, stops } from '../engine/leased.ts';
import { filesOf } from '../engine/stages.ts';
import { NEBULA_POD, VOLT_POD } from '../harness.ts';
import { stateDirectory } from './directory.ts';

const LEASE = { ref: 'volt:pod:a', name: 'a', ends_at: '2026-03-28T16:00:00.000Z' };

/** A disk that does not take the next file: what is written fails when it is put on disk. */
async function fullDisk() {
  const probe = await open(import.meta.filename);
  const files: { sync: () => Promise<void> } = Object.getPrototypeOf(probe);
  await probe.close();
  return vi.spyOn(files, 'sync').mockRejectedValueOnce(new Error('ENOSPC'));
}

async function twoStores() {
  const dir = await stateDirectory();
  const [one, two] = [createLeaseStore({ volt: dir }), createLeaseStore({ volt: dir })];
  await one.add(LEASE);
  const [lease] = await one.all();
  if (lease === undefined) throw new Error('no lease');
  return { dir, one, two, lease };
}

describe('a lease', () => {
  it('is not taken by who read it before another process tried to end it', async () => {
    const { one, two, lease } = await twoStores();
    const [seen = lease] = await two.all();
    expect(await one.claim(lease)).toBe(true);
    await one.giveBack({ ...lease, tries: 1, retry_at: '2026-03-28T16:05:00.000Z' });
    expect(await two.claim(seen)).toBe(false);
    const [present = lease] = await two.all();
    expect(present.tries).toBe(1);
    expect(await two.claim(present)).toBe(true);
  });

  it('is there again for the next try where the disk does not take its new state, and leaves no litter', async () => {
    const { dir, one, lease } = await twoStores();
    expect(await one.claim(lease)).toBe(true);
    const full = await fullDisk();
    await expect(one.giveBack({ ...lease, tries: 1 })).rejects.toThrow('ENOSPC');
    full.mockRestore();
    expect(await one.all()).toEqual([lease]);
    expect(await readdir(join(dir, 'leases'))).toHaveLength(1);
  });

  it('is nobody’s where it names no pod, and the others count all the same', async () => {
    const { dir, one, lease } = await twoStores();
    for (const [n, ref] of ['', 'volt:job:x', 'volt:pod:../x', 'nebula:pod:x'].entries()) {
      await writeFile(join(dir, 'leases', `bad${n}.json`), JSON.stringify({ ...LEASE, ref }));
    }
    expect(await one.all()).toEqual([lease]);
  });
});

describe('the round that ends leases', () => {
  it('goes on with the other leases where one cannot be written down', async () => {
    const stage = await leased();
    await stage.call('create_pod', { ...VOLT_POD, name: 'second', max_lifetime_hours: 2 });
    stage.world.clock.advance(3 * HOUR);
    stage.world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods/*/stop', kind: 'rate_limit' });
    const full = await fullDisk();
    await keepHouse(stage.runtime);
    full.mockRestore();
    expect(stops(stage).map(({ status }) => status)).toContain(200);
    expect(await stage.runtime.leases.all()).toHaveLength(1);
    stage.world.clock.advance(HOUR);
    await keepHouse(stage.runtime);
    expect(stage.world.pods.list().map(({ state }) => state)).not.toContain('running');
    expect(await filesOf(stage, /\.(claim|draft)$/)).toEqual([]);
  });

  it('does not call an instance left as it is that is being deleted', async () => {
    const stage = await leased(NEBULA_POD);
    stage.world.clock.advance(3 * HOUR);
    const [pod] = stage.world.pods.list();
    stage.world.setPodState('nebula', pod?.id ?? '', 'Deleting');
    await keepHouse(stage.runtime);
    expect(stage.warnings).toEqual([]);
  });
});
