import { describe, expect, it } from 'vitest';
import { runMaintenance } from '../../src/engine/maintenance.ts';
import { RECOVERY_SAYS } from '../../src/gate/messages.ts';
import { createJob } from '../../src/sandbox/volt/jobs.ts';
import { consentOf, VOLT_POD } from '../harness.ts';
import { HOUR, stateOf, stops } from './leased.ts';
import { requestsOf, spendOf, stageFor, type TestStage } from './stages.ts';

const DAY_MS = 86_400_000;
const MINUTES = 60;
const posts = (stage: TestStage) => requestsOf(stage, 'volt', 'POST', /^\/pods$/);

/** A server whose wall clock can be set wrong while everything else goes on. */
async function withClock(options: Parameters<typeof stageFor>[0] = {}) {
  const wall = { off: 0 };
  return { wall, stage: await stageFor({ ...options, wall }) };
}

const asCalled = (result: Awaited<ReturnType<TestStage['call']>>) => ({
  structured: result.structuredContent as Parameters<typeof consentOf>[0]['structured'],
  text: '',
  isError: result.isError,
  content: [],
});

describe.each([
  ['a day ahead', DAY_MS],
  ['a day back', -DAY_MS],
])('a wall clock that jumps: %s', (_where, jump) => {
  it('keeps no read from being answered, now and hours later', async () => {
    const { wall, stage } = await withClock();
    await stage.call('list_machines');
    wall.off = jump;
    for (const seconds of [0, 2 * HOUR]) {
      stage.world.clock.advance(seconds);
      for (const tool of ['list_machines', 'list_pods', 'get_spend'])
        expect((await stage.call(tool)).structuredContent.error).toBeUndefined();
    }
  });

  it('frees nothing that is reserved: the cap holds while the cloud does not list the first pod', async () => {
    const { wall, stage } = await withClock({ config: { GPU_MCP_MAX_USD_PER_HOUR: '0.5' } });
    stage.world.faults.add({ cloud: 'volt', path: '/pods', kind: 'late_listing', seconds: 600 });
    expect((await stage.call('create_pod', VOLT_POD)).structuredContent.status).toBe('done');
    wall.off = jump;
    const second = await stage.call('create_pod', { ...VOLT_POD, name: 'second' });
    expect(second.structuredContent.error).toMatchObject({ code: 'over_limit' });
    stage.world.clock.advance(14 * MINUTES);
    const third = await stage.call('create_pod', { ...VOLT_POD, name: 'third' });
    expect(third.structuredContent.error).toMatchObject({ code: 'over_limit' });
    expect(posts(stage)).toHaveLength(1);
  });

  it('lengthens no consent', async () => {
    const { wall, stage } = await withClock({ person: null });
    const consent = consentOf(asCalled(await stage.call('create_pod', VOLT_POD)));
    wall.off = jump;
    stage.world.clock.advance(11 * MINUTES);
    const late = await stage.call('create_pod', { ...VOLT_POD, ...consent });
    expect(late.structuredContent.error).toMatchObject({ code: 'confirmation_invalid' });
    expect(posts(stage)).toEqual([]);
  });

  it('makes no lease longer', async () => {
    const { wall, stage } = await withClock();
    await stage.call('create_pod', { ...VOLT_POD, max_lifetime_hours: 2 });
    stage.world.clock.advance(60);
    wall.off = jump;
    stage.world.clock.advance(2 * HOUR);
    await runMaintenance(stage.runtime);
    expect(stops(stage)).toHaveLength(1);
    expect(stateOf(stage)).not.toContain('running');
  });

  it('makes a stop that was refused neither hurry nor wait for a day', async () => {
    const { wall, stage } = await withClock();
    await stage.call('create_pod', { ...VOLT_POD, max_lifetime_hours: 2 });
    stage.world.clock.advance(3 * HOUR);
    stage.world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods/*/stop', kind: 'drop_before' });
    await runMaintenance(stage.runtime);
    wall.off = jump;
    await runMaintenance(stage.runtime);
    expect(stops(stage)).toHaveLength(1);
    stage.world.clock.advance(301);
    await runMaintenance(stage.runtime);
    expect(stops(stage)).toHaveLength(2);
  });

  it('gives up no order whose reply was lost, and takes what it made for its own', async () => {
    const { wall, stage } = await withClock();
    const fault = { cloud: 'volt', method: 'POST', path: '/pods' } as const;
    stage.world.faults.add({ ...fault, kind: 'drop_after_commit' });
    stage.world.faults.add({ ...fault, kind: 'late_listing', seconds: 120 });
    await stage.call('create_pod', VOLT_POD);
    wall.off = jump;
    await runMaintenance(stage.runtime);
    stage.world.clock.advance(150);
    await runMaintenance(stage.runtime);
    expect((await spendOf(stage)).notices).toEqual([expect.stringContaining(RECOVERY_SAYS.went_through)]);
  });

  it('does not keep a lost reply from being found by the age of the pod', async () => {
    const { wall, stage } = await withClock();
    wall.off = jump;
    stage.world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods', kind: 'drop_after_commit' });
    const { structuredContent } = await stage.call('create_pod', { ...VOLT_POD, max_lifetime_hours: 2 });
    expect(structuredContent).toMatchObject({ status: 'done', reconciled: true });
  });

  it('ends no wait early and none a day late', async () => {
    const { wall, stage } = await withClock();
    const { world } = stage;
    const job = { taskType: 'text' as const, name: 'slow', model: 'a/b', dsRepo: 'a/c', hours: 2 };
    const { id } = createJob(world, job, 0);
    world.setJobStatus(id, 'training');
    const { record } = world.requests;
    world.requests.record = (request) => {
      if (request.path === '/fine-tuning') wall.off = jump;
      return record(request);
    };
    const { structuredContent } = await stage.call('wait_for', {
      ref: `volt:job:${id}`,
      timeout_seconds: 40,
    });
    expect(wall.off).toBe(jump);
    expect(structuredContent).toMatchObject({ timed_out: true, waited_seconds: 40 });
  });
});

it('a pod made before the order, by the clock of the cloud, is not taken for its result', async () => {
  const stage = await stageFor({ timeouts: 'by hand' });
  const id = stage.world.addPod('volt', { name: 'trainer', machine_id: 'mach_rtx4090_01' });
  const pod = stage.world.volt.pods.find((one) => one.id === id);
  if (pod === undefined) throw new Error('no pod');
  pod.visible_ms = stage.world.clock.now() + 3_605_000;
  stage.world.clock.advance(HOUR);
  stage.world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods', kind: 'drop_before' });
  const { structuredContent } = await stage.call('create_pod', { ...VOLT_POD, max_lifetime_hours: 2 });
  expect(structuredContent.error).toMatchObject({
    code: 'outcome_unknown',
    candidates: [`volt:pod:${id}`],
  });
  expect(await stage.runtime.gate.store.leases.all()).toEqual([]);
});

it('a lease that was agreed to before the clock went back a day is not a day longer', async () => {
  const { wall, stage } = await withClock({ person: null });
  const pod = `volt:pod:${stage.world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' })}`;
  const change = { pod, max_lifetime_hours: 2 };
  const consent = consentOf(asCalled(await stage.call('update_pod', change)));
  wall.off = -DAY_MS;
  await stage.call('update_pod', { ...change, ...consent });
  stage.world.clock.advance(2 * HOUR);
  await runMaintenance(stage.runtime);
  expect(stops(stage)).toHaveLength(1);
});
