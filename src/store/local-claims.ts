import type { Moment } from '../core/moment.ts';
import { type Clock, elapsed, momentOf } from './clock.ts';
import type { LeaseItems } from './port.ts';
import type { StoredLease } from './records.ts';

/** How long a process waits for each one whose turn is before its own, milliseconds: a cloud shows a stop within seconds. */
const TURN_MS = 60_000;
/** Pause after a lease was ended here, before the store is asked again to remove it, milliseconds. */
const AGAIN_MS = 5 * 60_000;

/** A lease that could not be claimed in the store. */
interface Unclaimed {
  ends_at: string;
  failed: Moment;
  isHeld: boolean;
  pause: { since: Moment; ms: number } | null;
}

/**
 * Leases that this process claims in its memory if they cannot be claimed in the store (a read-only file system, a folder of
 * another user), so that pods are still stopped in time. Processes take turns, and each reads the pod before it sends a stop.
 * `turn`: how many other processes come first.
 */
export function withLocalClaims(leases: LeaseItems, clock: Clock, turn: () => Promise<number>): LeaseItems {
  const unclaimed = new Map<string, Unclaimed>();
  const known = (lease: StoredLease): Unclaimed | undefined => {
    const found = unclaimed.get(lease.ref);
    return found?.ends_at === lease.ends_at ? found : undefined;
  };
  const isWaiting = (lease: StoredLease): boolean => {
    const { isHeld, pause } = known(lease) ?? { isHeld: false, pause: null };
    return isHeld || (pause !== null && elapsed(clock, pause.since) < pause.ms);
  };
  /** Gives back a lease that was claimed here; false if it was not. */
  const giveBack = (lease: StoredLease, ms: number): boolean => {
    const found = known(lease);
    if (found?.isHeld !== true) return false;
    found.isHeld = false;
    found.pause = { since: momentOf(clock), ms };
    return true;
  };
  return {
    ...leases,
    due: async () => (await leases.due()).filter((lease) => !isWaiting(lease)),
    async claim(lease) {
      try {
        const isClaimed = await leases.claim(lease);
        if (isClaimed) unclaimed.delete(lease.ref);
        return isClaimed;
      } catch {
        const { ends_at } = lease;
        const found = known(lease) ?? { ends_at, failed: momentOf(clock), isHeld: false, pause: null };
        unclaimed.set(lease.ref, found);
        if (found.isHeld || elapsed(clock, found.failed) < (await turn()) * TURN_MS) return false;
        found.isHeld = true;
        return true;
      }
    },
    async isHeld(lease) {
      if (known(lease)?.isHeld !== true) return leases.isHeld(lease);
      const { ref, ends_at } = lease;
      return (await leases.all()).some((present) => present.ref === ref && present.ends_at === ends_at);
    },
    async end(lease) {
      if (!giveBack(lease, AGAIN_MS)) await leases.end(lease);
    },
    async giveBack(lease, pause_ms) {
      if (!giveBack(lease, pause_ms)) await leases.giveBack(lease, pause_ms);
    },
  };
}
