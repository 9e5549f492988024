import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileStore } from '../../src/store/files.ts';
import { keptPlan, NONE, newOrder } from './contract/bed.ts';
import { stateDirectory } from './directory.ts';

// `version-1/` is the account folder that version 1 (commit 1b7c8d2) left on the simulator: one order done, with a lease,
// and one whose reply was lost and that no list showed.
const FIXTURE = join(import.meta.dirname, 'version-1');
/** No process has this id. */
const DEAD = 2 ** 30;

/** A state directory as version 1 left it, its journal that of the process `pid`. */
async function leftBy(pid: number, journal?: string) {
  const shared = await stateDirectory();
  const volt = join(shared, 'volt');
  await mkdir(volt, { recursive: true });
  await cp(FIXTURE, volt, { recursive: true });
  const name = `journal-${pid}-dcf36f13-177d79b9.jsonl`;
  await rename(join(volt, 'journal.jsonl'), join(volt, name));
  if (journal !== undefined) await writeFile(join(volt, name), journal);
  const open = () => createFileStore({ accounts: { volt }, shared });
  const journals = async () => (await readdir(volt)).filter((file) => file.startsWith('journal-'));
  return { open, journals, name };
}

const FREE = { ...keptPlan(), adds: { usd_per_hour: 0, usd_upfront: 0, pods: 0 } };

describe('state that version 1 left', () => {
  it('is imported: its open order is handed out once and reserved, its lease goes on, its journal is gone', async () => {
    const { open, journals } = await leftBy(DEAD);
    const store = open();
    const { open: orders, closed } = await store.orders.claimAbandoned();
    expect(closed).toEqual([]);
    expect(orders).toMatchObject([
      {
        id: 'b4ee5186-7ba4-4349-b7c7-41b0efda0930',
        at: '2026-03-28T14:00:00.000Z',
        tool: 'create_pod',
        cloud: 'volt',
        name: 'lost',
        input: { name: 'lost', max_lifetime_hours: 8 },
        planned: { before: ['volt:pod:pod_was98k'], adds: { usd_per_hour: 0.39, pods: 1 } },
        state: 'open',
      },
    ]);
    expect(await journals()).toEqual([]);
    expect(await store.orders.reserved(NONE)).toEqual({ usd_per_hour: 0.39, pods: 1 });
    expect((await open().orders.claimAbandoned()).open).toEqual([]);
    expect(await store.leases.all()).toMatchObject([
      { ref: 'volt:pod:pod_was98k', name: 'leased', ends_at: '2026-03-28T22:00:00.000Z', kind: 'stop' },
    ]);
    expect(await store.problems()).toEqual([]);
  });

  it('stops spending while the process that writes it lives, and nothing else', async () => {
    const { open, journals, name } = await leftBy(process.ppid);
    const { orders } = open();
    expect((await orders.claimAbandoned()).open).toEqual([]);
    expect(await journals()).toEqual([name]);
    expect(await orders.admit(newOrder(), NONE, null)).toMatchObject({ kind: 'blocked' });
    const debit = { ...FREE, adds: { ...FREE.adds, usd_upfront: 9 } };
    expect(await orders.admit(newOrder({ planned: debit }), NONE, null)).toMatchObject({ kind: 'blocked' });
    expect(
      await orders.admit(newOrder({ planned: FREE, adds: { usd_per_hour: 0, pods: 0 } }), NONE, null),
    ).toMatchObject({ kind: 'admitted' });
  });

  it('is imported beside a line that is no whole record, which is kept and reported; a torn last line was never begun', async () => {
    const good = await readFile(join(FIXTURE, 'journal.jsonl'), 'utf8');
    const broken = await leftBy(DEAD, `{"id":"x","at":"?"}\n${good}`);
    const store = broken.open();
    expect((await store.orders.claimAbandoned()).open).toMatchObject([{ name: 'lost' }]);
    expect(await store.problems()).toEqual([expect.stringContaining(`unreadable-${broken.name}`)]);
    expect(await broken.journals()).toEqual([]);
    expect((await store.orders.claimAbandoned()).open).toEqual([]);
    expect(await store.problems()).toHaveLength(1);

    const torn = await leftBy(DEAD, '{"id":"x","at":"2026-');
    expect((await torn.open().orders.claimAbandoned()).open).toEqual([]);
    expect(await torn.journals()).toEqual([]);
  });
});
