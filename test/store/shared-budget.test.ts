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
function three(block: number, sharers?: number) {
  const state = createMemoryState();
  const { clock, advance } = testClock();
  const asked = { times: 0 };
  const store = { isUnreachable: false };
  const watched = (budget: Budget): Budget => ({
    ...budget,
    draw: async (...given) => {
      asked.times += 1;
      if (store.isUnreachable) throw new Error('unreachable');
      return { ...(await budget.draw(...given)), ...(sharers !== undefined && { sharers }) };
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
  return { budgets, count, advance, asked, store };
}

describe.each([1, 20])('the hourly requests of a key over processes that draw %i at a time', (block) => {
  it('are never more than the allowance; reads leave the rest for writes, and each hour begins at zero', async () => {
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

  it('pause every process when the cloud asks for a pause, and give back what was not sent', async () => {
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

it('twenty at a time, the store is soon asked for every twentieth request only', async () => {
  const { count, asked } = three(20);
  await count(READ, 600);
  expect(asked.times).toBeLessThanOrEqual(3 * 15);
  const before = asked.times;
  await count(READ, 240);
  expect(asked.times - before).toBeLessThanOrEqual(3 * 5);
});

it('a process that sends few requests takes few: 200 commands of a shell in one hour', async () => {
  const { clock } = testClock();
  const state = createMemoryState();
  for (let command = 0; command < 200; command += 1) {
    const { budget } = createMemoryStore({ state, clock });
    const own = createSharedBudget(budget, 'k', 20, clock.mono);
    for (let request = 0; request < 3; request += 1) expect((await own.take(READ)).granted).toBe(true);
  }
});

describe.each([1, 20])('while the store is unreachable, of processes that draw %i at a time', (block) => {
  it('each uses its share of what is left, so that all stay below the limits, and reports it afterwards', async () => {
    const { budgets, count, advance, store } = three(block, 3);
    // A process does not know how much the others drew since its last request to the store.
    const ahead = 2 * (block - 1);
    const before = await count(READ, 350);
    store.isUnreachable = true;
    const away = await count(READ, 1500);
    expect(away).toBeGreaterThan(500);
    expect(before + away).toBeLessThanOrEqual(950 + ahead);
    const writes = await count(WRITE, 300);
    expect(writes).toBeGreaterThan(0);
    expect(before + away + writes).toBeLessThanOrEqual(1000 + ahead);
    const [one] = budgets;
    expect(await one?.take(READ)).toMatchObject({ granted: false, window: { ends_in_ms: HOUR } });
    store.isUnreachable = false;
    advance(10_000);
    await count(READ, 3);
    advance(1000);
    const after = await one?.take(READ);
    expect(after?.window.used).toBeGreaterThan(900);
    advance(HOUR);
    expect(await count(READ, 30)).toBe(30);
  });

  it('each uses a quarter while the number of processes is unknown, half of it for polls, and a new one each hour', async () => {
    const { count, advance, store } = three(block);
    store.isUnreachable = true;
    expect(await count(POLL, 900)).toBe(3 * 125);
    expect(await count(READ, 900)).toBe(3 * (237 - 125));
    advance(HOUR);
    expect(await count(READ, 900)).toBe(3 * 237);
  });

  it('a request that was not sent is given back, and a pause of the cloud holds', async () => {
    const { budgets, store } = three(block);
    store.isUnreachable = true;
    const [one] = budgets;
    for (let n = 0; n < 300; n += 1) {
      await one?.take(POLL);
      await one?.giveBack(POLL);
    }
    expect(await one?.take(POLL)).toMatchObject({ granted: true, window: { polls: 1 } });
    await one?.pause?.(MINUTE);
    expect((await one?.take(READ))?.window.paused_ms).toBe(MINUTE);
  });
});

it('a pause that the store missed is recorded when it is back, and a request that a fault cut short is not counted', async () => {
  const { clock, advance } = testClock();
  const { budget } = createMemoryStore({ clock });
  let isUnreachable = true;
  const unlessUnreachable =
    <A extends unknown[], T>(act: (key: string, ...rest: A) => Promise<T>) =>
    async (key: string, ...rest: A) => {
      if (isUnreachable || (isPollUnreachable && key.endsWith('polls'))) throw new Error('unreachable');
      return act(key, ...rest);
    };
  let isPollUnreachable = true;
  const open = (block: number) =>
    createSharedBudget(
      { draw: unlessUnreachable(budget.draw), close: unlessUnreachable(budget.close) },
      'k',
      block,
      clock.mono,
    );
  const [one, two] = [open(20), open(20)];
  await one.pause?.(MINUTE);
  isUnreachable = false;
  advance(10_000);
  expect((await one.take(POLL)).granted).toBe(true);
  expect((await two.take(READ)).window.paused_ms).toBe(MINUTE - 10_000);
  isPollUnreachable = false;
  advance(10_000);
  expect((await one.take(READ)).window.used).toBe(2 + 1);
});

it('requests sent while the store was away are counted once, however many calls come when it is back', async () => {
  const { clock, advance } = testClock();
  const { budget } = createMemoryStore({ clock });
  let isUnreachable = true;
  const draw: typeof budget.draw = async (...given) => {
    if (isUnreachable) throw new Error('unreachable');
    return budget.draw(...given);
  };
  const shared = createSharedBudget({ ...budget, draw }, 'k', 1, clock.mono);
  for (let n = 0; n < 50; n += 1) await shared.take(READ);
  isUnreachable = false;
  advance(10_000);
  await Promise.all(Array.from({ length: 8 }, () => shared.take(READ)));
  expect((await budget.draw('k', 0, 1000, HOUR)).used).toBe(50 + 8);
});

it('a store that fails is left alone for ten seconds, in which each process uses its share', async () => {
  const { clock, advance } = testClock();
  let asked = 0;
  const away = async () => {
    asked += 1;
    throw new Error('unreachable');
  };
  const budget = createSharedBudget({ draw: away, close: away }, 'k', 1, clock.mono);
  for (let n = 0; n < 5; n += 1) expect((await budget.take(READ)).granted).toBe(true);
  expect(asked).toBe(1);
  advance(10_000);
  await budget.take(READ);
  expect(asked).toBe(2);
});
