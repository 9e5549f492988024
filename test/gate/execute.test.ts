import { describe, expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import type { Outcome } from '../../src/core/outcome.ts';
import type { Planned } from '../../src/core/plan.ts';
import { SAYS } from '../../src/gate/messages.ts';
import { createWrites } from '../../src/gate/writes.ts';
import { type BenchOptions, gateBench, YES } from './bench.ts';
import { fleetOf, planned } from './fixtures.ts';

const NONE = { usd_per_hour: 0, pods: 0 };
const ONE = { usd_per_hour: 0.39, pods: 1 };
const lost = () => Promise.reject(new GpuError('outcome_unknown', 'The reply was lost.', { cloud: 'volt' }));

/** A call whose write ends in `run`, and whose searches give these findings in turn. */
function bench(run: NonNullable<BenchOptions['call']>['run'], ...findings: (Outcome<unknown> | Error)[]) {
  let runs = 0;
  let searches = 0;
  const it = gateBench({
    reply: YES,
    call: {
      run: async (...args) => {
        runs += 1;
        return run === undefined ? { done: null } : run(...args);
      },
      reconcile: async () => {
        const finding = findings[Math.min(searches, findings.length - 1)] ?? { notFound: 'nothing' };
        searches += 1;
        if (finding instanceof Error) throw finding;
        return finding;
      },
    },
  });
  return { ...it, counts: () => ({ runs, searches }) };
}

describe('a write whose outcome is unknown', () => {
  it('is never sent again: the thing that one search finds is adopted and reported as found', async () => {
    const { pass, counts, reserved, seen } = bench(lost, {
      found: { ref: 'volt:pod:late' },
      ref: 'volt:pod:late',
    });
    expect(await pass()).toEqual({
      kind: 'done',
      output: { ref: 'volt:pod:late' },
      ref: 'volt:pod:late',
      extras: [],
      reconciled: true,
    });
    expect(counts()).toEqual({ runs: 1, searches: 1 });
    expect(seen.at(-1)).toBe('close done_reconciled volt:pod:late');
    expect(await reserved()).toEqual(ONE);
  });

  describe('found with a lease', () => {
    const LEASE = { ref: 'volt:pod:late', name: 'trainer', ends_at: '2026-11-22T20:00:00.000Z' };
    const found = { found: { message: 'Its lease ends at 20:00.' }, ref: LEASE.ref, leases: [LEASE] };
    const unsaved = { orders: { close: () => Promise.reject(new Error('ENOSPC')) } };
    const leased = (options: BenchOptions = {}) =>
      gateBench({ reply: YES, call: { run: lost, reconcile: async () => found }, ...options });

    it('is said to have it, unless that could not be saved', async () => {
      const saved = await leased().pass();
      expect(saved).toMatchObject({ output: { message: 'Its lease ends at 20:00.' } });
      const { pass, gate } = leased(unsaved);
      expect(await pass()).toMatchObject({
        output: { message: expect.stringContaining(SAYS.lease_unsaved) },
      });
      expect(await gate.store.leases.all()).toEqual([]);
    });

    it('is read again if saving it failed: a saved lease is reported, and one that cannot be read is unknown', async () => {
      const kept = leased(unsaved);
      await kept.gate.store.leases.add(LEASE);
      expect(await kept.pass()).toMatchObject({ output: { message: 'Its lease ends at 20:00.' } });
      const unseen = leased(unsaved);
      unseen.gate.store.leases.all = () => Promise.reject(new Error('EIO'));
      const outcome = await unseen.pass();
      expect(outcome).toMatchObject({ output: { message: expect.stringContaining(SAYS.lease_unknown) } });
    });

    it('is no result if another order has claimed the pod: the outcome is unknown, and no lease is added', async () => {
      const { refusal, gate, seen, audited } = leased({ orders: { close: async () => false } });
      expect(await refusal()).toMatchObject({ code: 'outcome_unknown' });
      expect(await gate.store.leases.all()).toEqual([]);
      expect(seen.at(-1)).toBe('keep open');
      expect(audited.map(({ outcome }) => outcome)).toEqual(['outcome_unknown']);
    });

    it('is saved later if the store is away, and the result says so', async () => {
      const { pass } = leased({ waiting: 1 });
      expect(await pass()).toMatchObject({ output: { message: expect.stringContaining(SAYS.saved_later) } });
    });
  });

  it('is searched for until the pauses are used up, and then reported as unknown with what to check', async () => {
    const { refusal, counts, reserved, seen } = bench(lost, { notFound: 'None is listed.', candidates: [] });
    expect(await refusal()).toMatchObject({
      code: 'outcome_unknown',
      message: 'The reply was lost. None is listed.',
      hint: SAYS.check_first,
      retryable: false,
      cloud: 'volt',
      candidates: [],
    });
    expect(counts()).toEqual({ runs: 1, searches: 5 });
    expect(seen.at(-1)).toBe('keep open');
    expect(await reserved()).toEqual(ONE);
  });

  it('is unknown with all candidates when several could be it', async () => {
    const several = { ambiguous: ['volt:pod:a', 'volt:pod:b'], why: 'Two are named so.' };
    const { refusal, counts } = bench(lost, several);
    expect(await refusal()).toMatchObject({
      code: 'outcome_unknown',
      message: 'The reply was lost. Two are named so.',
      candidates: ['volt:pod:a', 'volt:pod:b'],
    });
    expect(counts()).toEqual({ runs: 1, searches: 1 });
  });

  it('stays unknown when the cloud is down for every search', async () => {
    const { refusal, counts, reserved } = bench(lost, new Error('still down'));
    expect(await refusal()).toMatchObject({
      code: 'outcome_unknown',
      message: expect.stringContaining('still down'),
    });
    expect(counts()).toEqual({ runs: 1, searches: 5 });
    expect(await reserved()).toEqual(ONE);
  });

  it('stays unknown, and is no "cancelled", when the time for the search runs out', async () => {
    const cut = () => Promise.reject(new DOMException('This operation was aborted', 'AbortError'));
    const { gate, refusal, reserved } = bench(lost, { notFound: 'None is listed.' });
    gate.sleep = cut;
    expect(await refusal()).toMatchObject({ code: 'outcome_unknown' });
    expect(await reserved()).toEqual(ONE);
  });

  it('is unknown at once when no search is possible', async () => {
    const { refusal, reserved, seen } = gateBench({ reply: YES, call: { run: lost, reconcile: null } });
    expect((await refusal()).code).toBe('outcome_unknown');
    expect(seen.at(-1)).toBe('keep open');
    expect(await reserved()).toEqual(ONE);
  });
});

describe('a write that the cloud accepted without a name', () => {
  it('is searched for, and the thing found is the plain result', async () => {
    const { pass, counts } = bench(
      async () => ({ unnamed: 'The reply names no pod.' }),
      { notFound: 'not yet' },
      { found: { ref: 'nebula:pod:x' }, ref: 'nebula:pod:x' },
    );
    expect(await pass()).toMatchObject({
      kind: 'done',
      output: { ref: 'nebula:pod:x' },
      reconciled: false,
    });
    expect(counts()).toEqual({ runs: 1, searches: 2 });
  });

  it('is unknown when it is not found', async () => {
    const { refusal } = bench(async () => ({ unnamed: 'The reply names no pod.' }), {
      notFound: 'None is listed.',
    });
    expect(await refusal()).toMatchObject({
      code: 'outcome_unknown',
      message: 'The reply names no pod. None is listed.',
    });
  });
});

describe('a write that failed for certain', () => {
  it.each(['insufficient_funds', 'invalid_input', 'wrong_state', 'rate_limited'] as const)(
    'with %s is reported as that, is not searched for, and reserves nothing',
    async (code) => {
      const run = () => Promise.reject(new GpuError(code, 'refused'));
      const { refusal, counts, reserved, seen } = bench(run, {
        found: { ref: 'volt:pod:x' },
        ref: 'volt:pod:x',
      });
      expect((await refusal()).code).toBe(code);
      expect(counts()).toEqual({ runs: 1, searches: 0 });
      expect(seen.at(-1)).toBe(`close ${code} null`);
      expect(await reserved()).toEqual(NONE);
    },
  );

  it('with a fault of our own shows none of its inner text', async () => {
    const { refusal } = bench(() => Promise.reject(new TypeError('secret is undefined')));
    const error = await refusal();
    expect([error.code, error.message, error.hint].join(' ')).not.toContain('secret');
  });
});

describe('the writes of a process that ends', () => {
  it('are waited for by everybody who asks, and none begins', async () => {
    const writes = createWrites();
    const [first, late] = [writes.open(), writes.open()];
    first.begin();
    const over: string[] = [];
    const closings = ['one', 'two'].map((name) => writes.close().then(() => over.push(name)));
    expect(() => late.begin()).toThrow(expect.objectContaining({ code: 'cancelled' }));
    expect(over).toEqual([]);
    first.end();
    await Promise.all([...closings, writes.close()]);
    expect(over).toEqual(['one', 'two']);
  });
});

describe('a fault of our own after a write may have been sent', () => {
  const broken = () => Promise.reject(new TypeError('secret is undefined'));

  it('leaves the outcome open: the thing is searched for, and adopted if found', async () => {
    const { pass, counts, seen } = bench(broken, { found: { ref: 'volt:pod:late' }, ref: 'volt:pod:late' });
    expect(await pass()).toMatchObject({ output: { ref: 'volt:pod:late' }, reconciled: true });
    expect(counts()).toEqual({ runs: 1, searches: 1 });
    expect(seen.at(-1)).toBe('close done_reconciled volt:pod:late');
  });

  it('is reported as unknown when nothing is found, keeps its reservation, and shows none of its inner text', async () => {
    const { refusal, reserved, seen } = bench(broken, { notFound: 'None is listed.' });
    const error = await refusal();
    expect(error.code).toBe('outcome_unknown');
    expect([error.message, error.hint].join(' ')).not.toContain('secret');
    expect(seen.at(-1)).toBe('keep open');
    expect(await reserved()).toEqual(ONE);
  });
});

describe('a reservation', () => {
  it('counts while the write runs and until a list shows the pod', async () => {
    const during: unknown[] = [];
    const { pass, reserved } = gateBench({ reply: YES });
    await pass({
      run: async () => {
        during.push(await reserved());
        return { done: { ref: 'volt:pod:new' } };
      },
    });
    expect(during).toEqual([ONE]);
    expect(await reserved()).toEqual(ONE);
  });

  it('ends for a start of unknown outcome when a list shows that pod burning', async () => {
    const start = planned({ ref: 'volt:pod:a', adds: { usd_per_hour: 0.39, pods: 0 } });
    const { reserved, refusal } = gateBench({ plans: [start], reply: YES, call: { run: lost } });
    expect((await refusal()).code).toBe('outcome_unknown');
    expect((await reserved(fleetOf(['volt', 'a', 0]))).usd_per_hour).toBe(0.39);
    expect((await reserved(fleetOf(['volt', 'a', 0.39]))).usd_per_hour).toBe(0);
  });

  it('ends when an action ends the billing of the same pod, and not with any other action on it', async () => {
    const { pass, reserved } = gateBench({ reply: YES });
    await pass();
    expect(await reserved()).toEqual(ONE);
    const again = planned({ ref: 'volt:pod:new' });
    await pass({ tool: 'update_pod', effect: 'change', plan: async () => again });
    expect(await reserved()).toEqual(ONE);
    await pass({
      tool: 'delete_pod',
      effect: 'change',
      plan: async () => ({ ...again, ends_billing: true }),
    });
    expect(await reserved()).toEqual(NONE);
  });
});

describe('a ticket whose order cannot be recorded on it', () => {
  const broken = (over: Partial<Planned> = {}) => {
    const bench = gateBench({ reply: YES, plans: [{ ...planned(), ...over }] });
    bench.gate.store.tickets.ordered = () => Promise.reject(new Error('the disk is full'));
    return bench;
  };

  it('stops a spend before it is sent, and leaves no open order', async () => {
    const { refusal, seen, reserved, audited } = broken();
    expect(await refusal()).toMatchObject({ code: 'upstream_error' });
    expect(seen.filter((step) => /^(run|close)/.test(step))).toEqual(['close upstream_error null']);
    expect(await reserved()).toEqual(NONE);
    expect(audited).toMatchObject([{ outcome: 'upstream_error', answer: 'person' }]);
  });

  it.each([
    ['an action that ends costs', { plan: { ...planned().plan, action: 'stop_pod' } }],
    ['an action that ends the billing of its thing', { ends_billing: true }],
  ])('stops no write that ends billing: %s', async (_what, over) => {
    const { pass, seen } = broken(over);
    expect(await pass()).toMatchObject({ kind: 'done' });
    expect(seen).toContain('run');
  });
});
