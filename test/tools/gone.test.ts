import { describe, expect, it } from 'vitest';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import { agrees, startHarness } from '../harness.ts';

/** Answers that say "no such pod" and prove nothing, because the pod is listed all the same. */
const UNPROVED: readonly [string, Pick<FaultRule, 'kind' | 'status'>][] = [
  ["the cloud's own 404", { kind: 'error_before', status: 404 }],
  ["the cloud's own 410", { kind: 'error_before', status: 410 }],
  ['an HTML page with 404', { kind: 'html', status: 404 }],
  ['an HTML page with 410', { kind: 'html', status: 410 }],
  ['broken JSON with 404', { kind: 'garbage_json', status: 404 }],
];

const CLOUDS = [
  { cloud: 'volt', path: '/pods/*' },
  { cloud: 'nebula', path: '/computing/instance/*' },
] as const;

const cases = CLOUDS.flatMap((on) => UNPROVED.map(([name, fault]) => ({ ...on, name, fault })));

async function running(cloud: 'volt' | 'nebula') {
  const harness = await startHarness({ elicit: agrees });
  const state = cloud === 'volt' ? 'running' : 'Running';
  const id = harness.world.addPod(cloud, {
    name: 'box',
    state,
    ...(cloud === 'nebula' && { product_id: 'prd-ca-a6000-1' }),
  });
  return { ...harness, ref: `${cloud}:pod:${id}` };
}

describe('gone is proved, not believed', () => {
  it.each(cases)('a lost deletion on $cloud stays unknown after $name', async ({ cloud, path, fault }) => {
    const { call, world, ref } = await running(cloud);
    world.faults.add({ cloud, method: 'DELETE', path, kind: 'drop_before' });
    // The plan and its second reading see the pod; only what is read after the write is spoiled.
    world.faults.add({ cloud, method: 'GET', path, ...fault, skip: 2, times: 100 });
    const { structured } = await call('delete_pod', { pod: ref });
    expect(structured.error).toMatchObject({ code: 'outcome_unknown' });
    const { structured: listed } = await call('list_pods', { cloud });
    expect(listed.pods?.map((pod) => pod.ref)).toEqual([ref]);
  });

  it.each(CLOUDS)(
    "a deletion on $cloud that is answered with the cloud's own 404 is unknown while the pod is listed",
    async ({ cloud, path }) => {
      const { call, world, ref } = await running(cloud);
      world.faults.add({ cloud, method: 'DELETE', path, kind: 'error_before', status: 404 });
      const { structured } = await call('delete_pod', { pod: ref });
      expect(structured.error).toMatchObject({ code: 'outcome_unknown', candidates: [ref] });
    },
  );

  it.each(CLOUDS)(
    'a deletion on $cloud whose reply was lost is found by both signs',
    async ({ cloud, path }) => {
      const { call, world, ref } = await running(cloud);
      world.faults.add({ cloud, method: 'DELETE', path, kind: 'drop_after_commit' });
      const { structured } = await call('delete_pod', { pod: ref });
      expect(structured).toMatchObject({ status: 'done', reconciled: true, ref });
    },
  );

  it.each(cases)('wait_for on $cloud does not take $name for a deletion', async ({ cloud, path, fault }) => {
    const { call, world, ref, time } = await running(cloud);
    world.faults.add({ cloud, method: 'GET', path, ...fault, times: 1000 });
    const waiting = call('wait_for', { ref, until: 'deleted', timeout_seconds: 20 });
    await time.advance(30);
    const { structured } = await waiting;
    expect(structured.reached).not.toBe(true);
    expect(structured.state).not.toBe('deleted');
  });
});
