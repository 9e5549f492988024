import { describe, expect, it } from 'vitest';
import { UNZONED } from '../../src/core/model.ts';
import { sumSpend } from '../../src/core/spend.ts';
import { refsIn } from '../facts.ts';
import { startHarness } from '../harness.ts';
import { pod } from './fake-pods.ts';

describe('get_spend', () => {
  it('says unknown, once, for a cloud that could not be read: never $0 or no pods', async () => {
    const { call, world } = await startHarness();
    world.addPod('volt', { name: 'box', state: 'running' });
    world.faults.add({ cloud: 'nebula', kind: 'error_before', status: 503, times: 100 });
    const { structured, text } = await call('get_spend');
    const clouds = structured.spend?.clouds ?? [];
    expect(clouds).toContainEqual({ cloud: 'nebula' });
    expect(clouds.find(({ cloud }) => cloud === 'volt')).toMatchObject({ pods: 1 });
    expect(structured.spend).not.toHaveProperty('usd_per_hour');
    expect(structured.spend).not.toHaveProperty('headroom_usd_per_hour');
    expect(structured.spend?.errors?.map(({ cloud }) => cloud)).toEqual(['nebula']);
    expect(text).not.toMatch(/\b0 pods|No pods/);
    expect(text.match(/^! nebula\b/gm)).toHaveLength(1);
  });

  it('says that there are no pods if every cloud says so', async () => {
    const { call } = await startHarness();
    const { structured, text } = await call('get_spend');
    expect(structured.spend?.clouds.map(({ pods }) => pods)).toEqual([0, 0]);
    expect(refsIn(text)).toEqual([]);
  });
});

it.each([
  ['a known zone', [], 0.78],
  ['no zone: it may be hours off', [UNZONED], null],
])('the maximum cost of a pod so far follows from a time of creation with %s', (_which, warnings, most) => {
  const created_at_utc = '2026-11-22T04:00:00Z';
  const rate = { ref: 'volt:pod:a', usd_per_hour: 0.39, usd_per_hour_max: 0.39, note: null };
  const spend = sumSpend({
    allowances: [],
    fleet: {
      pods: [{ pod: pod('volt', 'a', { created_at_utc, warnings }), rate }],
      errors: [],
      reserved: { usd_per_hour: 0, pods: 0 },
    },
    jobs: [],
    leases: [],
    clouds: [],
    errors: [],
    caps: { max_usd_per_hour: 25, max_job_usd: 100, max_pods: 20 },
    spent: [],
    notices: [],
    now: new Date('2026-11-22T06:00:00Z'),
  });
  expect(spend.pods[0]?.so_far_usd_max).toBe(most);
});
