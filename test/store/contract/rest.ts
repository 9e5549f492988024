import { randomUUID } from 'node:crypto';
import { describe, expect } from 'vitest';
import type { Grantor } from '../../../src/core/policy.ts';
import { after, HOUR, MINUTE, onBed, type StoreBed } from './bed.ts';

/** See `storeContract`. */
export function counterContract(name: string, make: () => Promise<StoreBed>): void {
  const on = onBed(make);
  describe(`${name}: allowances and budget`, () => {
    const DAY = 24 * HOUR;
    const day = (by: Grantor, calls = 2) => ({ by, usd: 1, calls, for_ms: DAY });
    const call = { usd: 0, calls: 1 };
    const costs = (usd: number) => ({ usd, calls: 0 });
    const ANY: readonly Grantor[] = ['person', 'reported', 'token'];

    on('allows as much as was agreed to, and each call once', async (bed, { allowances }) => {
      expect(await allowances.grant('anna', day('person'))).toBe(true);
      const other = (await bed.open()).allowances;
      expect(await other.draw('anna', costs(0.7), ANY)).toMatchObject({ by: 'person', calls: 2 });
      expect(await allowances.draw('anna', costs(0.4), ANY)).toBeNull();
      expect((await allowances.draw('anna', costs(0.3), ANY))?.usd).toBeCloseTo(0);
      expect(await allowances.draw('anna', call, ANY)).toMatchObject({ calls: 1 });
      expect(await other.draw('anna', call, ['reported'])).toBeNull();
      expect(await other.draw('anna', call, ANY)).toMatchObject({ calls: 0, ends_in_ms: DAY });
      expect(await allowances.draw('anna', call, ANY)).toBeNull();
      expect(await allowances.draw('bob', costs(0.1), ANY)).toBeNull();
      bed.jump(-HOUR);
      bed.advance(DAY);
      expect(await allowances.find('anna')).toBeNull();
      expect(await allowances.draw('anna', costs(0), ANY)).toBeNull();
    });

    on('lets no two processes together pass the agreed amount', async (bed, store) => {
      const all = [store, await bed.open()].map(({ allowances }) => allowances);
      await store.allowances.grant('anna', day('person', 3));
      const drawn = await Promise.all(
        Array.from({ length: 8 }, (_, n) => all[n % 2]?.draw('anna', call, ANY)),
      );
      expect(
        drawn
          .filter((left) => left != null)
          .map((left) => left?.calls)
          .toSorted(),
      ).toEqual([0, 1, 2]);
    });

    on('gives back the part that a call did not use, to its own grant only', async (_bed, { allowances }) => {
      await allowances.grant('anna', day('person'));
      const first = await allowances.draw('anna', call, ANY);
      await allowances.giveBack('anna', first?.grant ?? '', call);
      expect(await allowances.find('anna')).toMatchObject({ usd: 1, calls: 2 });
      await allowances.grant('anna', day('person'));
      await allowances.giveBack('anna', first?.grant ?? '', call);
      expect(await allowances.find('anna')).toMatchObject({ usd: 1, calls: 2 });
    });

    on('lets tokens grant one once in its time, even if persons grant one in between', async (bed, store) => {
      const all = [store, await bed.open()].map(({ allowances }) => allowances);
      const granted = await Promise.all(all.map((one) => one.grant('anna', day('reported'))));
      expect(granted.toSorted()).toEqual([false, true]);
      const { allowances } = store;
      bed.advance(HOUR);
      expect(await allowances.tokenWaits('anna', DAY)).toBe(23 * HOUR);
      expect(await allowances.grant('anna', day('person'))).toBe(true);
      expect(await allowances.grant('anna', day('token'))).toBe(false);
      expect(await allowances.find('anna')).toMatchObject({ by: 'person' });
      expect(await allowances.tokenWaits('bob', DAY)).toBe(0);
      bed.advance(23 * HOUR);
      expect(await allowances.tokenWaits('anna', DAY)).toBe(0);
      expect(await allowances.grant('anna', day('token'))).toBe(true);
    });

    on('holds the budget of a key over all processes, by a clock that does not jump', async (bed, store) => {
      const stores = [store, await bed.open()];
      const drawn = await Promise.all(
        Array.from({ length: 10 }, (_, n) => stores[n % 2]?.budget.draw('volt', 20, 100, HOUR)),
      );
      expect(drawn.reduce((sum, draw) => sum + (draw?.granted ?? 0), 0)).toBe(100);
      bed.jump(2 * HOUR);
      expect(await store.budget.draw('volt', 20, 100, HOUR)).toMatchObject({
        granted: 0,
        used: 100,
        ends_in_ms: HOUR,
        paused_ms: 0,
      });
      expect((await store.budget.draw('nebula', 20, 100, HOUR)).granted).toBe(20);
      bed.advance(HOUR);
      expect((await store.budget.draw('volt', 20, 100, HOUR)).granted).toBe(20);
      await stores[1]?.budget.close('volt', MINUTE);
      expect(await store.budget.draw('volt', 1, 100, HOUR)).toMatchObject({ granted: 1, paused_ms: MINUTE });
      bed.advance(MINUTE);
      expect(await store.budget.draw('volt', 1, 100, HOUR)).toMatchObject({ granted: 1, paused_ms: 0 });
    });
  });
}

/** See `storeContract`. */
export function keptContract(name: string, make: () => Promise<StoreBed>): void {
  const on = onBed(make);
  describe(`${name}: values, locks, notices and messages`, () => {
    on('keeps a value for its owner, for its time, within a size', async (bed, store) => {
      expect(await store.paid.put('p', 'anna', { data: 'x'.repeat(100) }, HOUR, { max_bytes: 200 })).toBe(
        true,
      );
      expect(await store.paid.put('large', 'anna', { data: 'x'.repeat(200) }, HOUR, { max_bytes: 200 })).toBe(
        false,
      );
      const other = await bed.open();
      expect(await other.paid.get('p', 'anna')).toEqual({ data: 'x'.repeat(100) });
      expect(await other.paid.get('p', 'bob')).toBeNull();
      bed.advance(HOUR);
      expect(await other.paid.get('p', 'anna')).toBeNull();
    });

    on('drops the oldest values of an owner for new ones', async (bed, store) => {
      const put = async (key: string, owner = 'anna') => {
        expect(await store.paid.put(key, owner, 'x'.repeat(90), HOUR, { max_bytes: 200 })).toBe(true);
        bed.advance(MINUTE);
      };
      await put('of-bob', 'bob');
      for (const key of ['b', 'a', 'c']) await put(key);
      const other = await bed.open();
      const kept = async (key: string, owner = 'anna') => (await other.paid.get(key, owner)) !== null;
      expect([await kept('b'), await kept('a'), await kept('c')]).toEqual([false, true, true]);
      expect(await kept('of-bob', 'bob')).toBe(true);
    });

    on('keeps a fixed number of values of an owner, whichever process they come from', async (bed, store) => {
      const other = await bed.open();
      const put = (one: typeof store, key: string, owner = 'anna', for_ms = HOUR) =>
        one.sessions.put(key, owner, { key }, for_ms, { max_count: 2 });
      const both = await Promise.all([put(store, 'a'), put(other, 'b', 'anna', MINUTE), put(store, 'c')]);
      expect(both.toSorted()).toEqual([false, true, true]);
      const kept = async (key: string) => (await other.sessions.get(key, 'anna')) !== null;
      const [first = ''] = (await kept('a')) ? ['a'] : ['b'];
      expect(await put(other, first)).toBe(true);
      expect(await put(store, 'x', 'bob')).toBe(true);
      expect(await put(other, 'd')).toBe(false);
      await store.sessions.drop(first);
      expect(await put(other, 'd')).toBe(true);
      bed.advance(HOUR);
      expect([await put(store, 'e'), await put(other, 'f'), await put(store, 'g')]).toEqual([
        true,
        true,
        false,
      ]);
    });

    on('keeps a session as long as it is used', async (bed, store) => {
      await store.sessions.put('s', 'anna', { opened: 1 }, HOUR);
      bed.advance(40 * MINUTE);
      await store.sessions.touch('s');
      bed.advance(40 * MINUTE);
      expect(await store.sessions.get('s', 'anna')).toEqual({ opened: 1 });
      await store.sessions.drop('s');
      expect(await store.sessions.get('s', 'anna')).toBeNull();
    });

    on('never gets a dropped value back from a renewal at the same moment', async (bed, store) => {
      const other = await bed.open();
      for (let n = 0; n < 10; n += 1) {
        await store.sessions.put('s', 'anna', { n }, HOUR);
        await Promise.all([store.sessions.touch('s'), after(n, () => other.sessions.drop('s'))]);
        expect(await store.sessions.get('s', 'anna')).toBeNull();
      }
    });

    on('runs steps of one key alone, over all processes', async (bed, store) => {
      const other = await bed.open();
      let [inside, most] = [0, 0];
      const step = async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside -= 1;
      };
      await Promise.all([store, other, store, other].map((one) => one.exclusive('k', step)));
      expect(most).toBe(1);
      await expect(store.exclusive('k', async () => Promise.reject(new Error('broken')))).rejects.toThrow(
        'broken',
      );
      await other.exclusive('k', step);
    });

    on('keeps a notice for a day, and shows it to each reader once', async (bed, store) => {
      const other = await bed.open();
      await store.notices.add('volt', 'A lease is over.');
      await other.notices.add('volt', 'A lease is over.');
      await store.notices.add(null, 'The state is damaged.');
      await expect.poll(async () => (await other.notices.all()).length, { timeout: 30_000 }).toBe(2);
      const all = await other.notices.all();
      expect(all.map(({ text }) => text).toSorted()).toEqual(['A lease is over.', 'The state is damaged.']);
      const keys = all.map(({ key }) => key);
      const shown = await Promise.all([store, other].map(({ notices }) => notices.markShown('anna', keys)));
      expect(shown.flat().toSorted()).toEqual(keys.toSorted());
      expect(await other.notices.markShown('anna', keys)).toEqual([]);
      expect(await other.notices.markShown('bob', [...keys.slice(1), 'unknown'])).toEqual(keys.slice(1));
      expect(await store.notices.markShown('bob', keys)).toEqual(keys.slice(0, 1));
      bed.advance(24 * HOUR);
      expect(await store.notices.markShown('carol', keys)).toEqual([]);
      // An event so long ago is worth a new notice.
      await store.notices.add('volt', 'A lease is over.');
      await expect.poll(() => store.notices.all(), { timeout: 30_000 }).toHaveLength(1);
      const [again] = await store.notices.all();
      expect(await store.notices.markShown('anna', [again?.key ?? ''])).toHaveLength(1);
    });

    on('adds up the amounts of all processes, each once, for 90 days', async (bed, store) => {
      const other = await bed.open();
      const id = randomUUID();
      const debit = { cloud: 'volt', kind: 'debit', usd: 55.5, what: 'volt:job:a' } as const;
      await store.spent.add(id, debit);
      await other.spent.add(id, debit);
      await other.spent.add(randomUUID(), { ...debit, what: 'volt:job:b', usd: 1 });
      await other.spent.add(randomUUID(), { ...debit, kind: 'refund', usd: 13.25 });
      await Promise.all(
        [store, other, store].map(({ spent }) =>
          spent.add(randomUUID(), { cloud: 'nebula', kind: 'metered', usd: null, what: 'a use' }),
        ),
      );
      const rows = async (one: typeof store) =>
        (await one.spent.rows())
          .map(({ day: _day, ...row }) => row)
          .toSorted((a, b) => `${a.kind} ${a.what}`.localeCompare(`${b.kind} ${b.what}`));
      const expected = [
        { ...debit, unpriced: 0 },
        { ...debit, what: 'volt:job:b', usd: 1, unpriced: 0 },
        { cloud: 'nebula', kind: 'metered', what: null, usd: 0, unpriced: 3 },
        { ...debit, kind: 'refund', usd: 13.25, unpriced: 0 },
      ];
      expect(await rows(store)).toEqual(expected);
      expect(await rows(other)).toEqual(expected);
      const day = new Date(bed.now()).toISOString().slice(0, 10);
      expect(new Set((await store.spent.rows()).map((row) => row.day))).toEqual(new Set([day]));
      bed.advance(90 * 24 * HOUR);
      expect(await store.spent.rows()).toEqual([]);
      await store.spent.add(randomUUID(), debit);
      expect(await rows(other)).toEqual([expected[0]]);
    });

    on('keeps the newest 50 notices of an account', async (bed, store) => {
      await store.notices.add('nebula', 'of the other');
      for (let n = 0; n < 52; n += 1) {
        await store.notices.add('volt', `notice ${n}`);
        bed.advance(1000);
      }
      await expect.poll(() => store.notices.all(), { timeout: 30_000 }).toHaveLength(51);
      const texts = (await store.notices.all()).map(({ text }) => text);
      expect([texts[0], texts[1], texts.at(-1)]).toEqual(['of the other', 'notice 2', 'notice 51']);
    });

    on('gives each message once to all watchers, in this process and in others', async (bed, store) => {
      const other = await bed.open();
      const received: string[] = [];
      const far: string[] = [];
      const stop = store.watch('pods', (message) => received.push(message));
      const stopOther = other.watch('pods', (message) => far.push(message));
      await store.notify('jobs', 'no');
      await store.notify('pods', 'yes');
      await expect.poll(() => received).toEqual(['yes']);
      // A new watcher may miss messages until its LISTEN is in place.
      const listens = async () => {
        await store.notify('pods', 'are you there?');
        return far.includes('are you there?');
      };
      await expect.poll(listens, { timeout: 30_000, interval: 200 }).toBe(true);
      await store.notify('pods', 'last');
      await expect.poll(() => far, { timeout: 30_000 }).toContain('last');
      expect(far).not.toContain('no');
      expect(far.filter((message) => message === 'last')).toHaveLength(1);
      stop();
      stopOther();
      await store.notify('pods', 'late');
      expect(received).not.toContain('late');
      expect(far).not.toContain('late');
      await other.close();
    });
  });
}
