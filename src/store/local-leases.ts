import { createHash } from 'node:crypto';
import type { Moment } from '../core/moment.ts';
import { type Clock, elapsedAtMost, momentOf } from './clock.ts';
import type { LeaseItems } from './port.ts';
import type { StoredLease } from './records.ts';

/** A lease as it was read. `due_in_ms`: until it is over and its pause, too, negative if both are. */
export interface LeaseRead {
  lease: StoredLease;
  due_in_ms: number;
}

/** The leases as one process knows them while the store cannot be used, so that pods are still stopped in time. */
export interface LocalLeases {
  /** Remembers all leases and the ids of the living processes, as they were just read. */
  remember(leases: readonly LeaseRead[], alive: readonly string[]): void;
  /** Adds a lease that is stored now or once the store is back. */
  add(read: LeaseRead): void;
  /** Removes the lease of a pod. */
  lift(ref: string): void;
  /** The known leases; null if they were never read. */
  all(): StoredLease[] | null;
  /** The leases that are over, after the turns of other processes and of those that still reach the store. */
  due(): StoredLease[];
  /** Takes a due lease; false if it is held or was replaced. */
  claim(lease: StoredLease): boolean;
  holds(lease: StoredLease): boolean;
  /** Gives a claimed lease back, to be tried again after `pause_ms`; null removes it. */
  giveBack(lease: StoredLease, pause_ms: number | null): void;
  /** True if it was tried here and its pause is not over. */
  isPausing(lease: StoredLease): boolean;
}

/** The turn of one process, milliseconds: a cloud shows a stop within seconds. */
const TURN_MS = 60_000;

interface Known extends LeaseRead {
  since: Moment;
  isTried: boolean;
  isHeld: boolean;
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The turn of a process for a lease, from 1: processes that still reach the store have the turn before. */
function turnOf(id: string, ref: string, alive: readonly string[]): number {
  const order = (one: string) => digest(`${ref} ${one}`);
  return 1 + alive.filter((other) => other !== id && order(other) < order(id)).length;
}

/** Leases while the store cannot be used. Processes take turns, and each reads the pod before it sends a stop, so that none is sent twice. */
export function createLocalLeases(clock: Clock, id: string): LocalLeases {
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
    giveBack(lease, pause_ms) {
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

/** Pause after a lease was ended here, before the store is asked again to remove it, milliseconds. */
const AGAIN_MS = 5 * 60_000;

/**
 * Leases of which this process claims those in memory that can be read and not claimed (a read-only file system, a folder of
 * another user). `read`: all of them, and the living processes.
 */
export function withLocalClaims(
  leases: LeaseItems,
  local: LocalLeases,
  read: () => Promise<[leases: LeaseRead[], alive: string[]]>,
): LeaseItems {
  return {
    ...leases,
    due: async () => (await leases.due()).filter((lease) => !local.holds(lease) && !local.isPausing(lease)),
    async claim(lease) {
      try {
        return await leases.claim(lease);
      } catch {
        local.remember(...(await read()));
        return local.due().some(({ ref }) => ref === lease.ref) && local.claim(lease);
      }
    },
    async isHeld(lease) {
      if (!local.holds(lease)) return leases.isHeld(lease);
      local.remember(...(await read()));
      return local.holds(lease);
    },
    async end(lease) {
      if (local.holds(lease)) local.giveBack(lease, AGAIN_MS);
      else await leases.end(lease);
    },
    async giveBack(lease, pause_ms) {
      if (local.holds(lease)) local.giveBack(lease, pause_ms);
      else await leases.giveBack(lease, pause_ms);
    },
  };
}
