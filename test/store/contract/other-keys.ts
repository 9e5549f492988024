import { describe, expect } from 'vitest';
import { admitted, after, done, keptPlan, line, newOrder, onBed, POD, type StoreBed } from './bed.ts';

const LEASE = { ref: POD, name: 'trainer', ends_at: '2026-03-28T16:00:00.000Z' };

/** See `storeContract`. */
export function otherKeyContract(name: string, make: () => Promise<StoreBed>): void {
  const on = onBed(make);
  describe(`${name}: what another key made`, () => {
    on('is acted on by nobody before it is adopted, and counts against the caps', async (bed) => {
      const old = await bed.open({ volt: 'old' });
      const planned = { ...keptPlan(), before: ['volt:pod:there'] };
      await old.orders.keepOpen(await admitted(old, newOrder({ planned })));
      await old.orders.close(await admitted(old), done(), line());
      await admitted(old, newOrder({ name: 'killed' }), null);
      await old.leases.add(LEASE);
      await bed.kill(old);

      const next = await bed.open({ volt: 'next' });
      expect(await next.leases.all()).toEqual([]);
      expect(await next.orders.unresolved()).toEqual([]);
      expect((await next.orders.claimAbandoned()).open).toEqual([]);
      expect((await next.orders.reserved({ listed: [], burning: [] })).pods).toBe(3);
      const [other, ...more] = await next.otherKeys.all();
      if (other === undefined) throw new Error('nothing of another key');
      expect(more).toEqual([]);
      expect(other).toMatchObject({ cloud: 'volt', key: 'old', leases: 1, orders: 2 });
      expect(other.refs.toSorted()).toEqual([POD, 'volt:pod:there']);

      await next.otherKeys.adopt(other);
      expect(await next.otherKeys.all()).toEqual([]);
      expect(await next.leases.all()).toMatchObject([{ ref: POD, key: 'next' }]);
      expect(await next.orders.unresolved()).toHaveLength(2);
      const [{ id } = { id: '' }] = await next.orders.unresolved();
      expect(await next.orders.claim(id)).toMatchObject({ id, key: 'next' });
    });

    on('never gets a lease back that is lifted while it is adopted', async (bed) => {
      const old = await bed.open({ volt: 'old' });
      const next = await bed.open({ volt: 'next' });
      for (let n = 0; n < 12; n += 1) {
        await old.leases.add(LEASE);
        const [other] = await next.otherKeys.all();
        if (other === undefined) throw new Error('nothing of another key');
        await Promise.all([next.otherKeys.adopt(other), after(2 * n, () => old.leases.lift(POD))]);
        expect(await next.leases.all()).toEqual([]);
      }
    });
  });
}
