import type { Fleet } from '../core/fleet.ts';

/** What one action in flight may add to the fleet before any list shows it. */
export interface Reservation {
  /** The action took effect (or may have): count it until a list shows `ref` burning, at most 15 minutes. */
  keep(ref: string | null): void;
  /** The action did not take effect: stop counting it. */
  release(): void;
}

export interface Reservations {
  add(usdPerHour: number, pods: number): Reservation;
  /** The fleet with everything that is reserved and not yet visible in it. */
  onto(fleet: Fleet): Fleet;
  /** The pod was stopped or deleted: nothing is reserved for it any more. */
  forget(ref: string): void;
}

const KEEP_MS = 15 * 60 * 1000;

interface Entry {
  usdPerHour: number;
  pods: number;
  ref: string | null;
  expires: number;
}

/** Reservations in memory; `now` in milliseconds. */
export function createReservations(now: () => number): Reservations {
  const entries = new Set<Entry>();
  return {
    add(usdPerHour, pods) {
      const entry: Entry = { usdPerHour, pods, ref: null, expires: Number.POSITIVE_INFINITY };
      entries.add(entry);
      return {
        keep(ref) {
          entry.ref = ref;
          entry.expires = now() + KEEP_MS;
        },
        release: () => entries.delete(entry),
      };
    },
    onto(fleet) {
      const burning = new Set(
        fleet.pods.filter(({ rate }) => (rate.usd_per_hour_max ?? 1) > 0).map(({ pod }) => pod.ref),
      );
      const listed = new Set(fleet.pods.map(({ pod }) => pod.ref));
      const reserved = { ...fleet.reserved };
      for (const entry of entries) {
        if (entry.expires <= now() || (entry.ref !== null && burning.has(entry.ref))) {
          entries.delete(entry);
          continue;
        }
        reserved.usd_per_hour += entry.usdPerHour;
        if (entry.ref === null || !listed.has(entry.ref)) reserved.pods += entry.pods;
      }
      return { ...fleet, reserved };
    },
    forget(ref) {
      for (const entry of entries) if (entry.ref === ref) entries.delete(entry);
    },
  };
}
