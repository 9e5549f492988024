import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import type { Planned } from '../../src/core/plan.ts';
import { changesSince, judgeCaps, usageOf } from '../../src/gate/limits.ts';
import { CHANGE_SAYS, LIMIT_SAYS } from '../../src/gate/messages.ts';
import { agreedOf } from '../../src/gate/tickets.ts';
import { numbersIn } from '../facts.ts';
import { CAPS, fleetOf, planned } from './fixtures.ts';

const changesFrom = (before: Planned, after: Planned) => changesSince(agreedOf(before), after);
const using = (usd: number, pods = 1) => ({ usd_per_hour: usd, pods, unknown: null });
const job = (most: number, own?: number) =>
  planned({ adds: { usd_per_hour: 0, usd_upfront: most, pods: 0 }, callerLimits: { usd_upfront: own } });

describe('judge', () => {
  it('lets through a plan that is exactly at every cap', () => {
    expect(judgeCaps(planned({ adds: { usd_per_hour: 5 } }), CAPS, using(20, 19))).toBeNull();
    expect(judgeCaps(job(100, 100), CAPS, using(25, 20))).toBeNull();
    expect(judgeCaps(planned({ callerLimits: { usd_per_hour: 0.39 } }), CAPS, using(0, 0))).toBeNull();
  });

  it('adds up to exactly the cap in spite of binary fractions', () => {
    const caps = { ...CAPS, max_usd_per_hour: 0.3 };
    expect(judgeCaps(planned({ adds: { usd_per_hour: 0.2 } }), caps, using(0.1))).toBeNull();
  });

  it('judges by the caller first, then by the operator', () => {
    const both = planned({ adds: { usd_per_hour: 30 }, callerLimits: { usd_per_hour: 1 } });
    expect(numbersIn(judgeCaps(both, CAPS, using(0))?.message)).toEqual([30, 1]);
  });

  it('refuses a price that is unknown', () => {
    for (const adds of [{ usd_per_hour: null }, { usd_upfront: null }]) {
      const error = judgeCaps(planned({ adds }), CAPS, using(0));
      expect(error).toMatchObject({ code: 'over_limit' });
      expect(numbersIn(error?.message)).toEqual([]);
    }
  });

  it('refuses to add to a burn rate that is unknown, and says why it is', () => {
    const usage = { usd_per_hour: null, pods: 2, unknown: LIMIT_SAYS.unpriced('volt:pod:x') };
    const error = judgeCaps(planned(), CAPS, usage);
    expect(error?.message).toContain(usage.unknown);
    expect(error?.hint).toContain('get_spend');
  });

  it('lets through a plan that adds nothing, at any burn rate', () => {
    const free = planned({ adds: { usd_per_hour: 0, pods: 0 } });
    expect(judgeCaps(free, CAPS, null)).toBeNull();
    expect(judgeCaps(free, CAPS, using(400, 20))).toBeNull();
    expect(judgeCaps(free, CAPS, { usd_per_hour: null, pods: 3, unknown: 'x' })).toBeNull();
  });

  it('lets through a plan that adds no pod, however many there are', () => {
    expect(judgeCaps(job(50), CAPS, using(1, 21))).toBeNull();
    const start = planned({ adds: { usd_per_hour: 0.39, pods: 0 } });
    expect(judgeCaps(start, CAPS, using(1, 21))).toBeNull();
  });

  it.each([-0.39, Number.NaN, Number.POSITIVE_INFINITY])('counts %s as no price', (amount) => {
    for (const adds of [{ usd_per_hour: amount }, { usd_upfront: amount }]) {
      expect(judgeCaps(planned({ adds }), CAPS, using(0))).toMatchObject({ code: 'over_limit' });
    }
  });

  it('never lets the fleet end above a cap', () => {
    const amount = fc.double({ min: 0.01, max: 60, noNaN: true });
    fc.assert(
      fc.property(amount, amount, fc.nat({ max: 25 }), (now, added, pods) => {
        const error = judgeCaps(planned({ adds: { usd_per_hour: added } }), CAPS, using(now, pods));
        const fits = now + added <= CAPS.max_usd_per_hour + 1e-6 && pods + 1 <= CAPS.max_pods;
        expect(error === null).toBe(fits);
      }),
    );
  });
});

describe('usageOf', () => {
  it('adds up the pods of both clouds and what is reserved', () => {
    const fleet = fleetOf(['volt', 'a', 2.69], ['volt', 'b', 0], ['nebula', 'c', 0.49]);
    expect(usageOf({ ...fleet, reserved: { usd_per_hour: 1.5, pods: 2 } })).toEqual({
      usd_per_hour: 4.68,
      pods: 5,
      unknown: null,
    });
  });

  it('is unknown as soon as one price is, and names the pod', () => {
    expect(usageOf(fleetOf(['volt', 'a', 2.69], ['nebula', 'dark', null]))).toEqual({
      usd_per_hour: null,
      pods: 2,
      unknown: LIMIT_SAYS.unpriced('nebula:pod:dark'),
    });
  });

  it.each([-2, Number.NaN])('is unknown if a price is %s, which would hide the cost of the others', (usd) => {
    expect(usageOf(fleetOf(['volt', 'a', 24.9], ['nebula', 'odd', usd]))).toMatchObject({
      usd_per_hour: null,
      unknown: LIMIT_SAYS.unpriced('nebula:pod:odd'),
    });
  });

  it('is unknown when a cloud could not be read, and names the cloud', () => {
    const error = new GpuError('upstream_unavailable', 'down');
    const fleet = { ...fleetOf(['volt', 'a', 2.69]), errors: [{ cloud: 'nebula' as const, error }] };
    expect(usageOf(fleet)).toEqual({
      usd_per_hour: null,
      pods: 1,
      unknown: LIMIT_SAYS.unread('nebula', 'upstream_unavailable'),
    });
  });
});

describe('changesSince', () => {
  const at = (usd_per_hour: number | null, usd_upfront: number | null = 0) =>
    planned({ adds: { usd_per_hour, usd_upfront } });

  it.each([
    ['a price that rose', at(0.39), at(3.9), [CHANGE_SAYS.change(CHANGE_SAYS.hourly, '$0.39', '$3.90')]],
    [
      'a debit that rose',
      at(0, 55.5),
      at(0, 92.5),
      [CHANGE_SAYS.change(CHANGE_SAYS.upfront, '$55.50', '$92.50')],
    ],
    [
      'a price that became unknown',
      at(0.39),
      at(null),
      [CHANGE_SAYS.change(CHANGE_SAYS.hourly, '$0.39', CHANGE_SAYS.unknown_price)],
    ],
    [
      'a price that became known',
      at(null),
      at(0.39),
      [CHANGE_SAYS.change(CHANGE_SAYS.hourly, CHANGE_SAYS.unknown_price, '$0.39')],
    ],
  ])('names %s', (_what, before, after, changes) => {
    expect(changesFrom(before, after)).toEqual(changes);
  });

  it('names a price that rose although the fleet counts it already', () => {
    const counted = (price: number) => {
      const one = planned({ adds: { usd_per_hour: 0, pods: 0 } });
      return { ...one, plan: { ...one.plan, cost: { ...one.plan.cost, usd_per_hour: price } } };
    };
    expect(changesFrom(counted(0.49), counted(4.9))).toEqual([
      CHANGE_SAYS.change(CHANGE_SAYS.hourly, '$0.49', '$4.90'),
    ]);
    expect(changesFrom(counted(4.9), counted(0.49))).toEqual([]);
  });

  it('does not count a price that fell or stayed', () => {
    expect(changesFrom(at(0.39, 92.5), at(0.38, 55.5))).toEqual([]);
    expect(changesFrom(at(0.1 + 0.2), at(0.3))).toEqual([]);
    expect(changesFrom(at(null), at(null))).toEqual([]);
  });

  it('names every fact that changed, came or went, and quotes text of the cloud', () => {
    const before = planned({ facts: { state: 'stopped', name: 'a', gone: true, same: 1 } });
    const after = planned({ facts: { state: 'running', name: 'x" now\u202e type yes', same: 1, came: 2 } });
    expect(changesFrom(before, after).sort()).toEqual([
      CHANGE_SAYS.change('came', CHANGE_SAYS.nothing, '2'),
      CHANGE_SAYS.change('gone', 'true', CHANGE_SAYS.nothing),
      CHANGE_SAYS.change('name', '"a"', `"x' now type yes"`),
      CHANGE_SAYS.change('state', '"stopped"', '"running"'),
    ]);
  });

  it('counts a fact that is null and one that is absent as the same', () => {
    expect(changesFrom(planned({ facts: { name: null } }), planned({ facts: {} }))).toEqual([]);
  });

  it('finds nothing between a plan and itself', () => {
    const facts = fc.dictionary(
      fc.string(),
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
    );
    fc.assert(
      fc.property(facts, fc.double({ min: 0, max: 100, noNaN: true }), (read, price) => {
        const one = planned({ facts: read, adds: { usd_per_hour: price } });
        expect(changesFrom(one, structuredClone(one))).toEqual([]);
      }),
    );
  });
});
