import { describe, expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import { isLive, type Permit } from '../../src/core/permit.ts';
import { gateBench, YES } from './bench.ts';
import { fleetOf, planned } from './fixtures.ts';

const fail = () => Promise.reject(new Error('disk full'));

describe('the order of things', () => {
  it('asks, writes the intent down, sends once, and closes the intent with what came of it', async () => {
    const { pass, seen, audited } = gateBench({ reply: YES });
    expect(await pass()).toEqual({
      kind: 'done',
      output: { ref: 'volt:pod:new' },
      ref: 'volt:pod:new',
      extras: [],
      reconciled: false,
    });
    expect(seen).toEqual([
      'ask: Type "0.39" to confirm.',
      'open create_pod',
      'run',
      'close done volt:pod:new',
    ]);
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

  it('runs a tool without a plan at once, asks nobody and journals nothing', async () => {
    const { pass, seen, audited } = gateBench({ reply: YES });
    expect(await pass({ plan: null, spends: false, tool: 'rename_ssh_key' })).toMatchObject({ kind: 'done' });
    expect(seen).toEqual(['run']);
    expect(audited).toEqual([]);
  });

  it('journals only what spends, and reads the fleet only for that', async () => {
    const stop = planned({ challenge: 'stop', ref: 'volt:pod:a', adds: { usd_per_hour: 0, pods: 0 } });
    const { pass, seen } = gateBench({ plans: [stop], reply: { kind: 'typed', text: 'STOP' } });
    const unread = () => Promise.reject(new Error('read'));
    expect(await pass({ tool: 'stop_pod', spends: false, fleet: unread })).toMatchObject({ kind: 'done' });
    expect(seen).toEqual(['ask: Type "stop" to confirm.', 'run']);
  });

  it('gives out a permit that is live while the write runs and dead afterwards', async () => {
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

  it('sends nothing where the call is aborted between the question and the answer', async () => {
    const stop = new AbortController();
    const late = () => {
      stop.abort('the user pressed escape');
      return YES;
    };
    const { pass, seen, audited } = gateBench({ reply: late });
    await expect(pass({ signal: stop.signal })).rejects.toBeDefined();
    expect(seen).toEqual(['ask: Type "0.39" to confirm.']);
    expect(audited).toMatchObject([{ outcome: 'cancelled', answer: 'none' }]);
  });
});

describe('reading again just before executing', () => {
  const dearer = planned({ adds: { usd_per_hour: 3.9 }, challenge: '3.90' });

  it('sends nothing where the price rose after a person agreed, and hands no token to their client', async () => {
    const { pass, seen, audited } = gateBench({ plans: [planned(), dearer], reply: YES });
    expect(await pass()).toEqual({
      kind: 'pending',
      plan: dearer.plan,
      changes: ['price an hour: $0.39 → $3.90'],
      confirmation: null,
    });
    expect(seen).toEqual(['ask: Type "0.39" to confirm.']);
    expect(audited).toMatchObject([{ outcome: 'changed', answer: 'person', usd_per_hour: 3.9 }]);
  });

  it('gives a new token where the price rose after a token was taken', async () => {
    const { pass, seen } = gateBench({ plans: [planned(), planned(), dearer] });
    const first = await pass();
    if (first.kind !== 'pending') throw new Error('expected a plan');
    const second = await pass({ token: first.confirmation?.token });
    expect(second).toMatchObject({
      kind: 'pending',
      plan: { challenge: '3.90' },
      changes: ['price an hour: $0.39 → $3.90'],
    });
    if (second.kind !== 'pending') throw new Error('expected a plan');
    expect(second.confirmation?.token).not.toBe(first.confirmation?.token);
    expect(seen).toEqual([]);
    expect(await pass({ token: second.confirmation?.token })).toMatchObject({ kind: 'done' });
  });

  it('judges the caps again, because others rent in the meantime', async () => {
    let reads = 0;
    const { refusal, seen } = gateBench({ reply: YES });
    const fleet = async () => {
      reads += 1;
      return reads === 1 ? fleetOf() : fleetOf(['nebula', 'big', 24.9]);
    };
    expect((await refusal({ fleet })).code).toBe('over_limit');
    expect(seen).toEqual(['ask: Type "0.39" to confirm.']);
  });

  it('tells that the target is gone', async () => {
    let reads = 0;
    const { pass, seen } = gateBench({ reply: YES });
    const plan = async () => {
      reads += 1;
      if (reads > 1) throw new Error('gone');
      return planned();
    };
    await expect(pass({ plan })).rejects.toThrow('gone');
    expect(seen).toEqual(['ask: Type "0.39" to confirm.']);
  });
});

describe('a disk that fails', () => {
  const unused = { leave: () => {}, left: () => [], refs: () => [], abandoned: async () => [] };

  it('stops a spend before it is sent, and reserves nothing for it', async () => {
    const journal = { open: fail, close: fail, ...unused };
    const { refusal, seen, reserved } = gateBench({ reply: YES, deps: { journal } });
    expect(await refusal()).toMatchObject({
      code: 'upstream_error',
      message: 'The journal could not be written, so nothing was sent.',
      hint: expect.stringContaining('GPU_MCP_STATE_DIR'),
    });
    expect(seen).toEqual(['ask: Type "0.39" to confirm.']);
    expect(reserved()).toEqual({ usd_per_hour: 0, pods: 0 });
  });

  it('after a spend does not turn its result into an error', async () => {
    const journal = { open: async () => 'intent-1', close: fail, ...unused };
    const { pass, reserved, logged } = gateBench({ reply: YES, deps: { journal } });
    expect(await pass()).toMatchObject({ kind: 'done', output: { ref: 'volt:pod:new' } });
    expect(reserved()).toEqual({ usd_per_hour: 0.39, pods: 1 });
    expect(logged).toEqual(['the journal could not be written']);
  });

  it('does not hide why a spend failed', async () => {
    const journal = { open: async () => 'intent-1', close: fail, ...unused };
    const { refusal } = gateBench({ reply: YES, deps: { journal } });
    const run = () => Promise.reject(new GpuError('insufficient_funds', 'no money'));
    expect((await refusal({ run })).code).toBe('insufficient_funds');
  });

  it('loses an audit line aloud, and nothing else', async () => {
    const { pass, logged } = gateBench({ reply: YES, deps: { audit: { write: fail } } });
    expect(await pass()).toMatchObject({ kind: 'done' });
    expect(logged).toEqual(['the audit log could not be written']);
  });
});
