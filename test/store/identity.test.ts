import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BOOT, newOwner, showAlive } from '../../src/store/alive.ts';
import { createFileStore } from '../../src/store/files.ts';
import { type IdentityOptions, processIdentity } from '../../src/store/identity.ts';
import { afterEvery } from '../after.ts';
import { admitted, done, keptPlan, line, NONE, newOrder } from './contract/bed.ts';
import { hostProgram, stateDirectory } from './directory.ts';
import type { Command } from './host-process.ts';

const CONTAINER = 'c0ffee00';
const BEAT_MS = 20;
/** So slow that a busy machine misses none. */
const SLOW_BEAT_MS = 200;

const open = new Set<() => Promise<void>>();
afterEvery(async () => {
  for (const close of open) await close();
  open.clear();
});

/** A store of a process in another container or on another host, or of one here with the same short beats. */
function storeIn(folder: string, options: IdentityOptions = {}) {
  const identity = processIdentity([folder], { beatMs: BEAT_MS, goneMs: 10_000, ...options });
  const store = createFileStore({ accounts: { volt: folder }, shared: folder, identity });
  open.add(store.close);
  return store;
}
const elsewhere = (folder: string, options: IdentityOptions = {}) =>
  storeIn(folder, { owner: newOwner(CONTAINER), place: CONTAINER, ...options });

const STOP = newOrder({
  tool: 'stop_pod',
  adds: { usd_per_hour: 0, pods: 0 },
  planned: { ...keptPlan(), adds: { usd_per_hour: 0, usd_upfront: 0, pods: 0 } },
});

describe('a process of the same host', () => {
  it('holds its order however long it is idle, and nobody takes it over while it lives', async () => {
    const folder = await stateDirectory();
    await admitted(createFileStore({ accounts: { volt: folder }, shared: folder }));
    const sibling = newOwner();
    await showAlive(sibling);
    const other = storeIn(folder, { owner: sibling });
    expect((await other.orders.claimAbandoned()).open).toEqual([]);
    expect(await other.orders.reserved(NONE)).toEqual({ usd_per_hour: 0.4, pods: 1 });
  });

  it('is gone as soon as the kernel says so, whichever process has its id now', async () => {
    const folder = await stateDirectory();
    const dead = newOwner();
    // The order bears its mark, and no process listens under it.
    const identity = { ...processIdentity([folder], { owner: dead }), appear: async () => {} };
    await admitted(createFileStore({ accounts: { volt: folder }, shared: folder, identity }));
    expect((await storeIn(folder).orders.claimAbandoned()).open).toHaveLength(1);
  });

  it('leaves no stale files for long: drafts and marks of ended processes are removed', async () => {
    const folder = await stateDirectory();
    const dead = newOwner();
    await mkdir(join(folder, 'orders'), { recursive: true });
    await mkdir(join(folder, 'processes'), { recursive: true });
    const draft = `${dead}.0b7e1c52-5f0a-4a39-8d3c-6f2f1c0f9d11.draft`;
    await writeFile(join(folder, 'orders', draft), '{');
    await writeFile(join(folder, 'processes', `${dead}.json`), '{"host":"h","boot":"b","beat":1}');
    const store = storeIn(folder);
    await admitted(store);
    expect(await store.problems()).toEqual([]);
    expect((await readdir(join(folder, 'orders'))).filter((name) => name.endsWith('.draft'))).toEqual([]);
    expect(await readdir(join(folder, 'processes'))).not.toContain(`${dead}.json`);
    await store.close();
    expect(await readdir(join(folder, 'processes'))).toEqual([]);
  });
});

describe('a process in another container, on one directory', () => {
  it('is reported with PostgreSQL as the remedy, and nothing is spent while its heartbeat is fresh; stops go on', async () => {
    const folder = await stateDirectory();
    const theirs = elsewhere(folder, { host: 'another', beatMs: SLOW_BEAT_MS });
    expect(await admitted(theirs, STOP)).toMatch(/-/);
    const ours = storeIn(folder, { beatMs: SLOW_BEAT_MS });
    expect(await ours.orders.admit(newOrder(), NONE, null)).toMatchObject({
      kind: 'blocked',
      why: expect.stringContaining('GPU_MCP_STORE_URL'),
    });
    expect(await theirs.orders.admit(newOrder(), NONE, null)).toMatchObject({ kind: 'blocked' });
    expect(await ours.problems()).toEqual([expect.stringContaining('PostgreSQL')]);
    expect((await ours.orders.admit(STOP, NONE, null)).kind).toBe('admitted');
    await theirs.close();
    expect((await ours.orders.admit(newOrder(), NONE, null)).kind).toBe('admitted');
    expect(await ours.problems()).toEqual([]);
  });

  it('keeps its orders and leases while it lives, and loses them when nothing was seen of it for long', async () => {
    const folder = await stateDirectory();
    const theirs = elsewhere(folder, { host: 'another' });
    const id = await admitted(theirs, STOP);
    const ours = storeIn(folder, { goneMs: 200 });
    expect((await ours.orders.claimAbandoned()).open).toEqual([]);
    await theirs.orders.close(id, done({ ref: null }), line());
    const next = await admitted(theirs, STOP);
    await theirs.close();
    // It ended without signing off.
    const [sign] = await readdir(join(folder, 'processes'));
    expect(sign).toBeUndefined();
    expect((await ours.orders.claimAbandoned()).open.map((order) => order.id)).toEqual([next]);
  });

  it('that shows nothing any more is silent, then gone', async () => {
    const folder = await stateDirectory();
    const frozen = elsewhere(folder, { host: 'another', beatMs: 3_600_000 });
    await admitted(frozen, STOP);
    const ours = storeIn(folder, { goneMs: 150 });
    expect((await ours.orders.claimAbandoned()).open).toEqual([]);
    expect((await ours.orders.admit(newOrder(), NONE, null)).kind).toBe('admitted');
    await pause(200);
    expect((await ours.orders.claimAbandoned()).open).toHaveLength(1);
  });

  it('ended with its computer, if that was started again since', async () => {
    const folder = await stateDirectory();
    await admitted(elsewhere(folder, { boot: `not-${BOOT}` }));
    const ours = storeIn(folder);
    expect((await ours.orders.claimAbandoned()).open).toHaveLength(1);
    expect((await ours.orders.admit(newOrder(), NONE, null)).kind).toBe('admitted');
  });
});

const canUnshare =
  process.platform === 'linux' &&
  spawnSync('unshare', ['--pid', '--fork', '--net', 'true'], { stdio: 'ignore' }).status === 0;

describe.runIf(canUnshare)('two real containers on one volume, each with process id 1', () => {
  it('leave the live order of the other alone, and spend nothing beside each other', async () => {
    const folder = await stateDirectory();
    const program = await hostProgram(dirname(folder));
    const start = () => {
      const child = spawn('unshare', ['--pid', '--fork', '--net', process.execPath, program], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      open.add(async () => {
        child.kill('SIGKILL');
      });
      return async (command: Command): Promise<unknown> => {
        child.stdin.write(`${JSON.stringify(command)}\n`);
        const [piece] = await once(child.stdout, 'data');
        return JSON.parse(String(piece));
      };
    };
    const [one, two] = [start(), start()];
    const spend: Command = { act: 'admit', at: 0, folder, lock: 'socket', orders: [newOrder()], pods: 9 };
    expect(await one(spend)).toEqual(['admitted']);
    expect(await two({ act: 'abandoned', folder, lock: 'socket' })).toEqual([]);
    expect(await two(spend)).toEqual(['blocked']);
  });
});
