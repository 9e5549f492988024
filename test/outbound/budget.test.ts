import { describe, expect, it } from 'vitest';
import { createBudget } from '../../src/outbound/budget.ts';
import { TransportFailure } from '../../src/outbound/failure.ts';
import { call, fakeDeps, rejection, reply, scripted, write } from './fixtures.ts';

const HOUR = 3_600_000;
const poll = () => call({ io: { signal: new AbortController().signal, purpose: 'poll' } });

const setUp = (perHour: number | null, ...script: Parameters<typeof scripted>) => {
  const clock = fakeDeps();
  const budget = createBudget(perHour, clock.deps.now);
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

  it('begins anew an hour after its first request', async () => {
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
    expect(budget.state()).toEqual({
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
    });
  });
});
