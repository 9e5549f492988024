import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readAudit } from '../../src/store/audit.ts';
import { createFileStore } from '../../src/store/files.ts';
import type { Store } from '../../src/store/port.ts';
import { testClock } from './clock.ts';
import { ticket } from './contract/bed.ts';
import { storeContract } from './contract.ts';
import { standIn, stateDirectory } from './directory.ts';

storeContract('files', async () => {
  const shared = await stateDirectory();
  const clock = testClock();
  const owners = new Map<Store, string>();
  const dead = new Set<string>();
  return {
    ...clock,
    async open(keys = {}) {
      const owner = `1-${randomUUID().slice(0, 8)}`;
      const store = createFileStore({
        accounts: { volt: join(shared, 'v'), nebula: join(shared, 'n') },
        shared,
        keys,
        clock: clock.clock,
        identity: standIn(owner, (other) => dead.has(other)),
      });
      owners.set(store, owner);
      return store;
    },
    async kill(store) {
      dead.add(owners.get(store) ?? '');
    },
    auditLines: async () => (await readAudit(shared)).lines,
    close: async () => {},
  };
});

it('messages between processes are removed when everybody has had a minute to read them', async () => {
  const shared = await stateDirectory();
  const store = createFileStore({
    accounts: { volt: join(shared, 'v') },
    shared,
    identity: standIn('1-one'),
  });
  const folder = join(shared, 'messages');
  await store.notify('pods', 'old');
  const [old = ''] = await readdir(folder);
  await utimes(join(folder, old), new Date(0), new Date(0));
  await store.notify('pods', 'new');
  const left = await readdir(folder);
  expect(left).toHaveLength(1);
  expect(left).not.toContain(old);
});

it('a ticket whose process ended before it wrote that it asked again or took it can still be used, once', async () => {
  const shared = await stateDirectory();
  const identity = standIn('1-next', (owner) => owner === '1-dead');
  const { tickets } = createFileStore({ accounts: { volt: shared }, shared, identity });
  await tickets.create(ticket('k'));
  const folder = join(shared, 'tickets');
  const [name = ''] = await readdir(folder);
  const path = join(folder, name);
  // Earlier versions wrote no `asked`.
  const { asked: _, ...earlier } = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify(earlier));
  await rename(path, path.replace('.json', '.1-dead.claim'));
  expect(await tickets.find('k')).toMatchObject({ state: 'live', is_orphaned: false });
  await tickets.askAgain('k', false);
  expect([await tickets.take('k'), await tickets.take('k')]).toEqual([true, false]);
});
