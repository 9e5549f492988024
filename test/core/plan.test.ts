import { describe, expect, it } from 'vitest';
import { completePlan, storedPlanSchema } from '../../src/core/plan.ts';

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
