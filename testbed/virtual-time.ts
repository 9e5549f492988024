import { setImmediate as turn } from 'node:timers/promises';
import type { Schedule } from '../src/core/live.ts';

/** Time that moves only if a test moves it, or somebody waits in a call. */
export interface VirtualTime {
  schedule: Schedule;
  /** Moves ahead by seconds, firing each timer at its time and letting each poll end before time goes on. */
  advance(seconds: number): Promise<void>;
  /** How many timers are set. */
  pending(): number;
}

interface Clock {
  now(): number;
  advance(seconds: number): void;
}

interface Timer {
  due: number;
  run: () => void;
  keepsAlive: boolean;
}

/**
 * Timers on a stopped clock. While a timer that keeps the process alive is set (a call waits), time jumps
 * from timer to timer by itself; the poller's own timers wait for `advance`. `settle` resolves when no work is under way.
 */
export function createVirtualTime(clock: Clock, settle: () => Promise<void>): VirtualTime {
  const timers = new Set<Timer>();
  let pumping = false;
  let scheduled = 0;

  const quiet = async () => {
    for (let round = 0, seen = scheduled; round < 3; round = seen === scheduled ? round + 1 : 0) {
      seen = scheduled;
      await settle();
      await turn();
    }
  };
  const next = (until: number): Timer | undefined =>
    [...timers].filter(({ due }) => due <= until).sort((a, b) => a.due - b.due)[0];
  const fire = (timer: Timer) => {
    timers.delete(timer);
    if (timer.due > clock.now()) clock.advance((timer.due - clock.now()) / 1000);
    timer.run();
  };
  const isAwaited = () => [...timers].some(({ keepsAlive }) => keepsAlive);

  const pump = async () => {
    if (pumping) return;
    pumping = true;
    try {
      for (;;) {
        await quiet();
        const timer = isAwaited() ? next(Number.POSITIVE_INFINITY) : undefined;
        if (timer === undefined) break;
        fire(timer);
      }
    } finally {
      pumping = false;
    }
  };

  return {
    schedule(ms, run, keepsAlive = false) {
      scheduled += 1;
      const timer = { due: clock.now() + Math.max(0, ms), run, keepsAlive };
      timers.add(timer);
      if (keepsAlive) void pump();
      return () => timers.delete(timer);
    },
    async advance(seconds) {
      const until = clock.now() + seconds * 1000;
      await quiet();
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        fire(timer);
        await quiet();
      }
      if (until > clock.now()) clock.advance((until - clock.now()) / 1000);
      await quiet();
    },
    pending: () => timers.size,
  };
}
