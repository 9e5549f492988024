import { describe, expect, it } from 'vitest';
import { StoreUnreachable } from '../../src/core/store-error.ts';
import { dueIn } from '../../src/store/items/leases.ts';
import { createLocalLeases, type LeaseRead, withLocalClaims } from '../../src/store/local-leases.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { openConnection } from '../../src/store/postgres/connection.ts';
import { createAccounts } from '../../src/store/postgres/deps.ts';
import { createLeases } from '../../src/store/postgres/leases.ts';
import type { StoredLease } from '../../src/store/records.ts';
import { testClock } from './clock.ts';
import { HOUR, MINUTE, POD } from './contract/bed.ts';

const lease = (over: Partial<StoredLease> = {}): StoredLease => ({
  ref: POD,
  name: 'a',
  ends_at: '2026-03-28T13:00:00.000Z',
  kind: 'stop',
  made: null,
  key: null,
  tries: 0,
  pause: null,
  ...over,
});

const IDS = ['a', 'b', 'c'];

/** Three processes that all read the same lease just before the store went away. `alive`: those that they see. */
function three({ due_in_ms = HOUR, alive = IDS } = {}) {
  const { clock, advance, jump } = testClock();
  const read = [{ lease: lease(), due_in_ms }];
  const processes = IDS.map((id) => createLocalLeases(clock, id));
  for (const one of processes) one.remember(read, alive);
  const due = () => processes.map((one) => one.due().length);
  /** How many of them may stop the pod after each of so many minutes. */
  const inTurns = (minutes: number) =>
    Array.from({ length: minutes }, () => {
      advance(MINUTE);
      // Each reads the leases again whenever it fails to claim one.
      for (const one of processes) one.remember(read, alive);
      return due().reduce((sum, one) => sum + one, 0);
    });
  return { processes, advance, jump, due, inTurns };
}

describe('leases while the store is unreachable', () => {
  it('are ended in turns, the first a minute after their end, so that no two send a stop at once', () => {
    const { due, advance } = three();
    advance(HOUR);
    expect(due()).toEqual([0, 0, 0]);
    const sums = [1, 2, 3].map(() => {
      advance(MINUTE);
      return due().reduce((sum, one) => sum + one, 0);
    });
    expect(sums).toEqual([1, 2, 3]);
  });

  it('are ended in turns if they were over before, too: turns count from when a process found that', () => {
    const { due, inTurns } = three({ due_in_ms: -HOUR });
    expect(due()).toEqual([0, 0, 0]);
    expect(inTurns(3)).toEqual([1, 2, 3]);
  });

  it('are ended within four turns by processes that see no other and not themselves, after those that they see', () => {
    const { due, inTurns } = three({ due_in_ms: -HOUR, alive: [] });
    expect(due()).toEqual([0, 0, 0]);
    const turns = inTurns(4);
    expect(turns.at(-1)).toBe(3);
    expect(new Set(turns).size).toBeGreaterThan(1);
    expect(three({ due_in_ms: -HOUR, alive: ['x', 'y'] }).inTurns(2)).toEqual([0, 0]);
  });

  it.each([-24 * HOUR, 24 * HOUR])('are not longer for a wall clock that jumps by %i ms', (wrong) => {
    const { due, advance, jump } = three();
    jump(wrong);
    advance(HOUR + 3 * MINUTE);
    expect(due()).toEqual([1, 1, 1]);
  });

  it('are held by one round, tried again after their pause, also if the store is back, and forgotten when settled', () => {
    const { processes, advance } = three();
    const [one] = processes;
    if (one === undefined) throw new Error('no process');
    advance(2 * HOUR);
    const [due] = one.due();
    if (due === undefined) throw new Error('no lease');
    expect([one.claim(due), one.claim(due), one.holds(due)]).toEqual([true, false, true]);
    expect(one.due()).toEqual([]);
    one.giveBack(due, 5 * MINUTE);
    one.remember([{ lease: lease({ tries: 1 }), due_in_ms: -HOUR }], []);
    expect([one.holds(due), one.isPausing(due), one.due()]).toEqual([false, true, []]);
    advance(5 * MINUTE);
    expect([one.isPausing(due), one.due().length]).toEqual([false, 1]);
    expect(one.claim(due)).toBe(true);
    one.end(due);
    expect([one.due(), one.all(), one.hasEnded(due)]).toEqual([[], [], true]);
    // The store still has it.
    one.remember([{ lease: due, due_in_ms: -HOUR }], []);
    advance(HOUR);
    expect([one.due(), one.hasEnded(lease({ ends_at: '2026-03-28T20:00:00.000Z' }))]).toEqual([[], false]);
  });

  it('that were replaced or lifted meanwhile are not ended by who knew them before', () => {
    const { processes, advance } = three();
    const [one, two] = processes;
    const later = lease({ ends_at: '2026-03-28T18:00:00.000Z' });
    one?.add({ lease: later, due_in_ms: 6 * HOUR });
    two?.lift(POD);
    advance(2 * HOUR);
    expect([one?.claim(lease()), one?.due(), two?.due()]).toEqual([false, [], []]);
    expect(one?.all()).toEqual([later]);
  });
});

describe('leases that can be read and not claimed', () => {
  it('are taken by one process, wait out their pause, and are not held once they are lifted', async () => {
    const { clock, advance } = testClock();
    const { leases } = createMemoryStore({ clock });
    const unwritable = {
      ...leases,
      claim: () => Promise.reject(Object.assign(new Error('EROFS'), { code: 'EROFS' })),
    };
    const ids = ['a', 'b'];
    const read = async (): Promise<[LeaseRead[], string[]]> => [
      (await leases.all()).map((one) => ({ lease: one, due_in_ms: dueIn(one, clock) })),
      ids,
    ];
    const both = ids.map((id) => withLocalClaims(unwritable, createLocalLeases(clock, id), read));
    await leases.add({ ref: POD, name: 'a', ends_at: new Date(clock.wall()).toISOString() });
    const claims = async () => {
      const all = await Promise.all(both.map(async (one) => ({ one, due: await one.due() })));
      return Promise.all(all.map(async ({ one, due: [first] }) => first !== undefined && one.claim(first)));
    };
    expect(await claims()).toEqual([false, false]);
    advance(MINUTE);
    const [isFirst] = await claims();
    const [first, second] = isFirst === true ? both : both.toReversed();
    const [lease] = await leases.all();
    if (first === undefined || second === undefined || lease === undefined) throw new Error('no lease');
    expect([await first.isHeld(lease), await second.isHeld(lease)]).toEqual([true, false]);
    await first.giveBack(lease, 5 * MINUTE);
    expect([await first.due(), (await second.due()).length]).toEqual([[], 1]);
    advance(5 * MINUTE);
    expect(await first.claim(lease)).toBe(true);
    await leases.lift(POD);
    expect(await first.isHeld(lease)).toBe(false);
  });
});

describe('a lease that was ended while PostgreSQL was away', () => {
  it('is not ended again while PostgreSQL is back and still has it, also if its pod was started again', async () => {
    const { clock, advance } = testClock();
    const { database, presence } = openConnection('postgres://127.0.0.1:1/none', () => {});
    const away = () => Promise.reject(new StoreUnreachable('away'));
    const row = { ...lease({ made: null }), made: 0, pause_since: null, pause_ms: null, is_free: true };
    let due_in_ms: number | null = HOUR;
    const leases = createLeases(
      {
        clock,
        database: {
          ...database,
          write: away,
          // The type of a row is the statement's.
          read: async <R extends object>() =>
            due_in_ms === null ? away() : ([{ ...row, due_in_ms, alive: ['a'] }] as object[] as R[]),
        },
        presence: { ...presence, nowOrLater: async () => null },
      },
      createAccounts({ accounts: { volt: 'v' } }),
      createLocalLeases(clock, 'a'),
    );
    expect(await leases.due()).toEqual([]);
    due_in_ms = null;
    advance(HOUR + MINUTE);
    const [due] = await leases.due();
    if (due === undefined) throw new Error('no lease');
    expect(await leases.claim(due)).toBe(true);
    await leases.end(due);
    expect(await leases.due()).toEqual([]);
    due_in_ms = -HOUR;
    expect(await leases.due()).toEqual([]);
  });
});
