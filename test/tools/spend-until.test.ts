import { expect, it } from 'vitest';
import { moveJob } from '../../src/sandbox/volt/job-life.ts';
import { createJob } from '../../src/sandbox/volt/jobs.ts';
import { agrees, startHarness, TEXT_JOB } from '../harness.ts';

const BOTH = { GPU_MCP_RESULTS: 'both', GPU_MCP_MAX_JOB_USD: '1000' } as const;

it('get_spend says the time, what was spent so far at most, and what a rate comes to until a time', async () => {
  const { call, world } = await startHarness({ config: BOTH });
  world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' });
  world.addPod('nebula', { name: 'box', product_id: 'prd-ca-a6000-1' });
  world.clock.advance(3600);
  const { structured, text } = await call('get_spend', { until: '2026-03-28T25:00' });
  expect(structured.error?.code, text).toBe('invalid_input');
  for (const until of ['2027-02-29', '2026-04-31T12:00', '2026-13-01'])
    expect((await call('get_spend', { until })).structured.error).toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(/^until/),
    });
  const day = await call('get_spend', { until: '2026-03-29T15:00' });
  expect(day.structured.forecast).toEqual({
    until: '2026-03-29T15:00:00.000Z',
    hours: 24,
    usd: 16.32,
    note: expect.stringContaining('read as UTC'),
  });
  expect(day.text).toMatch(/read as UTC/);
  expect(day.text).toMatch(/Now it is 2026-03-28T15:00:00/);
  expect(day.text).toMatch(/\$16\.32 more at the present rate/);
  expect(day.text).toMatch(/at most 0\.19/);
  expect(day.text).toMatch(/which lasts \d+(\.\d)? h at this rate/);
  const zoned = await call('get_spend', { until: '2026-03-29T16:00+01:00' });
  expect(zoned.structured.forecast).toEqual({ until: '2026-03-29T15:00:00.000Z', hours: 24, usd: 16.32 });
  const over = await call('get_spend', { until: '2020-01-01' });
  expect(over.structured.error?.message).toMatch(/is over; now it is 2026/);
});

it('a pod costs until its lease ends if a server stops it then; a reminder ends nothing', async () => {
  const { call, world, runtime } = await startHarness({ config: BOTH });
  const one = world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' });
  const box = world.addPod('nebula', { name: 'box', product_id: 'prd-ca-a6000-1' });
  const ends_at = '2026-03-28T16:00:00.000Z';
  await runtime.gate.store.leases.add({ ref: `volt:pod:${one}`, name: 'one', ends_at });
  await runtime.gate.store.leases.add({ ref: `nebula:pod:${box}`, name: 'box', ends_at, kind: 'reminder' });
  const { structured, text } = await call('get_spend', { until: '2026-03-29T14:00Z' });
  // 2 h at 0.19 and 24 h at 0.49.
  expect(structured.forecast).toMatchObject({ hours: 24, usd: 12.14, pods_until_lease_ends: 1 });
  expect(text).toMatch(/1 pod only until its lease ends/);
  const early = await call('get_spend', { until: '2026-03-28T15:00Z' });
  expect(early.structured.forecast).toEqual({ until: '2026-03-28T15:00:00.000Z', hours: 1, usd: 0.68 });
});

it('a cloud that cannot be read makes the forecast unknown, never $0', async () => {
  const { call, world } = await startHarness({ config: BOTH });
  world.faults.add({ cloud: 'volt', path: '/pods', kind: 'error_before', status: 502, times: 100 });
  const { structured, text } = await call('get_spend', { until: '2026-03-29T14:00Z' });
  expect(structured.forecast).not.toHaveProperty('usd');
  expect(text).toMatch(/Until .*: unknown/);
  expect(text).not.toMatch(/volt: .*(?:0 pods|\$0)/);
});

it('a job that was cancelled with a refund is shown as refunded', async () => {
  const { call } = await startHarness({ elicit: agrees, config: BOTH });
  const job = (await call('submit_finetune', TEXT_JOB)).structured.job?.ref;
  await call('cancel_job', { job });
  const { structured, text } = await call('get_spend');
  expect(structured.spend?.jobs).toMatchObject([{ ref: job, usd_upfront: 55.5, refunded_usd: 55.5 }]);
  expect(text).toMatch(/\$55\.50 of it refunded/);
  const jobs = await call('list_jobs');
  expect(jobs.structured.jobs).toMatchObject([{ ref: job, state: 'cancelled', refunded_usd: 55.5 }]);
  expect(jobs.text).toMatch(/\$55\.50, \$55\.50 refunded/);
});

it('wait_for ends at once where waiting is pointless, and tells when a job will end', async () => {
  const { call, world } = await startHarness({ elicit: agrees, config: BOTH });
  const pod = `volt:pod:${world.addPod('volt', { name: 'off', machine_id: 'mach_rtx3090_01', state: 'stopped' })}`;
  const stopped = await call('wait_for', { ref: pod });
  expect(stopped.structured).toMatchObject({ reached: false, timed_out: false });
  expect(stopped.text).toMatch(/does not start by itself: start_pod/);
  const job = (await call('submit_finetune', TEXT_JOB)).structured.job?.ref;
  const early = await call('wait_for', { ref: job, timeout_seconds: 5 });
  expect(early.text).toMatch(/Expected end: not before .*do not wait in this turn/);
});

it('a cancelled job shows its refund, or that it is not known to this server', async () => {
  const { call, world } = await startHarness({ elicit: agrees, config: BOTH });
  const made = await call('submit_finetune', TEXT_JOB);
  const job = (made.structured.job as { ref: string }).ref;
  const debited = (made.structured.job as { total_cost_usd: number }).total_cost_usd;
  await call('cancel_job', { job });
  for (const { text, structured } of [await call('list_jobs'), await call('get_job', { job })]) {
    expect(JSON.stringify(structured)).toContain(`"refunded_usd":${debited}`);
    expect(text).toMatch(/refunded/);
    expect(text).not.toMatch(/not known/);
  }
  const wanted = { taskType: 'text', model: 'meta-llama/Llama-3.1-8B', dsRepo: 'me/qa', hours: 2 } as const;
  const other = createJob(world, { ...wanted, name: 'elsewhere' }, 0);
  moveJob(world, other, 'cancelled', world.clock.now());
  const ref = `volt:job:${other.id}`;
  for (const { text, structured } of [await call('list_jobs'), await call('get_job', { job: ref })]) {
    expect(text).toMatch(/refunded is not known/);
    expect(JSON.stringify(structured)).toMatch(/refunded is not known/);
  }
});
