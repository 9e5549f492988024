import { describe, expect, it } from 'vitest';
import { createMemoryState, createMemoryStore } from '../../src/store/memory.ts';
import type { Budget } from '../../src/store/port.ts';
import { createSharedBudget } from '../../src/store/shared-budget.ts';
import { testClock } from './clock.ts';
import { HOUR, MINUTE } from './contract/bed.ts';

const READ = { limit: 950, poll_limit: null };
const WRITE = { limit: 1000, poll_limit: null };
const POLL = { limit: 950, poll_limit: 500 };

/** Three processes on one store, and how often that was asked. */
function three(block: number) {
  const state = createMemoryState();
  const { clock, advance } = testClock();
  const asked = { times: 0 };
  const watched = (budget: Budget): Budget => ({
    ...budget,
    draw: (...given) => {
      asked.times += 1;
      return budget.draw(...given);
    },
  });
  const budgets = [1, 2, 3].map(() => {
    const { budget } = createMemoryStore({ state, clock });
    return createSharedBudget(watched(budget), 'k', block, clock.mono);
  });
  const count = async (ask: typeof READ | typeof POLL, tries: number) => {
    let granted = 0;
    for (let n = 0; n < tries; n += 1) {
      const answer = await budgets[n % 3]?.take(ask);
      if (answer?.granted === true) granted += 1;
    }
    return granted;
  };
  return { budgets, count, advance, asked };
}

describe.each([1, 20])('the hourly requests of a key over processes that draw %i at a time', (block) => {
  it('are never more than the allowance; reads leave the rest for writes, and a new hour begins anew', async () => {
    const { count, advance } = three(block);
    const reads = await count(READ, 1200);
    expect(reads).toBeLessThanOrEqual(950);
    expect(reads).toBeGreaterThan(930);
    const writes = await count(WRITE, 300);
    expect(reads + writes).toBeLessThanOrEqual(1000);
    expect(writes).toBeGreaterThanOrEqual(50 - 2);
    advance(HOUR);
    expect(await count(READ, 30)).toBe(30);
  });

  it('let pollers have half', async () => {
    const { count } = three(block);
    const polls = await count(POLL, 900);
    expect(polls).toBeLessThanOrEqual(500);
    expect(polls).toBeGreaterThan(460);
    expect(await count(READ, 300)).toBe(300);
  });

  it('tell every process that the cloud wants to be left alone, and give back what was not sent', async () => {
    const { budgets, advance } = three(block);
    const [one, two] = budgets;
    await one?.take(READ);
    await one?.giveBack(READ);
    expect((await one?.take(READ))?.window.used).toBe(1);
    await one?.pause?.(MINUTE);
    expect((await two?.take(READ))?.window.paused_ms).toBe(MINUTE);
    advance(MINUTE);
    expect((await two?.take(READ))?.window.paused_ms).toBeUndefined();
    await one?.pause?.(MINUTE);
    advance(1000);
    expect((await two?.take(READ))?.window.paused_ms).toBe(MINUTE - 1000);
  });
});

it('twenty at a time, the store is asked for every twentieth request', async () => {
  const { count, asked } = three(20);
  await count(READ, 600);
  expect(asked.times).toBeLessThanOrEqual(31);
});

it('a pause that the store missed is told when it is back, and what a fault cut short is not counted', async () => {
  const { clock, advance } = testClock();
  const { budget } = createMemoryStore({ clock });
  let isAway = true;
  const unlessAway =
    <A extends unknown[], T>(act: (key: string, ...rest: A) => Promise<T>) =>
    async (key: string, ...rest: A) => {
      if (isAway || (isPollAway && key.endsWith('polls'))) throw new Error('away');
      return act(key, ...rest);
    };
  let isPollAway = true;
  const open = (block: number) =>
    createSharedBudget(
      { draw: unlessAway(budget.draw), close: unlessAway(budget.close) },
      'k',
      block,
      clock.mono,
    );
  const [one, two] = [open(20), open(20)];
  await expect(one.pause?.(MINUTE)).rejects.toThrow('away');
  isAway = false;
  advance(10_000);
  await expect(one.take(POLL)).rejects.toThrow('away');
  expect((await two.take(READ)).window.paused_ms).toBe(MINUTE - 10_000);
  isPollAway = false;
  advance(10_000);
  expect((await one.take(READ)).window.used).toBe(1 + 20);
});

it('a store that fails is left alone for ten seconds, in which each process counts for itself', async () => {
  const { clock, advance } = testClock();
  let asked = 0;
  const away = async () => {
    asked += 1;
    throw new Error('away');
  };
  const budget = createSharedBudget({ draw: away, close: away }, 'k', 1, clock.mono);
  for (let n = 0; n < 5; n += 1) await expect(budget.take(READ)).rejects.toThrow();
  expect(asked).toBe(1);
  advance(10_000);
  await expect(budget.take(READ)).rejects.toThrow();
  expect(asked).toBe(2);
});
