import { expect, it } from 'vitest';
import { agrees, NEBULA_POD, startHarness, TARGON_POD, TEXT_JOB, VOLT_POD } from '../harness.ts';

const BOTH = { GPU_MCP_RESULTS: 'both', GPU_MCP_MAX_JOB_USD: '1000' } as const;

it('a fine-tuning plan shows columns and template, and warns if none are named', async () => {
  const { call } = await startHarness({ config: BOTH });
  const bare = (await call('submit_finetune', TEXT_JOB)).structured.plan;
  expect(bare?.consequences[0]).toMatch(/No columns are named .*Ask the user.*do not invent/);
  const named = (
    await call('submit_finetune', { ...TEXT_JOB, field_instruction: 'question', field_output: 'answer' })
  ).structured.plan;
  expect(named?.effects[0]).toBe('Columns of the dataset: instruction="question", output="answer".');
  expect(named?.consequences.join(' ')).not.toMatch(/No columns/);
  const chat = { ...TEXT_JOB, task_type: 'chat', chat_template: 'llama3' };
  expect((await call('submit_finetune', chat)).structured.plan?.effects[0]).toMatch(/template llama3/);
  const dpo = await call('submit_finetune', { ...TEXT_JOB, task_type: 'dpo', chat_template: 'llama3' });
  expect(dpo.structured.error?.message).toMatch(/field_chosen: .*ask the user .*never invent/);
});

it('a debit over a limit names the hours that fit, by the caller and by the operator', async () => {
  const { call } = await startHarness({ config: { ...BOTH, GPU_MCP_MAX_JOB_USD: '50' } });
  // 46.25 an hour at the upper price.
  const own = await call('submit_finetune', { ...TEXT_JOB, max_usd: 40 });
  expect(own.structured.error?.message).toContain('0.86 h fit $40.00');
  const cap = await call('submit_finetune', TEXT_JOB);
  expect(cap.structured.error?.message).toContain('1.08 h fit $50.00');
  const fits = await call('submit_finetune', { ...TEXT_JOB, hours: 1.08 });
  expect(fits.structured.status).toBe('confirmation_required');
});

it('a plan says how long the pod runs: until somebody ends it, or with a lease until when and for how much', async () => {
  const { call } = await startHarness({ config: BOTH });
  const endless = (await call('create_pod', VOLT_POD)).structured.plan;
  expect(endless?.consequences.join(' ')).toMatch(
    /Nothing ends it by itself: it costs money until somebody stops/,
  );
  const leased = (await call('create_pod', { ...VOLT_POD, max_lifetime_hours: 3 })).structured.plan;
  expect(leased?.consequences.join(' ')).toMatch(/provided that the server runs then.*at most \$1\.17/);
  const nebula = (await call('create_pod', { ...NEBULA_POD, max_lifetime_hours: 3 })).structured.plan;
  expect(nebula?.consequences.join(' ')).toMatch(/reminder, never a stop.*\$1\.47/);
});

it('GPU_MCP_DEFAULT_LIFETIME_HOURS is the lease of a pod whose caller names none', async () => {
  const { call } = await startHarness({ config: { ...BOTH, GPU_MCP_DEFAULT_LIFETIME_HOURS: '2' } });
  const said = async (args: object) =>
    (await call('create_pod', { ...VOLT_POD, ...args })).structured.plan?.consequences.join(' ');
  expect(await said({})).toMatch(/Lease: .* 2 h after/);
  expect(await said({ max_lifetime_hours: 5 })).toMatch(/Lease: .* 5 h after/);
});

it('a price for several GPUs that was agreed to is in no doubt; that of a pod by other hands is', async () => {
  const { call, world } = await startHarness({ elicit: agrees });
  const made = await call('create_pod', { ...VOLT_POD, gpu_count: 2 });
  const { ref = '', hourly_cost_usd } = made.structured.pod ?? {};
  expect(hourly_cost_usd).toBe(0.78);
  const doubt = 'may be for the pod or for each';
  world.clock.advance(300);
  for (const { text, structured } of [
    made,
    await call('get_pod', { pod: ref }),
    await call('wait_for', { ref }),
  ]) {
    expect(structured.error).toBeUndefined();
    expect(text).not.toContain(doubt);
  }
  const id = world.addPod('volt', { name: 'other', machine_id: 'mach_rtx4090_02', gpu_count: 2 });
  expect((await call('get_pod', { pod: `volt:pod:${id}` })).text).toContain(doubt);
});

it('a login that nobody documents is said as a guess before renting', async () => {
  const { call } = await startHarness();
  for (const pod of [VOLT_POD, NEBULA_POD])
    expect((await call('create_pod', pod)).structured.plan?.consequences.join(' ')).toMatch(/\btry\b/);
});

it('the first warning of a confidential pod is that no limit on its price is sure to hold', async () => {
  const { call } = await startHarness();
  const plan = (await call('create_pod', { ...TARGON_POD, max_usd_per_hour: 3 })).structured.plan;
  expect(plan?.consequences[0]).toMatch(/no limit on it is sure to hold/);
  const large = await call('create_pod', { ...TARGON_POD, resource_name: 'h200-large', max_usd_per_hour: 3 });
  expect(large.structured.error?.code).toBe('over_limit');
});
