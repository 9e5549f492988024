import type { Lease } from '../../core/plan.ts';
import { parseRef } from '../../core/ref.ts';
import { type Clock, elapsed, elapsedAtMost, momentOf } from '../clock.ts';
import type { Collection } from '../collection.ts';
import type { Exclusive } from '../lock.ts';
import type { LeaseItems } from '../port.ts';
import type { StoredLease } from '../records.ts';
import { isPresent, type KeyOf } from './orders.ts';

/** Time until a lease is over, by the clock that is ahead (its end by the wall clock, or its time since it was recorded), and its pause, too; milliseconds. */
export function dueIn(
  { ends_at, made, pause, for_ms = Number.POSITIVE_INFINITY }: StoredLease,
  clock: Clock,
): number {
  const end = Date.parse(ends_at);
  const since = made === null ? 0 : elapsedAtMost(clock, made);
  const lasts = made === null ? Number.POSITIVE_INFINITY : Math.min(for_ms, end - made.wall);
  const left = Math.min(end - clock.wall(), lasts - since);
  return pause === null ? left : Math.max(left, pause.ms - elapsed(clock, pause.since));
}

const isSame = (a: StoredLease, b: StoredLease): boolean => a.tries === b.tries && a.ends_at === b.ends_at;

/** Names the lock of a pod's lease: whoever takes it or replaces it holds this. */
export const leaseLock = (ref: string): string => `lease ${ref}`;

/** Leases in a collection. */
export function createLeases(
  collection: Collection<StoredLease>,
  clock: Clock,
  keyOf: KeyOf,
  exclusive: Exclusive,
): LeaseItems {
  const cloudOf = (ref: string) => parseRef(ref, 'pod').cloud;
  const present = async () =>
    (await collection.rows()).filter(({ value }) => isPresent(value.key, cloudOf(value.ref), keyOf));
  const alone = <T>(ref: string, step: () => Promise<T>): Promise<T> => exclusive(leaseLock(ref), step);
  const put = ({ kind = 'stop', ...lease }: Lease) =>
    collection.put(
      lease.ref,
      { ...lease, kind, key: keyOf(cloudOf(lease.ref)), made: momentOf(clock), tries: 0, pause: null },
      'free',
    );
  const isHeld = async (lease: StoredLease): Promise<boolean> => {
    const row = await collection.find(lease.ref);
    return row?.hold === 'mine' && isSame(row.value, lease);
  };
  return {
    add: (lease) => alone(lease.ref, () => put(lease)),
    addMissing: (lease) =>
      alone(lease.ref, async () => {
        if ((await collection.find(lease.ref)) !== null) return false;
        await put(lease);
        return true;
      }),
    all: async () => (await present()).map(({ value }) => value),
    due: async () =>
      (await present()).flatMap(({ value, hold }) => {
        const isFree = hold === 'free' || hold === 'orphaned';
        return isFree && dueIn(value, clock) <= 0 ? [value] : [];
      }),
    claim: (lease) =>
      alone(lease.ref, async () => {
        const present = await collection.take(lease.ref);
        if (present === null) return false;
        if (isSame(present, lease)) return true;
        await collection.put(lease.ref, present, 'free');
        return false;
      }),
    isHeld,
    end: (lease) =>
      alone(lease.ref, async () => {
        if (await isHeld(lease)) await collection.drop(lease.ref);
      }),
    giveBack: (lease, pause_ms) =>
      alone(lease.ref, async () => {
        if (!(await isHeld(lease))) return;
        const tried = { ...lease, tries: lease.tries + 1, pause: { since: momentOf(clock), ms: pause_ms } };
        await collection.put(lease.ref, tried, 'free');
      }),
    lift: (ref) => alone(ref, () => collection.drop(ref)),
  };
}
