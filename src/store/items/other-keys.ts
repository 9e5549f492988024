import { parseRef } from '../../core/ref.ts';
import { type Clock, momentOf } from '../clock.ts';
import type { Collection, Row } from '../collection.ts';
import type { Exclusive } from '../lock.ts';
import type { OtherKey, OtherKeys } from '../port.ts';
import type { Order, StoredLease } from '../records.ts';
import { leaseLock } from './leases.ts';
import { isPresent, type KeyOf, madeRef } from './orders.ts';

/** Orders and leases in one folder. `key`: the key of records that name none; null = the present one. */
export interface KeyedCollections {
  orders: Collection<Order>;
  leases: Collection<StoredLease>;
  key: string | null;
}

/** What finding the records of other keys needs. */
interface OtherKeyDeps {
  own: KeyedCollections;
  siblings: () => Promise<KeyedCollections[]>;
  keyOf: KeyOf;
  clock: Clock;
  exclusive: Exclusive;
}

const isFree = ({ hold }: Row<unknown>): boolean => hold === 'free' || hold === 'orphaned';
const cloudOf = ({ ref }: StoredLease) => parseRef(ref, 'pod').cloud;

/** The refs that are known to belong to the account of an order. */
export const refsOf = (order: Order): string[] =>
  [...order.planned.before, order.target, madeRef(order)].filter((ref) => ref !== null);

/** Sums the records of other keys by cloud and key. */
export function groupByKey(rows: readonly OtherKey[]): OtherKey[] {
  const found = new Map<string, OtherKey>();
  for (const { cloud, key, refs, leases, orders } of rows) {
    const known = found.get(`${cloud} ${key}`) ?? { cloud, key, refs: [], leases: 0, orders: 0 };
    found.set(`${cloud} ${key}`, {
      ...known,
      refs: [...new Set([...known.refs, ...refs])],
      leases: known.leases + leases,
      orders: known.orders + orders,
    });
  }
  return [...found.values()].filter(({ leases, orders }) => leases + orders > 0);
}

/** Records of other keys, in this account's folder and in folders of keys that are no longer configured. */
export function createOtherKeys({ own, siblings, keyOf, clock, exclusive }: OtherKeyDeps): OtherKeys {
  const places = async () => [own, ...(await siblings())];
  return {
    async all() {
      const found: OtherKey[] = [];
      for (const place of await places()) {
        for (const row of await place.leases.rows()) {
          const [cloud, key] = [cloudOf(row.value), row.value.key ?? place.key];
          if (key === null || keyOf(cloud) === null || isPresent(key, cloud, keyOf) || !isFree(row)) continue;
          found.push({ cloud, key, refs: [row.value.ref], leases: 1, orders: 0 });
        }
        for (const row of await place.orders.rows()) {
          const { cloud, state } = row.value;
          const key = row.value.key ?? place.key;
          if (key === null || cloud === null || keyOf(cloud) === null) continue;
          if (isPresent(key, cloud, keyOf) || !isFree(row)) continue;
          found.push({ cloud, key, refs: refsOf(row.value), leases: 0, orders: state === 'closed' ? 0 : 1 });
        }
      }
      return groupByKey(found);
    },
    adopt: (other) =>
      exclusive('orders', async () => {
        const present = keyOf(other.cloud);
        for (const place of await places()) {
          const isOfOther = (key: string | null) => (key ?? place.key) === other.key;
          for (const row of await place.leases.rows()) {
            if (cloudOf(row.value) !== other.cloud || !isOfOther(row.value.key) || !isFree(row)) continue;
            await exclusive(leaseLock(row.value.ref), async () => {
              const lease = await place.leases.take(row.key);
              if (lease === null) return;
              await own.leases.put(row.key, { ...lease, key: present }, 'free');
              if (place !== own) await place.leases.drop(row.key);
            });
          }
          for (const row of await place.orders.rows()) {
            if (row.value.cloud !== other.cloud || !isOfOther(row.value.key) || !isFree(row)) continue;
            const order = await place.orders.take(row.key);
            if (order === null) continue;
            const settled = order.settled ?? momentOf(clock);
            const state = order.state === 'closed' ? 'closed' : 'unresolved';
            await own.orders.put(row.key, { ...order, key: present, state, settled }, 'free');
            if (place !== own) await place.orders.drop(row.key);
          }
        }
      }),
  };
}
