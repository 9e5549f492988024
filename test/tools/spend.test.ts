import { describe, expect, it } from 'vitest';
import { startHarness } from '../harness.ts';

describe('get_spend', () => {
  it('says unknown, once, for a cloud that could not be read: never $0 or no pods', async () => {
    const { call, world } = await startHarness();
    world.addPod('volt', { name: 'box', state: 'running' });
    world.faults.add({ cloud: 'nebula', kind: 'error_before', status: 503, times: 100 });
    const { structured, text } = await call('get_spend');
    const clouds = structured.spend?.clouds ?? [];
    expect(clouds.find(({ cloud }) => cloud === 'nebula')).toMatchObject({ usd_per_hour: null, pods: null });
    expect(clouds.find(({ cloud }) => cloud === 'volt')).toMatchObject({ pods: 1 });
    expect(structured.spend).toMatchObject({ usd_per_hour: null, headroom_usd_per_hour: null });
    expect(structured.spend?.errors.map(({ cloud }) => cloud)).toEqual(['nebula']);
    expect(text).not.toMatch(/\b0 pods|No pods/);
    expect(text.match(/nebula is missing here/g)).toHaveLength(1);
  });

  it('says that there are no pods if every cloud says so', async () => {
    const { call } = await startHarness();
    const { structured, text } = await call('get_spend');
    expect(structured.spend?.clouds.map(({ pods }) => pods)).toEqual([0, 0]);
    expect(text).toContain('No pods.');
  });
});
