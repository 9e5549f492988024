import { readFileSync } from 'node:fs';
import type { Moment } from '../core/moment.ts';

/** The two clocks of a process, in milliseconds. `mono` never jumps and counts from the start of the computer `boot`. */
export interface Clock {
  boot: string;
  wall: () => number;
  mono: () => number;
}

/** The boot id of Linux. Elsewhere a word of this process, so that processes compare only wall clocks. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return `process-${process.pid}-${performance.timeOrigin}`;
  }
}

/** The clocks of this computer; `process.hrtime` is the same for all of its processes. */
export const systemClock = (): Clock => ({
  boot: bootId(),
  wall: () => Date.now(),
  mono: () => Number(process.hrtime.bigint() / 1_000_000n),
});

/** The present moment of a clock. */
export const momentOf = ({ boot, mono, wall }: Clock): Moment => ({ boot, mono: mono(), wall: wall() });

/** Time since a moment, milliseconds, for pauses, windows and reservations: monotonic; after a restart by the wall clock. */
export const elapsed = (clock: Clock, since: Moment): number =>
  since.boot === clock.boot ? clock.mono() - since.mono : clock.wall() - since.wall;

/** Max time since a moment by either clock, milliseconds, for consents and leases. */
export const elapsedAtMost = (clock: Clock, since: Moment): number =>
  Math.max(elapsed(clock, since), clock.wall() - since.wall);

/** True if `a` was before `b`. */
export const isBefore = (a: Moment, b: Moment): boolean =>
  a.boot === b.boot ? a.mono < b.mono : a.wall < b.wall;
