import { describe, expect } from 'vitest';
import { admitted, done, HOUR, line, MINUTE, NONE, newOrder, onBed, POD, type StoreBed } from './bed.ts';

/** See `storeContract`. */
export function admissionContract(name: string, make: () => Promise<StoreBed>): void {
  const on = onBed(make);
  describe(`${name}: admission`, () => {
    on('never passes a cap, whichever stores admit at the same moment', async (bed, store) => {
      const stores = [store, await bed.open(), await bed.open()];
      const room = { usd_per_hour: 2, pods: 100 };
      const all = await Promise.all(
        Array.from({ length: 12 }, (_, n) => stores[n % 3]?.orders.admit(newOrder(), NONE, room)),
      );
      expect(all.filter((admission) => admission?.kind === 'admitted')).toHaveLength(5);
      expect(all.filter((admission) => admission?.kind === 'full')).toHaveLength(7);
    });

    on('returns the reservations if an order does not fit, and keeps nothing of it', async (_bed, store) => {
      await admitted(store);
      const refused = await store.orders.admit(newOrder(), NONE, { usd_per_hour: 0.7, pods: 5 });
      expect(refused).toEqual({ kind: 'full', reserved: { usd_per_hour: 0.4, pods: 1 } });
      expect((await store.orders.admit(newOrder(), NONE, { usd_per_hour: 9, pods: 1 })).kind).toBe('full');
      expect(await store.orders.reserved(NONE)).toEqual({ usd_per_hour: 0.4, pods: 1 });
    });

    on('counts a listed thing instead of its reservation, and ends none by it', async (bed, store) => {
      await store.orders.close(await admitted(store), done(), line());
      const other = await bed.open();
      expect(await other.orders.reserved({ listed: [POD], burning: [POD] })).toEqual({
        usd_per_hour: 0,
        pods: 0,
      });
      expect(await other.orders.reserved({ listed: [POD], burning: [] })).toEqual({
        usd_per_hour: 0.4,
        pods: 0,
      });
      expect(await other.orders.reserved(NONE)).toEqual({ usd_per_hour: 0.4, pods: 1 });
    });

    on('ends a reservation after 15 minutes of no jumping clock', async (bed, store) => {
      await store.orders.close(await admitted(store), done(), line());
      bed.jump(HOUR);
      expect((await store.orders.reserved(NONE)).pods).toBe(1);
      bed.jump(-3 * HOUR);
      bed.advance(14 * MINUTE);
      expect((await store.orders.reserved(NONE)).pods).toBe(1);
      bed.advance(2 * MINUTE);
      expect((await store.orders.reserved(NONE)).pods).toBe(0);
    });

    on('ends a reservation where its order did not take effect', async (_bed, store) => {
      await store.orders.close(
        await admitted(store),
        done({ outcome: 'forbidden', took_effect: false, ref: null }),
        line(),
      );
      expect(await store.orders.reserved(NONE)).toEqual({ usd_per_hour: 0, pods: 0 });
    });

    on(
      'ends a reservation if any process ended the thing, but not a later one of the same thing',
      async (bed, store) => {
        await store.orders.close(await admitted(store), done(), line());
        bed.advance(1000);
        const other = await bed.open();
        const stop = newOrder({ tool: 'stop_pod', target: POD, adds: { usd_per_hour: 0, pods: 0 } });
        await other.orders.close(await admitted(other, stop), done({ ended: POD }), line());
        expect(await store.orders.reserved(NONE)).toEqual({ usd_per_hour: 0, pods: 0 });
        bed.advance(1000);
        await admitted(
          store,
          newOrder({ tool: 'start_pod', target: POD, adds: { usd_per_hour: 0.4, pods: 0 } }),
        );
        expect(await store.orders.reserved(NONE)).toEqual({ usd_per_hour: 0.4, pods: 0 });
      },
    );

    on('lets one order of a name and cloud be under way', async (bed, store) => {
      const id = await admitted(store, newOrder({ name: 'twin' }));
      const other = await bed.open();
      expect(await other.orders.admit(newOrder({ name: 'twin' }), NONE, null)).toMatchObject({
        kind: 'busy',
        order: { id },
      });
      expect((await other.orders.admit(newOrder({ name: 'twin', cloud: 'nebula' }), NONE, null)).kind).toBe(
        'admitted',
      );
      await store.orders.keepOpen(id);
      expect((await other.orders.named('create_pod', 'volt', 'twin')).map((order) => order.state)).toEqual([
        'unresolved',
      ]);
      expect((await other.orders.admit(newOrder({ name: 'twin' }), NONE, null)).kind).toBe('admitted');
    });
  });
}

/** See `storeContract`. */
export function orderContract(name: string, make: () => Promise<StoreBed>): void {
  const on = onBed(make);
  describe(`${name}: the life of an order`, () => {
    on('is found by the ticket that consented to it', async (bed, store) => {
      const of = async (ticket: string | null) => {
        const admission = await store.orders.admit(newOrder({ ticket }), NONE, null);
        return admission.kind === 'admitted' ? admission.id : admission.kind;
      };
      const ids = [await of('digest'), await of('digest')];
      await of('another');
      await of(null);
      await store.orders.close(ids[0] ?? '', done(), line());
      const found = await (await bed.open()).orders.ofTicket('digest');
      expect(found.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      expect(found.map(({ state }) => state).toSorted()).toEqual(['closed', 'open']);
    });

    on('is read by every process as it was given', async (bed, store) => {
      const id = await admitted(store, newOrder({ name: 'trainer' }));
      const found = await (await bed.open()).orders.find(id);
      expect(found).toMatchObject({
        ...newOrder({ name: 'trainer' }),
        state: 'open',
        outcome: null,
        ref: null,
      });
    });

    on('closes once, with its audit line', async (bed, store) => {
      const id = await admitted(store);
      expect(await store.orders.close(id, done(), line())).toBe(true);
      expect(await bed.auditLines()).toEqual([{ ...line(), order: id }]);
      expect(await store.orders.find(id)).toMatchObject({
        state: 'closed',
        outcome: 'done',
        ref: POD,
        line: null,
      });
      await expect(store.orders.close(id, done(), line())).rejects.toThrow();
      expect(await bed.auditLines()).toHaveLength(1);
    });

    on('makes a thing only once', async (bed, store) => {
      await store.orders.close(await admitted(store), done(), line());
      const other = await bed.open();
      expect(await other.orders.createdRefs()).toEqual([POD]);
      const id = await admitted(other);
      expect(await other.orders.close(id, done(), line())).toBe(false);
      expect(await other.orders.find(id)).toMatchObject({ state: 'open' });
      expect(await other.orders.close(id, done({ ref: 'volt:pod:other' }), line())).toBe(true);
      expect((await store.orders.createdRefs()).toSorted()).toEqual([POD, 'volt:pod:other']);
    });

    on('calls nothing its own that was found late', async (_bed, store) => {
      await store.orders.close(await admitted(store), done({ outcome: 'recovered' }), line('recovered'));
      await store.orders.close(await admitted(store), done({ ref: 'volt:pod:own' }), line());
      expect((await store.orders.createdRefs()).toSorted()).toEqual([POD, 'volt:pod:own']);
      expect(await store.orders.ownRefs()).toEqual(['volt:pod:own']);
    });

    on('does not count the target of an order as made', async (_bed, store) => {
      const stop = newOrder({ tool: 'stop_pod', target: POD, adds: { usd_per_hour: 0, pods: 0 } });
      await store.orders.close(await admitted(store, stop), done(), line());
      expect(await store.orders.createdRefs()).toEqual([]);
      expect(await store.orders.close(await admitted(store, stop), done(), line())).toBe(true);
    });

    on('stays with a live process and passes to one other when that ends', async (bed, store) => {
      const id = await admitted(store);
      const [b, c] = [await bed.open(), await bed.open()];
      expect(await b.orders.claimAbandoned()).toEqual({ open: [], closed: [] });
      await bed.kill(store);
      const both = await Promise.all([b.orders.claimAbandoned(), c.orders.claimAbandoned()]);
      expect(both.flatMap(({ open }) => open.map((order) => order.id))).toEqual([id]);
      expect((await b.orders.claimAbandoned()).open).toEqual([]);
    });

    on('of unknown outcome is reconciled by one process at a time', async (bed, store) => {
      const id = await admitted(store);
      expect(await store.orders.unresolved()).toEqual([]);
      await store.orders.keepOpen(id);
      const other = await bed.open();
      expect((await other.orders.unresolved()).map((order) => order.id)).toEqual([id]);
      expect((await other.orders.claim(id))?.id).toBe(id);
      expect(await store.orders.claim(id)).toBeNull();
      expect(await store.orders.unresolved()).toEqual([]);
      await other.orders.keepOpen(id);
      expect((await store.orders.claim(id))?.id).toBe(id);
    });

    on(
      'is closed in one step with the leases of the thing found, unless that is another’s',
      async (bed, store) => {
        const lease = (kind: 'stop' | 'reminder', hours = 1) => ({
          ref: POD,
          name: 'a',
          kind,
          ends_at: new Date(bed.now() + hours * HOUR).toISOString(),
        });
        await store.orders.close(await admitted(store), done({ leases: [lease('stop')] }), line());
        expect(await store.leases.all()).toMatchObject([lease('stop')]);
        const twin = await admitted(store);
        expect(await store.orders.close(twin, done({ leases: [lease('stop', 2)] }), line())).toBe(false);
        const found = done({ ref: null, leases: [lease('reminder', 3)] });
        expect(await store.orders.close(twin, found, line())).toBe(true);
        expect(await store.leases.all()).toMatchObject([lease('stop')]);
      },
    );

    on('is not reconciled any more once another process has closed it', async (bed, store) => {
      const id = await admitted(store);
      await store.orders.keepOpen(id);
      const other = await bed.open();
      const [seen] = await other.orders.unresolved();
      await store.orders.claim(id);
      await store.orders.close(id, done(), line());
      expect(await other.orders.claim(seen?.id ?? '')).toBeNull();
      expect(await other.orders.find(id)).toMatchObject({ state: 'closed', outcome: 'done' });
      expect(await bed.auditLines()).toHaveLength(1);
    });

    on('that a process was sending when it died is handed out as abandoned only', async (bed, store) => {
      const id = await admitted(store);
      const other = await bed.open();
      await bed.kill(store);
      expect(await other.orders.claim(id)).toBeNull();
      expect((await other.orders.claimAbandoned()).open).toMatchObject([{ id }]);
    });

    on(
      'is reserved for 15 minutes from the moment its outcome was unknown, however often it is reconciled',
      async (bed, store) => {
        const id = await admitted(store);
        await store.orders.keepOpen(id);
        bed.advance(10 * MINUTE);
        await store.orders.claim(id);
        await store.orders.keepOpen(id);
        expect((await store.orders.reserved(NONE)).pods).toBe(1);
        bed.advance(6 * MINUTE);
        expect((await store.orders.reserved(NONE)).pods).toBe(0);
      },
    );

    on(
      'is kept as proof of its thing while an order of its name has no known outcome',
      async (bed, store) => {
        const lost = await admitted(store, newOrder({ name: 'twin' }));
        await store.orders.keepOpen(lost);
        await store.orders.close(await admitted(store, newOrder({ name: 'twin' })), done(), line());
        bed.advance(91 * 24 * HOUR);
        await admitted(store);
        expect(await store.orders.createdRefs()).toEqual([POD]);
        await store.orders.claim(lost);
        await store.orders.close(lost, done({ outcome: 'not_seen', took_effect: false, ref: null }), line());
        await admitted(store);
        expect(await store.orders.createdRefs()).toEqual([]);
      },
    );

    on(
      'is forgotten an hour after it was closed, and three months after it made a thing',
      async (bed, store) => {
        const [made, none] = [await admitted(store), await admitted(store)];
        await store.orders.close(made, done(), line());
        await store.orders.close(none, done({ outcome: 'forbidden', took_effect: false, ref: null }), line());
        bed.advance(24 * HOUR);
        await admitted(store);
        expect(await store.orders.find(none)).toBeNull();
        expect(await store.orders.createdRefs()).toEqual([POD]);
        expect(await store.orders.ownRefs()).toEqual([POD]);
        bed.advance(90 * 24 * HOUR);
        await admitted(store);
        expect(await store.orders.find(made)).toBeNull();
      },
    );
  });
}
