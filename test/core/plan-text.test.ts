import { describe, expect, it } from 'vitest';
import { type Cost, noCost, planLines } from '../../src/core/plan.ts';
import { dollarsIn, naming } from '../facts.ts';
import { planned } from '../gate/fixtures.ts';

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
