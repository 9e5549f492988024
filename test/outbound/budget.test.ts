import { describe, expect, it } from 'vitest';
import type { BudgetAsk, BudgetStore } from '../../src/core/budget.ts';
import { createBudget } from '../../src/outbound/budget.ts';
import { TransportFailure } from '../../src/outbound/errors.ts';
import { call, createLocalBudget, fakeDeps, rejection, reply, scripted, write } from './fixtures.ts';

const HOUR = 3_600_000;
const poll = () => call({ io: { signal: new AbortController().signal, purpose: 'poll' } });

const setUp = (perHour: number | null, ...script: Parameters<typeof scripted>) => {
  const clock = fakeDeps();
  const budget = createBudget({ perHour, store: createLocalBudget(clock.deps.monotonic), ...clock.deps });
  const next = scripted(...(script.length === 0 ? [reply(200)] : script));
  return { ...clock, budget, next, send: budget.layer(next.send) };
};

const times = async (count: number, run: () => Promise<unknown>) => {
  for (let i = 0; i < count; i += 1) await run();
};

describe('the hourly budget', () => {
  it('keeps the last twentieth for writes', async () => {
    const { send, next, budget } = setUp(100);
    await times(95, () => send(call()));
    const error = await rejection(send(call()));
    expect(error).toMatchObject({
      code: 'rate_limited',
      retryAfterSeconds: 3600,
      cloud: 'volt',
      retryable: true,
    });
    await times(5, () => send(write()));
    expect(await rejection(send(write()))).toMatchObject({ code: 'rate_limited' });
    expect(next.calls).toHaveLength(100);
    expect(budget.state()).toMatchObject({ limit: 100, used: 100, remaining: 0 });
  });

  it('lets what a write depends on be read from that twentieth, also while the cloud limits other reads', async () => {
    const { send, next } = setUp(100);
    const gate = () => call({ io: { signal: new AbortController().signal, purpose: 'gate' } });
    await times(95, () => send(call()));
    expect(await rejection(send(call()))).toMatchObject({ code: 'rate_limited' });
    await times(5, () => send(gate()));
    expect(await rejection(send(gate()))).toMatchObject({ code: 'rate_limited' });
    expect(next.calls).toHaveLength(100);
    const blocked = setUp(100, reply(429, null, { 'retry-after': '600' }), reply(200));
    await blocked.send(call());
    expect(await rejection(blocked.send(call()))).toMatchObject({ code: 'rate_limited' });
    expect(await blocked.send(gate())).toMatchObject({ status: 200 });
  });

  it('lets polls use at most half of it', async () => {
    const { send, next } = setUp(10);
    await times(5, () => send(poll()));
    expect(await rejection(send(poll()))).toMatchObject({ code: 'rate_limited' });
    await send(call());
    expect(next.calls).toHaveLength(6);
  });

  it('leaves polls their own share, and at most half of the requests that other reads left', async () => {
    const { send, budget, advance } = setUp(
      100,
      ...Array.from({ length: 71 }, () => reply(200)),
      reply(429, null, { 'retry-after': '60' }),
    );
    await times(20, () => send(poll()));
    expect(budget.state()).toMatchObject({ polls_remaining: 30, ends_in_ms: HOUR });
    await times(51, () => send(call()));
    advance(1000);
    expect(budget.state()).toMatchObject({ polls_remaining: 12, ends_in_ms: HOUR - 1000 });
    await send(call());
    expect(budget.state()).toMatchObject({ polls_remaining: 0, ends_in_ms: 60_000 });
  });

  it('begins again an hour after its first request', async () => {
    const { send, next, advance, budget } = setUp(10);
    advance(5 * HOUR);
    await send(call());
    expect(budget.state()?.resets_at).toBe('2026-01-01T06:00:00.000Z');
    await times(8, () => send(call()));
    advance(HOUR - 1500);
    expect(await rejection(send(call()))).toMatchObject({ retryAfterSeconds: 2 });
    advance(1500);
    expect(budget.state()).toMatchObject({ used: 0, remaining: 10 });
    await send(call());
    expect(next.calls).toHaveLength(10);
  });

  it('counts replies of every status, and failures after sending', async () => {
    const { send, budget } = setUp(10, reply(500), reply(429), new TransportFailure('network', true));
    await send(call());
    await send(call());
    await rejection(send(call()));
    expect(budget.state()?.used).toBe(3);
  });

  it('does not count what was never sent', async () => {
    const { send, budget } = setUp(10, new TransportFailure('network', false));
    await rejection(send(call()));
    await times(20, () => rejection(send(poll())));
    expect(budget.state()).toMatchObject({ used: 0, remaining: 10 });
  });
});

describe('a 429 of the cloud', () => {
  it('closes the window for reads until its Retry-After, not for writes', async () => {
    const { send, next, advance, budget } = setUp(
      1000,
      reply(429, null, { 'retry-after': '90' }),
      reply(200),
    );
    await send(call());
    expect(budget.state()).toMatchObject({
      limit: 1000,
      used: 1,
      remaining: 0,
      resets_at: '2026-01-01T00:01:30.000Z',
    });
    advance(30_000);
    expect(await rejection(send(call()))).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 60 });
    expect(await rejection(send(poll()))).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 60 });
    expect((await send(write())).status).toBe(200);
    advance(59_990);
    expect((await send(call())).status).toBe(200);
    expect(next.calls).toHaveLength(3);
  });

  it('without a usable Retry-After closes nothing', async () => {
    const { send } = setUp(1000, reply(429, null, { 'retry-after': 'abc' }), reply(200));
    await send(call());
    expect((await send(call())).status).toBe(200);
  });
});

describe('no documented budget', () => {
  it('counts nothing and refuses nothing', async () => {
    const { send, next, budget } = setUp(null, reply(429, null, { 'retry-after': '90' }));
    await times(30, () => send(poll()));
    expect(next.calls).toHaveLength(30);
    expect(budget.state()).toBeNull();
  });
});

describe('before the first request', () => {
  it('all of the budget is there', () => {
    expect(setUp(1000).budget.state()).toEqual({
      limit: 1000,
      used: 0,
      remaining: 1000,
      resets_at: '2026-01-01T01:00:00.000Z',
      polls_remaining: 475,
      ends_in_ms: HOUR,
    });
  });
});

describe('a clock that is put forward or back', () => {
  it.each([-86_400_000, 86_400_000])('by %i ms neither lengthens nor shortens the hour', async (ms) => {
    const { send, next, advance, jump } = setUp(10);
    await times(9, () => send(call()));
    jump(ms);
    expect(await rejection(send(call()))).toMatchObject({ retryAfterSeconds: 3600 });
    advance(HOUR);
    await send(call());
    expect(next.calls).toHaveLength(10);
  });

  it.each([-86_400_000, 86_400_000])('by %i ms leaves the wait that a cloud asked for', async (ms) => {
    const { send, advance, jump } = setUp(1000, reply(429, null, { 'retry-after': '90' }), reply(200));
    await send(call());
    jump(ms);
    expect(await rejection(send(call()))).toMatchObject({ retryAfterSeconds: 90 });
    advance(90_000);
    expect((await send(call())).status).toBe(200);
  });

  it('does not matter for a date to wait for: it counts from the date of the reply', async () => {
    const limited = reply(429, null, {
      date: 'Thu, 01 Jan 2026 00:00:00 GMT',
      'retry-after': 'Thu, 01 Jan 2026 00:00:10 GMT',
    });
    const { send, jump } = setUp(1000, limited, reply(200));
    jump(-86_400_000);
    await send(call());
    expect(await rejection(send(call()))).toMatchObject({ retryAfterSeconds: 10 });
  });
});

describe('a budget that several processes share', () => {
  const sharing = (store: BudgetStore) => {
    const clock = fakeDeps();
    const budget = createBudget({ perHour: 100, store, ...clock.deps });
    const next = scripted(reply(200));
    return { ...clock, budget, next, send: budget.layer(next.send) };
  };

  it('holds over all of them', async () => {
    const store = createLocalBudget(() => 0);
    const processes = [sharing(store), sharing(store)] as const;
    for (let turn = 0; turn < 95; turn += 1) await processes[turn % 2 === 0 ? 0 : 1].send(call());
    for (const { send } of processes) {
      expect(await rejection(send(call()))).toMatchObject({ code: 'rate_limited' });
    }
    await times(5, () => processes[1].send(write()));
    expect(processes[1].budget.state()).toMatchObject({ used: 100, remaining: 0 });
    expect(processes[0].next.calls.length + processes[1].next.calls.length).toBe(100);
  });

  it('asks for the share of the caller, and takes back what was never sent', async () => {
    const asked: BudgetAsk[] = [];
    const given: BudgetAsk[] = [];
    const store: BudgetStore = {
      take: async (ask) => {
        asked.push(ask);
        return { granted: true, window: { used: 1, polls: 0, ends_in_ms: 1000 } };
      },
      pause: async () => {},
      giveBack: async (ask) => {
        given.push(ask);
      },
    };
    const { budget } = sharing(store);
    const failing = budget.layer(scripted(new TransportFailure('network', false)).send);
    for (const one of [call(), poll(), write()]) await rejection(failing(one));
    expect(asked).toEqual([
      { limit: 95, poll_limit: null },
      { limit: 95, poll_limit: 50 },
      { limit: 100, poll_limit: null },
    ]);
    expect(given).toEqual(asked);
  });
});
