import { describe, expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import { isLive, type Permit } from '../../src/core/permit.ts';
import { GATE_LOGS } from '../../src/gate/messages.ts';
import { naming } from '../facts.ts';
import { byToken, gateBench, YES } from './bench.ts';
import { fleetOf, planned } from './fixtures.ts';

const fail = () => Promise.reject(new Error('disk full'));

describe('the order of things', () => {
  it('asks, records the intent, sends once, and closes the intent with the outcome', async () => {
    const { pass, seen, audited } = gateBench({ reply: YES });
    expect(await pass()).toEqual({
      kind: 'done',
      output: { ref: 'volt:pod:new' },
      ref: 'volt:pod:new',
      extras: [],
      reconciled: false,
    });
    expect(seen).toEqual(['ask 0.39', 'open create_pod', 'run', 'close done volt:pod:new']);
    expect(audited).toMatchObject([{ answer: 'person', outcome: 'done', session: 'session-1' }]);
  });

  it('reads neither plan nor fleet on a read-only server', async () => {
    const touched = () => Promise.reject(new Error('read'));
    const { refusal, seen } = gateBench({
      deps: { read_only: true },
      call: { plan: touched, fleet: touched },
    });
    expect((await refusal()).code).toBe('read_only');
    expect(seen).toEqual([]);
  });

  it('records every gated call, and reads the fleet only for spends', async () => {
    const stop = planned({ challenge: 'stop', ref: 'volt:pod:a', adds: { usd_per_hour: 0, pods: 0 } });
    const { pass, seen } = gateBench({ plans: [stop], reply: { kind: 'typed', text: 'STOP' } });
    const unread = () => Promise.reject(new Error('read'));
    expect(await pass({ tool: 'stop_pod', effect: 'change', fleet: unread })).toMatchObject({ kind: 'done' });
    expect(seen).toEqual(['ask stop', 'open stop_pod', 'run', 'close done volt:pod:new']);
  });

  it('issues a permit that is valid while the write runs and revoked afterwards', async () => {
    const permits: Permit[] = [];
    const { pass } = gateBench({ reply: YES });
    await pass({
      run: async (permit) => {
        permits.push(permit);
        expect(isLive(permit)).toBe(true);
        return { done: null };
      },
    });
    expect(permits.map((permit) => [permit.tool, isLive(permit)])).toEqual([['create_pod', false]]);
  });

  it('sends nothing when the call is cancelled between the question and the answer', async () => {
    const { refusal, seen, audited } = gateBench({ reply: { kind: 'cancelled' } });
    expect((await refusal()).code).toBe('cancelled');
    expect(seen).toEqual(['ask 0.39']);
    expect(audited).toMatchObject([{ outcome: 'cancelled', answer: 'none' }]);
  });

  it('sends nothing when the call is aborted while it is read again', async () => {
    const stop = new AbortController();
    let reads = 0;
    const plan = async () => {
      reads += 1;
      if (reads === 2) stop.abort('escape');
      return planned();
    };
    const { pass, seen } = gateBench({ reply: YES });
    await expect(pass({ plan, signal: stop.signal })).rejects.toBe('escape');
    expect(seen).toEqual(['ask 0.39']);
  });

  it('asks once more after a wrong text, and takes the next one', async () => {
    const texts = ['yes', '0,39'];
    const { pass, seen } = gateBench({ reply: () => ({ kind: 'typed', text: texts.shift() ?? '' }) });
    expect(await pass()).toMatchObject({ kind: 'done' });
    expect(seen.filter((what) => what.startsWith('ask'))).toHaveLength(2);
  });
});

describe('reading again just before executing', () => {
  it('plans once for a plan and once for its execution', async () => {
    let [plans, fleets] = [0, 0];
    const call = {
      plan: async () => {
        plans += 1;
        return planned();
      },
      fleet: async () => {
        fleets += 1;
        return fleetOf();
      },
    };
    const { handedOut, step } = gateBench({ call });
    const { token } = await handedOut();
    expect([plans, fleets]).toEqual([1, 1]);
    expect(await step(byToken(token))).toMatchObject({ kind: 'done' });
    expect([plans, fleets]).toEqual([2, 2]);
  });

  it.each([
    ['a minute', 60_000, 'done'],
    ['a night', 8 * 3_600_000, 'confirmation_invalid'],
  ])('reads again after a sleep, and sends nothing after a long one: %s', async (_what, ms, end) => {
    let reads = 0;
    const it = gateBench({
      reply: YES,
      call: {
        plan: async () => {
          reads += 1;
          if (reads === 2) it.advance(ms);
          return planned();
        },
      },
    });
    const outcome = await it.pass();
    expect(outcome.kind === 'refused' ? outcome.error.code : outcome.kind).toBe(end);
    expect(reads).toBe(3);
    expect(it.seen.includes('run')).toBe(end === 'done');
  });

  it.each([
    ['nine seconds', 9_000, 2],
    ['eleven seconds', 11_000, 3],
  ])(
    'reads again if names were looked up %s before, as while another call on the thing ran',
    async (_what, ms, all) => {
      let reads = 0;
      const it = gateBench({ reply: YES });
      const plan = async () => {
        reads += 1;
        return planned();
      };
      expect((await it.pass({ plan, named_at: it.gate.now().getTime() - ms })).kind).toBe('done');
      expect(reads).toBe(all);
    },
  );
});

describe('a disk that fails', () => {
  it('stops a spend before it is sent, and reserves nothing for it', async () => {
    const { refusal, seen, reserved } = gateBench({ reply: YES, orders: { admit: fail } });
    expect(await refusal()).toMatchObject({
      code: 'upstream_error',
      hint: expect.stringContaining('GPU_MCP_STATE_DIR'),
    });
    expect(seen).toEqual(['ask 0.39']);
    expect(await reserved()).toEqual({ usd_per_hour: 0, pods: 0 });
  });

  it('is not blamed when another process holds on to the lock', async () => {
    const admit = () => Promise.reject(new GpuError('upstream_unavailable', 'held', { hint: 'end-it' }));
    const { refusal, seen } = gateBench({ reply: YES, orders: { admit } });
    expect(await refusal()).toMatchObject({
      code: 'upstream_error',
      hint: expect.stringMatching(naming('held', 'end-it')),
    });
    expect(seen).toEqual(['ask 0.39']);
  });

  it('after a spend does not turn its result into an error', async () => {
    const { pass, reserved, logged } = gateBench({ reply: YES, orders: { close: fail } });
    expect(await pass()).toMatchObject({ kind: 'done', output: { ref: 'volt:pod:new' } });
    expect(await reserved()).toEqual({ usd_per_hour: 0.39, pods: 1 });
    expect(logged).toEqual([GATE_LOGS.end_unwritten]);
  });

  it('does not hide why a spend failed', async () => {
    const { refusal } = gateBench({ reply: YES, orders: { close: fail } });
    const run = () => Promise.reject(new GpuError('insufficient_funds', 'no money'));
    expect((await refusal({ run })).code).toBe('insufficient_funds');
  });

  it('logs the loss of an audit line, and loses nothing else', async () => {
    const { refusal, logged } = gateBench({ reply: { kind: 'declined' }, audit: { write: fail } });
    expect((await refusal()).code).toBe('declined');
    expect(logged).toEqual([GATE_LOGS.audit_unwritten]);
  });

  it.each([
    ['stop_pod', 'done'],
    ['delete_pod', 'done'],
    ['cancel_job', 'done'],
    ['restart_pod', 'refused'],
  ])('keeps nothing from ending costs, and nothing else is sent unrecorded: %s', async (action, kind) => {
    const whole = planned({ ref: 'volt:pod:a', challenge: 'yes', adds: { usd_per_hour: 0, pods: 0 } });
    const { pass, seen } = gateBench({
      plans: [{ ...whole, plan: { ...whole.plan, action } }],
      reply: { kind: 'typed', text: 'yes' },
      orders: { admit: fail },
    });
    expect(await pass({ tool: action, effect: 'interrupt' })).toMatchObject({ kind });
    expect(seen).toEqual(['ask yes', ...(kind === 'done' ? ['run'] : [])]);
  });
});
