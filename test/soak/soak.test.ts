import { expect, it } from 'vitest';
import { ACTIONS } from '../../bench/soak/actions.ts';
import { check, emptyMemory } from '../../bench/soak/model.ts';
import { soak } from '../../bench/soak/run.ts';
import { createJob } from '../../src/sandbox/volt/jobs.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { openServers } from '../../testbed/servers.ts';
import type { ShownSpend } from '../../testbed/testbed.ts';

/** So many that orders end in each of these ways. */
const STEPS = 30;

it.each([1])(
  'random calls under random faults: money, things and secrets stay in order (seed %i)',
  async (seed) => {
    const { failure, steps, ends, calls } = await soak({ seed, steps: STEPS });
    expect(failure).toBe(null);
    expect(steps).toBe(STEPS);
    expect(Object.keys(calls).length).toBeGreaterThan(10);
    expect(ends).toMatchObject({
      done: expect.any(Number),
      found: expect.any(Number),
      outcome_unknown: expect.any(Number),
    });
  },
  60_000,
);

it('calls every tool but wait_for, which moves the clock by hours', () => {
  const called = new Set(ACTIONS.map(({ tool }) => tool));
  expect(TOOLS.map(({ name }) => name).filter((name) => !called.has(name))).toEqual(['wait_for']);
});

it('and the check would see it, were they not', async () => {
  const stage = await openServers({}, null);
  try {
    const { world, all } = stage;
    const [{ runtime }] = all;
    const memory = emptyMemory();
    const spend = (await stage.call('get_spend')).structuredContent.spend as ShownSpend;
    expect(await check(stage, [spend], memory)).toEqual([]);
    for (const name of ['twin', 'twin']) world.addPod('volt', { name });
    for (const n of [1, 2]) world.addPod('nebula', { name: `big ${n}`, product_id: 'prd-no-a100-4' });
    for (const n of [1, 2]) world.addPod('nebula', { name: `dear ${n}`, product_id: 'prd-ca-h100-8' });
    createJob(world, { taskType: 'text', name: 'stray', model: 'a/b-7B', dsRepo: 'a/b', hours: 1 }, 0);
    const [pod] = world.pods.list();
    await runtime.gate.store.leases.add({
      ref: `volt:pod:${pod?.id}`,
      name: 'twin',
      ends_at: '2026-03-28T10:00:00Z',
    });
    world.clock.advance(60);
    const wrong = (await check(stage, [spend], memory)).join('\n');
    for (const words of [
      'known to nobody',
      'made twice: twin',
      'over the cap',
      'the simulator',
      'a balance',
      'outlives',
    ]) {
      expect(wrong).toContain(words);
    }
  } finally {
    await stage.close();
  }
});
