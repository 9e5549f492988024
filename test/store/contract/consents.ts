import { describe, expect } from 'vitest';
import { HOUR, MINUTE, onBed, POD, type StoreBed, ticket } from './bed.ts';

/** See `storeContract`. */
export function leaseContract(name: string, make: () => Promise<StoreBed>): void {
  const on = onBed(make);
  describe(`${name}: leases`, () => {
    const lease = (bed: StoreBed, ms = HOUR) => ({
      ref: POD,
      name: 'a',
      ends_at: new Date(bed.now() + ms).toISOString(),
    });

    on('is due when its time is over', async (bed, store) => {
      await store.leases.add(lease(bed));
      expect(await store.leases.due()).toEqual([]);
      expect(await store.leases.all()).toMatchObject([{ ...lease(bed), kind: 'stop', tries: 0 }]);
      bed.advance(HOUR);
      expect(await store.leases.due()).toHaveLength(1);
    });

    on('is not made longer by a clock that goes back', async (bed, store) => {
      await store.leases.add(lease(bed));
      bed.jump(-24 * HOUR);
      bed.advance(HOUR);
      expect(await store.leases.due()).toHaveLength(1);
    });

    on(
      'lasts no longer than agreed to, if the clock went back before it was recorded',
      async (bed, store) => {
        await store.leases.add({ ...lease(bed, 25 * HOUR), for_ms: HOUR });
        bed.advance(HOUR);
        expect(await store.leases.due()).toHaveLength(1);
      },
    );

    on('is ended by one process at a time, and not by one that read it before', async (bed, store) => {
      await store.leases.add({ ...lease(bed), kind: 'reminder' });
      bed.advance(HOUR);
      const other = await bed.open();
      const [[mine], [theirs]] = [await store.leases.due(), await other.leases.due()];
      if (mine === undefined || theirs === undefined) throw new Error('no lease');
      expect(mine.kind).toBe('reminder');
      expect(await store.leases.claim(mine)).toBe(true);
      expect(await other.leases.claim(theirs)).toBe(false);
      expect(await other.leases.due()).toEqual([]);
      // It is in force until it is ended: plans and lists show it meanwhile.
      for (const one of [store, other]) expect(await one.leases.all()).toMatchObject([lease(bed, 0)]);
      await store.leases.giveBack(mine, MINUTE);
      expect(await other.leases.claim(theirs)).toBe(false);
      expect(await other.leases.due()).toEqual([]);
      bed.advance(MINUTE);
      const [again] = await other.leases.due();
      if (again === undefined) throw new Error('no lease');
      expect(again.tries).toBe(1);
      expect(await other.leases.claim(again)).toBe(true);
      await other.leases.end(again);
      expect(await store.leases.all()).toEqual([]);
    });

    on('is added only where there is none, if it is to replace none', async (bed, store) => {
      const reminder = { ...lease(bed, 2 * HOUR), kind: 'reminder' as const };
      expect(await store.leases.addMissing(lease(bed))).toBe(true);
      const other = await bed.open();
      expect(await other.leases.addMissing(reminder)).toBe(false);
      const [stored] = await store.leases.all();
      expect(stored).toMatchObject({ ...lease(bed), kind: 'stop' });
      expect(stored !== undefined && (await store.leases.claim(stored))).toBe(true);
      expect(await other.leases.addMissing(reminder)).toBe(false);
    });

    on(
      'that was replaced or lifted while a process held it is not ended or given back by it',
      async (bed, store) => {
        const claimed = async () => {
          await store.leases.add(lease(bed, 0));
          const [mine] = await store.leases.due();
          if (mine === undefined) throw new Error('no lease');
          expect(await store.leases.claim(mine)).toBe(true);
          expect(await store.leases.isHeld(mine)).toBe(true);
          return mine;
        };
        const other = await bed.open();
        for (const settle of ['end', 'giveBack'] as const) {
          const old = await claimed();
          await other.leases.add(lease(bed, 2 * HOUR));
          expect(await store.leases.isHeld(old)).toBe(false);
          await store.leases[settle](old, MINUTE);
          expect(await other.leases.all()).toMatchObject([
            { ...lease(bed, 2 * HOUR), tries: 0, pause: null },
          ]);
          await claimed();
          await other.leases.lift(POD);
          expect(await store.leases.isHeld(old)).toBe(false);
          await store.leases[settle](old, MINUTE);
          expect(await other.leases.all()).toEqual([]);
        }
        await claimed();
        await other.leases.lift(POD);
        await bed.kill(store);
        expect(await other.leases.all()).toEqual([]);
      },
    );

    on('comes back when the process that holds it ends', async (bed, store) => {
      await store.leases.add(lease(bed, 0));
      const [mine] = await store.leases.due();
      if (mine === undefined) throw new Error('no lease');
      await store.leases.claim(mine);
      const other = await bed.open();
      expect(await other.leases.due()).toEqual([]);
      await bed.kill(store);
      const [theirs] = await other.leases.due();
      expect(theirs !== undefined && (await other.leases.claim(theirs))).toBe(true);
    });
  });
}

/** See `storeContract`. */
export function ticketContract(name: string, make: () => Promise<StoreBed>): void {
  const on = onBed(make);
  describe(`${name}: tickets`, () => {
    on('is taken once, over all processes', async (bed, store) => {
      await store.tickets.create(ticket('k'));
      const stores = [store, await bed.open(), await bed.open()];
      const taken = await Promise.all(stores.map((one) => one.tickets.take('k')));
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await store.tickets.take('never')).toBe(false);
    });

    on('says until when, and ends by whichever clock is ahead', async (bed, store) => {
      expect(await store.tickets.create(ticket('a'))).toBe(new Date(bed.now() + 10 * MINUTE).toISOString());
      await store.tickets.create(ticket('b'));
      bed.jump(-HOUR);
      bed.advance(10 * MINUTE);
      expect(await store.tickets.take('a')).toBe(false);
      await store.tickets.create(ticket('c'));
      if (bed.isOneClock) bed.advance(10 * MINUTE);
      else bed.jump(10 * MINUTE);
      expect(await store.tickets.take('c')).toBe(false);
      expect(await store.tickets.find('c')).toMatchObject({ is_expired: true, state: 'live' });
    });

    on('counts wrong answers and remembers the outcome for ten minutes', async (bed, store) => {
      await store.tickets.create(ticket('k'));
      bed.advance(MINUTE);
      const asked = await store.tickets.find('k');
      // PostgreSQL's clock also runs by itself.
      expect(asked?.asked_ms).toBeGreaterThanOrEqual(MINUTE);
      expect(asked?.asked_ms).toBeLessThan(2 * MINUTE);
      await store.tickets.askAgain('k', false);
      await store.tickets.askAgain('k', true);
      const live = await store.tickets.find('k');
      expect(live).toMatchObject({ mistyped: 1, state: 'live', is_expired: false, settled: null });
      expect(live?.asked_ms).toBeLessThan(MINUTE);
      await store.tickets.take('k');
      await store.tickets.ordered('k', 'order-1');
      const other = await bed.open();
      expect(await other.tickets.find('k')).toMatchObject({
        state: 'taken',
        is_orphaned: false,
        order: 'order-1',
      });
      bed.advance(3 * MINUTE);
      await store.tickets.complete('k', {
        kind: 'done',
        output: { ref: POD },
        ref: POD,
        extras: [],
        reconciled: false,
      });
      bed.advance(9 * MINUTE);
      expect(await other.tickets.find('k')).toMatchObject({
        state: 'spent',
        done_at: new Date(bed.now() - 9 * MINUTE).toISOString(),
        outcome: { kind: 'done', output: { ref: POD } },
      });
      expect(await other.tickets.take('k')).toBe(false);
      bed.advance(2 * MINUTE);
      expect(await other.tickets.find('k')).toBeNull();
    });

    on('of a process that died while acting says so and which order it was', async (bed, store) => {
      await store.tickets.create(ticket('k'));
      await store.tickets.take('k');
      await store.tickets.ordered('k', 'order-1');
      const other = await bed.open();
      await bed.kill(store);
      expect(await other.tickets.find('k')).toMatchObject({
        state: 'taken',
        is_orphaned: true,
        order: 'order-1',
      });
      expect(await other.tickets.take('k')).toBe(false);
    });

    on('are at most 50 for one principal; the oldest is dropped', async (bed, store) => {
      await store.tickets.create(ticket('another', { principal: 'bob' }));
      for (let n = 0; n < 51; n += 1) {
        await store.tickets.create(ticket(`k${n}`));
        bed.advance(10);
      }
      expect(await store.tickets.find('k0')).toBeNull();
      expect(await store.tickets.take('k1')).toBe(true);
      expect(await store.tickets.take('k50')).toBe(true);
      expect(await store.tickets.take('another')).toBe(true);
    });

    on('is gone when dropped', async (_bed, store) => {
      await store.tickets.create(ticket('k'));
      await store.tickets.drop('k');
      expect(await store.tickets.find('k')).toBeNull();
    });

    on(
      'is taken once and keeps its outcome, if it is asked again or dropped at the same moment',
      async (bed, store) => {
        const other = await bed.open();
        const orders = [
          (key: string) => [store.tickets.askAgain(key, false), other.tickets.take(key)],
          (key: string) => [other.tickets.take(key), store.tickets.askAgain(key, true)],
          (key: string) => [store.tickets.askAgain(key, false), store.tickets.take(key)],
          (key: string) => [store.tickets.take(key), store.tickets.askAgain(key, false)],
        ];
        for (const [n, both] of [...orders, ...orders].entries()) {
          const key = `asked-${n}`;
          await store.tickets.create(ticket(key));
          expect((await Promise.all(both(key))).filter((taken) => taken === true)).toHaveLength(1);
          for (const one of [store, other]) expect(await one.tickets.take(key)).toBe(false);
          expect(await store.tickets.find(key)).toMatchObject({ state: 'taken', is_orphaned: false });
        }
        await store.tickets.create(ticket('used'));
        await store.tickets.take('used');
        await store.tickets.askAgain('used', true);
        await other.tickets.drop('used');
        expect(await other.tickets.find('used')).toMatchObject({ state: 'taken', mistyped: 0 });
      },
    );
  });
}
