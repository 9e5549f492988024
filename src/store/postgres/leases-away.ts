import { createHash } from 'node:crypto';
import { type Clock, elapsedAtMost, type Moment, momentOf } from '../clock.ts';
import type { StoredLease } from '../records.ts';

/** A lease as it was read. `due_in_ms`: until it is over and its pause, too, negative if both are. */
export interface LeaseRead {
  lease: StoredLease;
  due_in_ms: number;
}

/** What one process knows of the leases while the store is away, so that pods are stopped in time all the same. */
export interface LeasesAway {
  /** All leases, and the ids of the living processes, as they were read just now. */
  remember(leases: readonly LeaseRead[], alive: readonly string[]): void;
  /** One that is stored just now, or when the store is back. */
  add(read: LeaseRead): void;
  /** The pod has none any more. */
  lift(ref: string): void;
  /** Those that were remembered; null if none ever were. */
  all(): StoredLease[] | null;
  /** Those whose time is over, and with it the time that another process, or one that reaches the store, has to end it. */
  due(): StoredLease[];
  /** Takes one of those. */
  claim(lease: StoredLease): boolean;
  holds(lease: StoredLease): boolean;
  /** The lease is settled (null), or is retried after so long. */
  letGo(lease: StoredLease, pause_ms: number | null): void;
  /** It was tried here, and its pause is not over. */
  isPausing(lease: StoredLease): boolean;
}

/** How long each process leaves to the one before it, milliseconds: the cloud shows a stop within seconds. */
const TURN_MS = 60_000;

interface Known extends LeaseRead {
  since: Moment;
  isTried: boolean;
  isHeld: boolean;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The turn of a process at a lease: each has another one, and the first waits for what still reaches the store. */
function turnOf(id: string, ref: string, alive: readonly string[]): number {
  const order = (one: string) => digest(`${ref} ${one}`);
  return 1 + alive.filter((other) => other !== id && order(other) < order(id)).length;
}

/** Nothing is sent twice at once: processes take turns, and each looks at the pod before it sends a stop. */
export function createLeasesAway(clock: Clock, id: string): LeasesAway {
  const known = new Map<string, Known>();
  let alive: readonly string[] = [];
  let wasRead = false;
  const present = (lease: StoredLease): Known | undefined => {
    const found = known.get(lease.ref);
    return found?.lease.ends_at === lease.ends_at ? found : undefined;
  };
  const leftOf = ({ due_in_ms, since }: Known): number => due_in_ms - elapsedAtMost(clock, since);
  const add = ({ lease, due_in_ms }: LeaseRead) =>
    known.set(lease.ref, { lease, due_in_ms, since: momentOf(clock), isTried: false, isHeld: false });
  return {
    remember(leases, living) {
      const kept = new Map(known);
      known.clear();
      for (const read of leases) {
        const before = kept.get(read.lease.ref);
        const isSame = before !== undefined && before.lease.ends_at === read.lease.ends_at;
        if (isSame && (before.isHeld || (before.isTried && leftOf(before) > 0)))
          known.set(read.lease.ref, before);
        else add(read);
      }
      alive = living;
      wasRead = true;
    },
    add: (read) => void add(read),
    lift: (ref) => void known.delete(ref),
    all: () => (wasRead || known.size > 0 ? [...known.values()].map(({ lease }) => lease) : null),
    due: () =>
      [...known.values()]
        .filter((one) => {
          const turn = one.isTried ? 0 : turnOf(id, one.lease.ref, alive) * TURN_MS;
          return !one.isHeld && leftOf(one) + turn <= 0;
        })
        .map(({ lease }) => lease),
    claim(lease) {
      const found = present(lease);
      if (found === undefined || found.isHeld) return false;
      found.isHeld = true;
      return true;
    },
    holds: (lease) => present(lease)?.isHeld === true,
    letGo(lease, pause_ms) {
      const found = present(lease);
      if (found === undefined) return;
      if (pause_ms === null) known.delete(lease.ref);
      else
        known.set(lease.ref, {
          ...found,
          due_in_ms: pause_ms,
          since: momentOf(clock),
          isTried: true,
          isHeld: false,
        });
    },
    isPausing(lease) {
      const found = present(lease);
      return found?.isTried === true && leftOf(found) > 0;
    },
  };
}
