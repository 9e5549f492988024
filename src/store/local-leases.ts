import type { Moment } from '../core/moment.ts';
import { type Clock, elapsedAtMost, momentOf } from './clock.ts';
import { digest } from './digest.ts';
import { unlessUnusable } from './disk.ts';
import type { LeaseItems } from './port.ts';
import type { StoredLease } from './records.ts';

/** A lease as it was read. `due_in_ms`: until it is over and its pause, too; 0 or less if both are. */
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
  /** The leases that are over and were not ended here, after the turns of other processes and of those that still reach the store. */
  due(): StoredLease[];
  /** Takes a due lease; false if it is held or was replaced. */
  claim(lease: StoredLease): boolean;
  holds(lease: StoredLease): boolean;
  /** Gives a claimed lease back, to be tried again after `pause_ms`. */
  giveBack(lease: StoredLease, pause_ms: number): void;
  /** Ends a claimed lease for as long as this process lives, whatever the store still says of it. */
  end(lease: StoredLease): void;
  hasEnded(lease: StoredLease): boolean;
  /** True if it was tried here and its pause is not over. */
  isPausing(lease: StoredLease): boolean;
}

/** The turn of one process, milliseconds: a cloud shows a stop within seconds, and processes look for leases every 30 s. */
const TURN_MS = 60_000;
/** Turns among which a process that the others may not see draws its own. */
const UNSEEN_TURNS = 4;

interface Known extends LeaseRead {
  since: Moment;
  /** When this process first read it as over; null = it was read before its end, from which turns count then. */
  overdue: Moment | null;
  isTried: boolean;
  isHeld: boolean;
}

/** The turn of a process for a lease, from 1: processes that still reach the store have the turn before. */
function turnOf(id: string, ref: string, alive: readonly string[]): number {
  const order = (one: string) => digest(`${ref} ${one}`);
  if (!alive.includes(id))
    return 1 + alive.length + (Number.parseInt(order(id).slice(0, 2), 16) % UNSEEN_TURNS);
  return 1 + alive.filter((other) => order(other) < order(id)).length;
}

/**
 * Leases while the store cannot be used. This process ends each once. Processes take turns, and each reads the pod before it
 * sends a stop, so that usually one of them sends it. Two may send it if they notice at different times that a lease is over,
 * or cannot see each other (their signs of life cannot be written) and draw the same turn: then a stopped pod gets a second
 * stop. A process does not know what another, or one before it, ended here: it stops a pod that was started again since.
 */
export function createLocalLeases(clock: Clock, id: string): LocalLeases {
  const known = new Map<string, Known>();
  let alive: readonly string[] = [];
  let wasRead = false;
  /** When the leases end that were ended here, by ref. */
  const ended = new Map<string, string>();
  const hasEnded = ({ ref, ends_at }: StoredLease): boolean => ended.get(ref) === ends_at;
  const present = (lease: StoredLease): Known | undefined => {
    const found = known.get(lease.ref);
    return found?.lease.ends_at === lease.ends_at ? found : undefined;
  };
  const leftOf = ({ due_in_ms, since }: Known): number => due_in_ms - elapsedAtMost(clock, since);
  const add = ({ lease, due_in_ms }: LeaseRead) => {
    const before = present(lease)?.overdue ?? null;
    const since = momentOf(clock);
    const overdue = due_in_ms > 0 ? null : (before ?? since);
    known.set(lease.ref, { lease, due_in_ms, since, overdue, isTried: false, isHeld: false });
  };
  /** The time for which a lease has waited for its turn, milliseconds; negative before its end. */
  const waited = (one: Known): number =>
    one.overdue === null ? -leftOf(one) : elapsedAtMost(clock, one.overdue);
  const isDue = (one: Known): boolean => {
    const { lease, isTried, isHeld } = one;
    if (isHeld || hasEnded(lease) || leftOf(one) > 0) return false;
    return isTried || waited(one) >= turnOf(id, lease.ref, alive) * TURN_MS;
  };
  return {
    remember(leases, living) {
      const refs = new Set(leases.map(({ lease }) => lease.ref));
      for (const ref of known.keys()) if (!refs.has(ref)) known.delete(ref);
      for (const read of leases) {
        const before = present(read.lease);
        if (before?.isHeld === true || (before?.isTried === true && leftOf(before) > 0)) continue;
        add(read);
      }
      alive = living;
      wasRead = true;
    },
    add: (read) => void add(read),
    lift: (ref) => void known.delete(ref),
    all: () => (wasRead || known.size > 0 ? [...known.values()].map(({ lease }) => lease) : null),
    due: () => [...known.values()].filter(isDue).map(({ lease }) => lease),
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
      const paused = { due_in_ms: pause_ms, since: momentOf(clock), isTried: true, isHeld: false };
      known.set(lease.ref, { ...found, ...paused });
    },
    end(lease) {
      const found = present(lease);
      if (found === undefined) return;
      if (found.isHeld) ended.set(lease.ref, lease.ends_at);
      known.delete(lease.ref);
    },
    hasEnded,
    isPausing(lease) {
      const found = present(lease);
      return found?.isTried === true && leftOf(found) > 0;
    },
  };
}

/**
 * Leases of which this process claims those in memory that can be read and not claimed (a read-only file system, a folder of
 * another user). `read`: all of them, and the living processes.
 */
export function withLocalClaims(
  leases: LeaseItems,
  local: LocalLeases,
  read: () => Promise<[leases: LeaseRead[], alive: string[]]>,
): LeaseItems {
  /** Removes a lease that was ended here as soon as the store allows it. The pod is left alone: its person may have started it again. */
  const tidy = async (lease: StoredLease): Promise<void> => {
    if (!(await leases.claim(lease))) return;
    await leases.end(lease).catch(() => leases.giveBack(lease, 0));
  };
  return {
    ...leases,
    async due() {
      const all = await leases.due();
      await Promise.all(all.filter(local.hasEnded).map((lease) => tidy(lease).catch(unlessUnusable)));
      return all.filter((lease) => !local.hasEnded(lease) && !local.holds(lease) && !local.isPausing(lease));
    },
    async claim(lease) {
      try {
        return await leases.claim(lease);
      } catch (error) {
        unlessUnusable(error);
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
      if (local.holds(lease)) local.end(lease);
      else await leases.end(lease);
    },
    async giveBack(lease, pause_ms) {
      if (local.holds(lease)) local.giveBack(lease, pause_ms);
      else await leases.giveBack(lease, pause_ms);
    },
  };
}
