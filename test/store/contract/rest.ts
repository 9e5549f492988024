import { describe, expect } from 'vitest';
import { HOUR, MINUTE, onBed, type StoreBed } from './bed.ts';

/** See `storeContract`. */
export function counterContract(name: string, make: () => Promise<StoreBed>): void {
  const on = onBed(make);
  describe(`${name}: allowances and budget`, () => {
    on('allows as much as was agreed to, and each call once', async (bed, store) => {
      await store.allowances.grant('anna', { usd: 1, calls: 2, for_ms: 24 * HOUR });
      const other = await bed.open();
      expect(await other.allowances.draw('anna', 0.7)).toBe(true);
      expect(await store.allowances.draw('anna', 0.4)).toBe(false);
      expect(await store.allowances.draw('anna', 0.3)).toBe(true);
      expect(await store.allowances.draw('anna', null)).toBe(true);
      expect(await store.allowances.draw('anna', null)).toBe(true);
      expect(await store.allowances.draw('anna', null)).toBe(false);
      expect(await store.allowances.draw('bob', 0.1)).toBe(false);
      bed.jump(-HOUR);
      bed.advance(24 * HOUR);
      expect(await store.allowances.find('anna')).toBeNull();
    });

    on('holds the budget of a key over all processes, by a clock that does not jump', async (bed, store) => {
      const stores = [store, await bed.open()];
      const drawn = await Promise.all(
        Array.from({ length: 10 }, (_, n) => stores[n % 2]?.budget.draw('volt', 20, 100, HOUR)),
      );
      expect(drawn.reduce((sum, draw) => sum + (draw?.granted ?? 0), 0)).toBe(100);
      bed.jump(2 * HOUR);
      expect(await store.budget.draw('volt', 20, 100, HOUR)).toEqual({
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
  describe(`${name}: what is kept, locked and told`, () => {
    on('keeps a value for its owner, for its time, within a size', async (bed, store) => {
      expect(await store.paid.put('p', 'anna', { data: 'x'.repeat(100) }, HOUR, 200)).toBe(true);
      expect(await store.paid.put('q', 'anna', { data: 'x'.repeat(100) }, HOUR, 200)).toBe(false);
      const other = await bed.open();
      expect(await other.paid.get('p', 'anna')).toEqual({ data: 'x'.repeat(100) });
      expect(await other.paid.get('p', 'bob')).toBeNull();
      bed.advance(HOUR);
      expect(await other.paid.get('p', 'anna')).toBeNull();
      expect(await store.paid.put('q', 'anna', { data: 'x'.repeat(100) }, HOUR, 200)).toBe(true);
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

    on('tells whoever watches', async (_bed, store) => {
      const heard: string[] = [];
      const stop = store.watch('pods', (message) => heard.push(message));
      await store.notify('jobs', 'no');
      await store.notify('pods', 'yes');
      await expect.poll(() => heard).toEqual(['yes']);
      stop();
      await store.notify('pods', 'late');
      expect(heard).toEqual(['yes']);
    });
  });
}
