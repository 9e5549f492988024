import { expect, it } from 'vitest';
import { moveJob } from '../../src/sandbox/volt/job-life.ts';
import { createJob } from '../../src/sandbox/volt/jobs.ts';
import { dollarsIn, toolsIn } from '../facts.ts';
import { agrees, startHarness, TEXT_JOB } from '../harness.ts';

const BOTH = { GPU_MCP_RESULTS: 'both', GPU_MCP_MAX_JOB_USD: '1000' } as const;

it('get_spend shows the time, the maximum spent so far, and the cost until a time', async () => {
  const { call, world } = await startHarness({ config: BOTH });
  world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' });
  world.addPod('nebula', { name: 'box', product_id: 'prd-ca-a6000-1' });
  world.clock.advance(3600);
  const { structured, text } = await call('get_spend', { until: '2026-03-28T25:00' });
  expect(structured.error?.code, text).toBe('invalid_input');
  for (const until of ['2027-02-29', '2026-04-31T12:00', '2026-13-01'])
    expect((await call('get_spend', { until })).structured.error).toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(/^until: /),
    });
  const day = await call('get_spend', { until: '2026-03-29T15:00' });
  expect(day.structured.forecast).toEqual({
    until: '2026-03-29T15:00:00.000Z',
    hours: 24,
    usd: 16.32,
    note: expect.stringMatching(/\bUTC\b/),
  });
  expect(day.text).toContain((day.structured.forecast as { note: string }).note);
  expect(day.text).toContain('2026-03-28T15:00:00');
  expect(dollarsIn(day.text)).toContain(16.32);
  const [one] = day.structured.spend?.pods.filter(({ name }) => name === 'one') ?? [];
  expect(one?.so_far_usd_max ?? one?.total_cost_usd).toBeCloseTo(0.19, 2);
  // The balance lasts so many hours at the present rate.
  expect(day.text).toMatch(/balance \$\d+\.\d\d.* \d+(\.\d)? h /);
  const zoned = await call('get_spend', { until: '2026-03-29T16:00+01:00' });
  expect(zoned.structured.forecast).toEqual({ until: '2026-03-29T15:00:00.000Z', hours: 24, usd: 16.32 });
  const over = await call('get_spend', { until: '2020-01-01' });
  expect(over.structured.error?.code).toBe('invalid_input');
  expect(over.structured.error?.message).toMatch(/^until: 2020-01-01\b.*\b2026-03-28T15:00/);
});

it('a pod costs until its lease ends if a server stops it then; a reminder ends nothing', async () => {
  const { call, world, runtime } = await startHarness({ config: BOTH });
  const one = world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' });
  const box = world.addPod('nebula', { name: 'box', product_id: 'prd-ca-a6000-1' });
  const ends_at = '2026-03-28T16:00:00.000Z';
  await runtime.gate.store.leases.add({ ref: `volt:pod:${one}`, name: 'one', ends_at });
  await runtime.gate.store.leases.add({ ref: `nebula:pod:${box}`, name: 'box', ends_at, kind: 'reminder' });
  const { structured } = await call('get_spend', { until: '2026-03-29T14:00Z' });
  // 2 h at 0.19 and 24 h at 0.49.
  expect(structured.forecast).toMatchObject({ hours: 24, usd: 12.14, pods_until_lease_ends: 1 });
  const early = await call('get_spend', { until: '2026-03-28T15:00Z' });
  expect(early.structured.forecast).toEqual({ until: '2026-03-28T15:00:00.000Z', hours: 1, usd: 0.68 });
});

it('a cloud that cannot be read makes the forecast unknown, never $0', async () => {
  const { call, world } = await startHarness({ config: BOTH });
  world.faults.add({ cloud: 'volt', path: '/pods', kind: 'error_before', status: 502, times: 100 });
  const { structured, text } = await call('get_spend', { until: '2026-03-29T14:00Z' });
  expect(structured.forecast).not.toHaveProperty('usd');
  expect(text).toMatch(/2026-03-29T14:00.*\bunknown\b/);
  expect(text).not.toMatch(/^volt: .*(?:\b0 pods|\$0)/m);
});

it('a job that was cancelled with a refund is shown as refunded', async () => {
  const { call } = await startHarness({ elicit: agrees, config: BOTH });
  const job = (await call('submit_finetune', TEXT_JOB)).structured.job?.ref;
  await call('cancel_job', { job });
  const { structured, text } = await call('get_spend');
  expect(structured.spend?.jobs).toMatchObject([{ ref: job, usd_upfront: 55.5, refunded_usd: 55.5 }]);
  expect(dollarsIn(text.split('\n').find((line) => line.includes(job ?? '?')))).toEqual([55.5, 55.5]);
  const jobs = await call('list_jobs');
  expect(jobs.structured.jobs).toMatchObject([{ ref: job, state: 'cancelled', refunded_usd: 55.5 }]);
  expect(dollarsIn(jobs.text)).toEqual([55.5, 55.5]);
});

it('wait_for ends at once if waiting is pointless, and shows when a job will end', async () => {
  const { call, world } = await startHarness({ elicit: agrees, config: BOTH });
  const pod = `volt:pod:${world.addPod('volt', { name: 'off', machine_id: 'mach_rtx3090_01', state: 'stopped' })}`;
  const stopped = await call('wait_for', { ref: pod });
  expect(stopped.structured).toMatchObject({ reached: false, timed_out: false });
  expect(toolsIn(stopped.structured.message)).toContain('start_pod');
  const job = (await call('submit_finetune', TEXT_JOB)).structured.job?.ref;
  const early = await call('wait_for', { ref: job, timeout_seconds: 5 });
  // The training takes two hours, and has not begun.
  expect(early.structured.message).toMatch(/\b2026-03-28T16:0\d:\d\d.*\b120 min\b/);
});

it('a cancelled job shows its refund, or that it is not known to this server', async () => {
  const { call, world } = await startHarness({ elicit: agrees, config: BOTH });
  const made = await call('submit_finetune', TEXT_JOB);
  const job = (made.structured.job as { ref: string }).ref;
  const debited = (made.structured.job as { total_cost_usd: number }).total_cost_usd;
  await call('cancel_job', { job });
  for (const { text, structured } of [await call('list_jobs'), await call('get_job', { job })]) {
    const [shown] = structured.jobs ?? [structured.job];
    expect(shown).toMatchObject({ refunded_usd: debited });
    expect(shown).not.toHaveProperty('warnings');
    expect(dollarsIn(text).filter((amount) => amount === debited)).toHaveLength(2);
  }
  const wanted = { taskType: 'text', model: 'meta-llama/Llama-3.1-8B', dsRepo: 'me/qa', hours: 2 } as const;
  const other = createJob(world, { ...wanted, name: 'elsewhere' }, 0);
  moveJob(world, other, 'cancelled', world.clock.now());
  const ref = `volt:job:${other.id}`;
  for (const { text, structured } of [await call('list_jobs'), await call('get_job', { job: ref })]) {
    const shown = [...(structured.jobs ?? []), structured.job].find((one) => one?.ref === ref);
    expect(shown).not.toHaveProperty('refunded_usd');
    expect(shown?.warnings).toHaveLength(1);
    expect(text).toContain(shown?.warnings?.[0]);
  }
});
