import type { Clock } from '../../src/store/clock.ts';

/** Both clocks of a computer, moved by the test alone. */
export function testClock(start = Date.UTC(2026, 2, 28, 12)) {
  let [wall, mono] = [start, 1_000_000];
  const clock: Clock = { boot: 'boot-1', wall: () => wall, mono: () => mono };
  return {
    clock,
    now: () => wall,
    advance: (ms: number) => {
      wall += ms;
      mono += ms;
    },
    jump: (ms: number) => {
      wall += ms;
    },
  };
}
