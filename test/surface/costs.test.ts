import { describe, expect, it } from 'vitest';
import { minCosts } from '../../testbed/costs.ts';
import { CASES } from '../../testbed/examples.ts';

const SHOWN = CASES.filter(({ shown }) => shown);

describe('requests to the clouds, and how many wait for one another', () => {
  it('are said for every example that the documentation shows', () => {
    expect(SHOWN.filter(({ requests }) => requests === undefined).map(({ label }) => label)).toEqual([]);
  });

  it.each(
    CASES.filter(({ requests }) => requests !== undefined).map(
      (example) => [example.label, example] as const,
    ),
  )('%s', async (_label, example) => {
    const found = await minCosts(example);
    expect(found, 'more is a fault; if it is as it should be: npm run costs').toEqual(example.requests);
  });
});
