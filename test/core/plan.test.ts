import { describe, expect, it } from 'vitest';
import { type Cost, completePlan, noCost, planLines, storedPlanSchema } from '../../src/core/plan.ts';
import { dollarsIn, naming } from '../facts.ts';
import { planned } from '../gate/fixtures.ts';

const draft = {
  plan: { ref: null, summary: 'Add a key.', effects: [], consequences: [], challenge: 'add' },
  head: { what: 'Add key', name: null, until: null, worst: 'Access.' },
  cloud: 'volt',
  data: null,
} as const;
const NOON = '2026-03-28T12:00:00.000Z';
const complete = () =>
  completePlan('add_ssh_key', NOON, { ...draft, plan: { ...draft.plan, effects: [], consequences: [] } });

describe('a plan', () => {
  it('costs, adds, limits and makes nothing unless it says so', () => {
    expect(complete()).toMatchObject({
      plan: { action: 'add_ssh_key', cost: { usd_per_hour: 0, usd_upfront_max: 0, quoted_at: NOON } },
      adds: { usd_per_hour: 0, usd_upfront: 0, pods: 0 },
      callerLimits: {},
      before: [],
      facts: {},
      ends_billing: false,
    });
  });

  it('comes back from a file with its cloud and what was listed before', () => {
    const written = JSON.stringify({ ...complete(), before: ['volt:ssh_key:a'] });
    expect(storedPlanSchema.parse(JSON.parse(written))).toMatchObject({
      cloud: 'volt',
      before: ['volt:ssh_key:a'],
    });
  });

  it('of version 1.0, with both in its data, is read the same', () => {
    const { cloud, before: _before, ...old } = complete();
    const data = { cloud, before: ['volt:ssh_key:a'], order: { body: {} } };
    expect(storedPlanSchema.parse({ ...old, data })).toMatchObject({
      cloud: 'volt',
      before: ['volt:ssh_key:a'],
      data,
    });
  });

  it('that is not one is refused', () => {
    expect(storedPlanSchema.safeParse({ data: { cloud: 'volt' } }).success).toBe(false);
  });
});

const AT = '2026-03-28T12:00:00.000Z';
const TO_THE_MINUTE = '2026-03-28T12:00Z';
const linesFor = (cost: Cost) => planLines({ ...planned().plan, cost });
const costLine = (cost: Cost) => linesFor(cost).find((line) => line.startsWith('Cost: '));

describe('the lines of a plan', () => {
  it('show the cost, its basis, and the time of the figure', () => {
    const cost = { usd_per_hour: 0.39, usd_upfront: 0, usd_upfront_max: 0, basis: 'a quote.', quoted_at: AT };
    expect(costLine(cost)).toMatch(naming('$0.39/h', cost.basis.replace('.', ''), TO_THE_MINUTE));
    expect(dollarsIn(costLine(cost))).toEqual([0.39]);
    const unknown = costLine({ ...cost, usd_per_hour: null });
    expect(unknown).toMatch(naming('unknown', TO_THE_MINUTE));
    expect(dollarsIn(unknown)).toEqual([]);
    const job = { ...cost, usd_per_hour: 0, usd_upfront: 55.5, usd_upfront_max: 92.5 };
    expect(dollarsIn(costLine(job))).toEqual([55.5, 92.5]);
    expect(costLine(job)).toMatch(naming('now', TO_THE_MINUTE));
  });

  it('say nothing about money when an action has no price of its own', () => {
    expect(costLine(noCost(AT))).toBeUndefined();
  });

  it('keep what is known about a price that is not documented', () => {
    const cost = noCost(AT, 'no price is documented; a larger volume may cost more');
    expect(costLine(cost)).toMatch(naming(cost.basis, TO_THE_MINUTE));
    expect(dollarsIn(costLine(cost))).toEqual([]);
  });
});
