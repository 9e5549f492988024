import { performance } from 'node:perf_hooks';

/** Beyond the year 9999 an ISO time has another form. */
const END = Date.UTC(9999, 11, 31, 23, 59, 59);

/** The sandbox's own time. Real time passes `speed` times as fast; `advance` jumps. All times are milliseconds since 1970. */
export interface Clock {
  now(): number;
  /** Jumps ahead by sandbox seconds, then brings every life cycle up to date. */
  advance(seconds: number): void;
  /** Sandbox seconds per real second; 0 freezes the clock. */
  setSpeed(speed: number): void;
  speed(): number;
  /** Sets the time and the speed. */
  restart(start: number, speed: number): void;
}

/**
 * Creates a clock; `afterJump` runs after each jump. It stops at the end of the year 9999. Throws RangeError on a negative
 * or non-finite argument, and on a jump beyond that end.
 */
export function createClock(start: number, speed: number, afterJump: () => void): Clock {
  let base = start;
  let rate = nonNegative('speed', speed);
  let read = performance.now();
  const now = () => Math.min(END, Math.floor(base + (performance.now() - read) * rate));
  const rebase = (time: number) => {
    base = time;
    read = performance.now();
  };
  return {
    now,
    speed: () => rate,
    advance(seconds) {
      const time = now() + nonNegative('seconds', seconds) * 1000;
      if (time > END) throw new RangeError('the clock ends with the year 9999');
      rebase(time);
      afterJump();
    },
    setSpeed(next) {
      nonNegative('speed', next);
      rebase(now());
      rate = next;
    },
    restart(time, next) {
      rate = nonNegative('speed', next);
      rebase(time);
    },
  };
}

function nonNegative(name: string, value: number): number {
  if (!Number.isFinite(value) || value < 0) throw new RangeError(`${name} must be a number of at least 0`);
  return value;
}

/** ISO 8601 UTC with second precision, as in every Volt example. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

let newYork: Intl.DateTimeFormat | undefined;

// Made at the first use: loading the time zone data takes a twentieth of a second of every start.
function inNewYork(): Intl.DateTimeFormat {
  newYork ??= new Intl.DateTimeFormat('en-CA', {
    timeZone: 'America/New_York',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return newYork;
}

/** "EST 2024-11-04 10:11:50": New York wall clock under the name EST all year, as Nebula prints its times. */
export function newYorkTime(ms: number): string {
  const part = Object.fromEntries(
    inNewYork()
      .formatToParts(ms)
      .map((piece) => [piece.type, piece.value]),
  );
  return `EST ${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second}`;
}

/** A state and the state that follows by itself. Times are milliseconds of the sandbox clock. */
export interface Phase {
  raw: string;
  since: number;
  next: { raw: string; at: number } | null;
}

/** The state that follows each raw state, and after how many seconds; a state that is not a key stays. */
export type PhaseTable = Record<string, { raw: string; after: number }>;

/** The phase that begins at `since` in state `raw`. */
export function enter(raw: string, since: number, table: PhaseTable): Phase {
  const next = Object.hasOwn(table, raw) ? table[raw] : undefined;
  return { raw, since, next: next ? { raw: next.raw, at: since + next.after * 1000 } : null };
}

/**
 * Runs all transitions due by `now`, each at its exact time. `change` is called once per transition and
 * returns the phase it leads to.
 */
export function play(phase: Phase, now: number, change: (raw: string, at: number) => Phase): Phase {
  let current = phase;
  while (current.next !== null && current.next.at <= now) current = change(current.next.raw, current.next.at);
  return current;
}
