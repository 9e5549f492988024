import { describe, expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import type { GateCall, GateOutcome } from '../../src/gate/deps.ts';
import { SAYS } from '../../src/gate/messages.ts';
import { keyOf } from '../../src/gate/tickets.ts';
import { createMemoryState, createMemoryStore } from '../../src/store/memory.ts';
import type { Tickets } from '../../src/store/port.ts';
import { byToken, gateBench, YES } from './bench.ts';
import { NOON, planned } from './fixtures.ts';

const MINUTE = 60_000;

const codeOf = (outcome: GateOutcome): string =>
  outcome.kind === 'refused' ? outcome.error.code : outcome.kind;

/** The tickets as they are once the process that took one was killed. */
const orphaning = (tickets: Tickets): Tickets => ({
  ...tickets,
  find: async (key) => {
    const found = await tickets.find(key);
    return found === null ? null : { ...found, is_orphaned: found.state === 'taken' };
  },
});

describe('a ticket that was used', () => {
  it('is remembered for ten minutes', async () => {
    const { handedOut, step, advance, seen } = gateBench();
    const { token } = await handedOut();
    await step(byToken(token));
    advance(9 * MINUTE);
    expect(codeOf(await step(byToken(token)))).toBe('done');
    advance(2 * MINUTE);
    expect(codeOf(await step(byToken(token)))).toBe('confirmation_invalid');
    expect(seen.filter((what) => what === 'run')).toHaveLength(1);
  });

  it('acts once over two servers if its question is repeated without an answer at any moment of the yes', async () => {
    for (let moment = -20; moment <= 20; moment += 1) {
      const state = createMemoryState();
      const clock = { boot: 'boot', wall: () => NOON, mono: () => NOON };
      let runs = 0;
      const seconds: Promise<GateOutcome>[] = [];
      const run = async () => {
        runs += 1;
        if (runs === 1) seconds.push(there.step(yes));
        await new Promise((resolve) => setImmediate(resolve));
        return { done: { ref: 'volt:pod:new' }, ref: 'volt:pod:new' };
      };
      const server = () =>
        gateBench({ reply: YES, call: { run }, deps: { store: createMemoryStore({ state, clock }) } });
      const [here, there] = [server(), server()];
      const asked = await here.step();
      if (asked.kind !== 'ask') throw new Error('expected a question');
      const { ticket } = asked;
      const yes = { kind: 'typed', text: '0.39', after_ms: 2000, ticket } as const;
      const later = async <T>(turns: number, act: () => Promise<T>): Promise<T> => {
        for (let n = 0; n < turns; n += 1) await Promise.resolve();
        return act();
      };
      const [first] = await Promise.all([
        later(-moment, () => here.step(yes)),
        later(moment, () => there.step({ kind: 'unanswered', ticket })),
      ]);
      expect(first.kind, `${moment} turns`).toBe('done');
      for (const second of seconds) expect((await second).kind).toMatch(/^(done|working)$/);
      expect(codeOf(await there.step(yes))).toBe('done');
      expect(runs).toBe(1);
    }
  });

  it('returns the outcome also after the client gave up', async () => {
    let finish = () => {};
    const sent = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const { handedOut, step } = gateBench({
      call: { run: () => sent.then(() => ({ done: { ref: 'volt:pod:new' }, ref: 'volt:pod:new' })) },
    });
    const { token } = await handedOut();
    const first = step(byToken(token));
    let reports = 0;
    const again = await step(byToken(token), {
      progress: () => {
        reports += 1;
        if (reports === 3) finish();
      },
    });
    expect(again).toMatchObject({ kind: 'done', ref: 'volt:pod:new' });
    expect(again).toHaveProperty('repeated_at');
    expect(await first).toMatchObject({ kind: 'done' });
    expect(reports).toBeLessThan(50);
  });

  it('says after 50 s that it is still under way', async () => {
    const { handedOut, step, gate } = gateBench({ call: { run: () => new Promise(() => {}) } });
    const { token } = await handedOut();
    void step(byToken(token));
    const before = gate.now().getTime();
    expect(await step(byToken(token))).toMatchObject({ kind: 'working', plan: planned().plan });
    expect(gate.now().getTime() - before).toBe(50_000);
  });

  it('says that a new plan is needed when provably nothing was sent', async () => {
    const run = () => Promise.reject(new GpuError('insufficient_funds', 'no money'));
    let reads = 0;
    const plan = async () => {
      reads += 1;
      if (reads === 2) throw new GpuError('upstream_unavailable', 'down');
      return planned();
    };
    const { handedOut, step, seen } = gateBench({ call: { run, plan } });
    const { token } = await handedOut();
    expect(codeOf(await step(byToken(token)))).toBe('upstream_unavailable');
    const again = await step(byToken(token));
    expect(again).toMatchObject({
      kind: 'refused',
      error: {
        code: 'upstream_unavailable',
        hint: SAYS.fresh_plan,
        retryable: false,
      },
    });
    expect(seen).toEqual([]);
  });

  it('stays unknown when its outcome is unknown', async () => {
    const run = () => Promise.reject(new GpuError('outcome_unknown', 'lost', { candidates: ['volt:pod:x'] }));
    const { handedOut, step, seen } = gateBench({ call: { run } });
    const { token } = await handedOut();
    expect(codeOf(await step(byToken(token)))).toBe('outcome_unknown');
    const again = await step(byToken(token));
    expect(again).toMatchObject({ error: { code: 'outcome_unknown', candidates: ['volt:pod:x'] } });
    expect(seen).toEqual(['open create_pod', 'keep open']);
  });

  it('of a process that was killed in the middle of a plan names the things that are done, failed and open', async () => {
    const [ended, failed, open] = ['volt:pod:a', 'volt:pod:b', 'volt:pod:c'];
    const refs = [ended, failed, open];
    const thing = (ref: string) => {
      const part = planned({ ref, adds: { usd_per_hour: 0, pods: 0 } });
      return { ...part, plan: { ...part.plan, ref } };
    };
    let die = (_error: GpuError) => {};
    const died = new Promise<never>((_resolve, reject) => {
      die = reject;
    });
    const sent: string[] = [];
    const run: GateCall['run'] = async (_permit, part) => {
      const ref = part?.plan.ref ?? '';
      sent.push(ref);
      if (ref === failed) throw new GpuError('forbidden', 'no');
      if (ref === ended) return { done: {}, ref };
      return died;
    };
    const { handedOut, step, gate } = gateBench({
      plans: [{ ...planned(), parts: refs.map(thing) }],
      call: { tool: 'stop_spending', effect: 'destroy', input: {}, name: null, run, combine: () => ({}) },
    });
    const { token } = await handedOut();
    const { orders, tickets } = gate.store;
    const first = step(byToken(token));
    await expect
      .poll(async () => (await orders.ofTicket(keyOf(token))).map(({ state }) => state).toSorted())
      .toEqual(['closed', 'closed', 'open']);
    gate.store = { ...gate.store, tickets: orphaning(tickets) };
    expect(await step(byToken(token))).toMatchObject({
      kind: 'refused',
      error: {
        code: 'outcome_unknown',
        candidates: refs,
        message: expect.stringContaining(SAYS.died_among([ended], [failed], [open])),
      },
    });
    expect(sent.toSorted()).toEqual(refs);
    die(new GpuError('cancelled', 'over'));
    await first;
  });

  it('of a process that was killed reports the state of the recovery', async () => {
    const { handedOut, step, gate } = gateBench();
    const { token } = await handedOut();
    // The process died after taking it and before anything was sent: nobody holds it any more.
    const { tickets, orders } = gate.store;
    const key = keyOf(token);
    gate.store = { ...gate.store, tickets: orphaning(tickets) };
    await tickets.take(key);
    expect(codeOf(await step(byToken(token)))).toBe('cancelled');
    await tickets.ordered(key, 'order-1');
    const order = { state: 'closed', outcome: 'recovered', took_effect: true, ref: 'volt:pod:late' };
    gate.store = {
      ...gate.store,
      orders: { ...orders, find: async () => ({ ...(await newest()), ...order, state: 'closed' }) },
    };
    expect(await step(byToken(token))).toMatchObject({
      error: { code: 'outcome_unknown', candidates: ['volt:pod:late'] },
    });
    async function newest() {
      const admission = await orders.admit(ORDER, { listed: [], burning: [] }, null);
      const found = admission.kind === 'admitted' ? await orders.find(admission.id) : null;
      if (found === null) throw new Error('no order');
      return found;
    }
  });
});

describe('a ticket that is presented otherwise than it was issued', () => {
  it('is void in another session, and unknown to another principal', async () => {
    const { handedOut, step, seen } = gateBench();
    const [one, two] = [await handedOut(), await handedOut()];
    const caller = { principal: 'anna', session: 'session-2', can_ask: false };
    expect(codeOf(await step(byToken(one.token), { caller }))).toBe('confirmation_invalid');
    expect(codeOf(await step(byToken(one.token)))).toBe('confirmation_invalid');
    expect(codeOf(await step(byToken(two.token), { caller: { ...caller, principal: 'bob' } }))).toBe(
      'confirmation_invalid',
    );
    expect(seen).toEqual([]);
    expect(codeOf(await step(byToken(two.token)))).toBe('done');
  });

  it('issued for a form is no token, and the other way round', async () => {
    const { step, seen } = gateBench();
    const can = { principal: 'anna', session: 'session-1', can_ask: true };
    const asked = await step(null, { caller: can });
    if (asked.kind !== 'ask') throw new Error('expected a question');
    expect(codeOf(await step(byToken(asked.ticket)))).toBe('confirmation_invalid');
    const handed = await step(null);
    if (handed.kind !== 'pending' || handed.confirmation === null) throw new Error('expected a token');
    const typed = { kind: 'typed', ticket: handed.confirmation.token, text: '0.39', after_ms: 2000 } as const;
    expect(codeOf(await step(typed))).toBe('confirmation_invalid');
    expect(seen).toEqual([]);
    expect(codeOf(await step({ ...typed, ticket: asked.ticket }, { caller: can }))).toBe('done');
  });

  it('keeps without a reply, and is void after a wrong one', async () => {
    const { handedOut, step, seen, audited } = gateBench();
    const { token, reply } = await handedOut();
    expect(reply).toBe('0.39');
    expect(codeOf(await step({ kind: 'token', ticket: token, user_reply: undefined }))).toBe(
      'confirmation_invalid',
    );
    expect(codeOf(await step(byToken(token, 'yes')))).toBe('declined');
    expect(codeOf(await step(byToken(token)))).toBe('confirmation_invalid');
    expect(seen).toEqual([]);
    const next = await handedOut();
    await step(byToken(next.token, '$0.39'));
    expect(audited.at(-1)).toMatchObject({ answer: 'reported', outcome: 'done' });
  });
});

const ORDER = {
  at: '2026-03-28T12:00:00.000Z',
  tool: 'create_pod',
  cloud: 'volt' as const,
  principal: 'anna',
  name: null,
  target: null,
  ticket: null,
  input: {},
  planned: {
    plan: planned().plan,
    cloud: 'volt' as const,
    before: [],
    facts: {},
    adds: planned().adds,
    data: null,
  },
  adds: { usd_per_hour: 0, pods: 0 },
};
