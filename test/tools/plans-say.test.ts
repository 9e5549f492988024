import { expect, it } from 'vitest';
import { CREATE_NOTES } from '../../src/clouds/nebula/notes.ts';
import { LOGIN_GUESS, TARGON_NOTES, WARNINGS } from '../../src/clouds/volt/notes.ts';
import { NO_COLUMNS_NOTE } from '../../src/clouds/volt/notes-jobs.ts';
import { leasePlan } from '../../src/tools/pods/leases.ts';
import { dollarsIn, fieldsIn, numbersIn, quotesIn, refsIn } from '../facts.ts';
import { agrees, consentOf, NEBULA_POD, startHarness, TARGON_POD, TEXT_JOB, VOLT_POD } from '../harness.ts';

const BOTH = { GPU_MCP_RESULTS: 'both', GPU_MCP_MAX_JOB_USD: '1000' } as const;

it('a fine-tuning plan shows columns and template, and warns if none are named', async () => {
  const { call } = await startHarness({ config: BOTH });
  const bare = (await call('submit_finetune', TEXT_JOB)).structured.plan;
  const warning = NO_COLUMNS_NOTE(['field_instruction', 'field_output']);
  expect(bare?.consequences[0]).toBe(warning);
  const named = (
    await call('submit_finetune', { ...TEXT_JOB, field_instruction: 'question', field_output: 'answer' })
  ).structured.plan;
  expect(quotesIn(named?.effects[0])).toEqual(['question', 'answer']);
  expect(named?.consequences).not.toContain(warning);
  const chat = { ...TEXT_JOB, task_type: 'chat', chat_template: 'llama3' };
  expect((await call('submit_finetune', chat)).structured.plan?.effects[0]).toContain('llama3');
  const dpo = await call('submit_finetune', { ...TEXT_JOB, task_type: 'dpo', chat_template: 'llama3' });
  expect(fieldsIn(dpo.structured.error?.message)).toEqual(['field_prompt', 'field_chosen', 'field_rejected']);
});

it('a debit over a limit names the hours that fit, by the caller and by the operator', async () => {
  const { call } = await startHarness({ config: { ...BOTH, GPU_MCP_MAX_JOB_USD: '50' } });
  // 46.25 an hour at the upper price.
  const own = await call('submit_finetune', { ...TEXT_JOB, max_usd: 40 });
  expect(own.structured.error?.code).toBe('over_limit');
  expect(numbersIn(own.structured.error?.message)).toEqual(expect.arrayContaining([0.86, 40]));
  const cap = await call('submit_finetune', TEXT_JOB);
  expect(numbersIn(cap.structured.error?.message)).toEqual(expect.arrayContaining([1.08, 50]));
  const fits = await call('submit_finetune', { ...TEXT_JOB, hours: 1.08 });
  expect(fits.structured.status).toBe('confirmation_required');
});

it('a plan says how long the pod runs: until somebody ends it, or with a lease until when and for how much', async () => {
  const { call, runtime } = await startHarness({ config: BOTH });
  const volt = runtime.clouds.get('volt');
  const endless = (await call('create_pod', VOLT_POD)).structured.plan;
  expect(endless?.consequences).toEqual(expect.arrayContaining(leasePlan(volt, null, 0.39)));
  const leased = (await call('create_pod', { ...VOLT_POD, max_lifetime_hours: 3 })).structured.plan;
  expect(leased?.consequences).toEqual(expect.arrayContaining(leasePlan(volt, 3, 0.39)));
  expect(dollarsIn(leased?.consequences.join(' '))).toContain(1.17);
  const nebula = (await call('create_pod', { ...NEBULA_POD, max_lifetime_hours: 3 })).structured.plan;
  expect(dollarsIn(nebula?.consequences.join(' '))).toContain(1.47);
});

it('GPU_MCP_DEFAULT_LIFETIME_HOURS is the lease of a pod whose caller names none', async () => {
  const { call } = await startHarness({ config: { ...BOTH, GPU_MCP_DEFAULT_LIFETIME_HOURS: '2' } });
  const consequencesOf = async (args: object) =>
    (await call('create_pod', { ...VOLT_POD, ...args })).structured.plan?.consequences.join(' ');
  expect(await consequencesOf({})).toMatch(/\b2 h\b/);
  expect(await consequencesOf({ max_lifetime_hours: 5 })).toMatch(/\b5 h\b/);
});

it('a price for several GPUs that was agreed to is in no doubt; that of a pod by other hands is', async () => {
  const { call, world } = await startHarness({ elicit: agrees });
  const made = await call('create_pod', { ...VOLT_POD, gpu_count: 2 });
  const { ref = '', hourly_cost_usd } = made.structured.pod ?? {};
  expect(hourly_cost_usd).toBe(0.78);
  const doubt = WARNINGS.price_of(0.78, 2);
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
  const other = await call('get_pod', { pod: `volt:pod:${id}` });
  expect(other.text).toContain(WARNINGS.price_of(other.structured.pod?.hourly_cost_usd ?? 0, 2));
  // A wait does not repeat it, whether it ends or not.
  for (const until of ['running', 'stopped']) {
    const { text } = await call('wait_for', { ref: `volt:pod:${id}`, until, timeout_seconds: 1 });
    expect(text).toContain(id);
    expect(text).not.toContain(WARNINGS.price_of(other.structured.pod?.hourly_cost_usd ?? 0, 2));
  }
});

it('an undocumented login is shown as a guess before renting', async () => {
  const { call } = await startHarness();
  for (const [pod, guess] of [
    [VOLT_POD, LOGIN_GUESS],
    [NEBULA_POD, CREATE_NOTES[3]],
  ] as const)
    expect((await call('create_pod', pod)).structured.plan?.consequences).toContain(guess);
});

it('the first warning of a confidential pod is that no limit on its price is sure to hold', async () => {
  const { call } = await startHarness();
  const plan = (await call('create_pod', { ...TARGON_POD, max_usd_per_hour: 3 })).structured.plan;
  expect(plan?.consequences[0]).toBe(TARGON_NOTES[0]);
  const large = await call('create_pod', { ...TARGON_POD, resource_name: 'h200-large', max_usd_per_hour: 3 });
  expect(large.structured.error?.code).toBe('over_limit');
});

it('a plan names live things of the same name: pods on both clouds, jobs that have not ended', async () => {
  const { call, world } = await startHarness({ config: BOTH });
  const namesakes = async (tool: string, args: object) => {
    const { structured } = await call(tool, { ...args, dry_run: true });
    return refsIn(structured.plan?.consequences.join(' ') ?? structured.error?.message);
  };
  expect(await namesakes('create_pod', VOLT_POD)).toEqual([]);
  const nebula = `nebula:pod:${world.addPod('nebula', { name: VOLT_POD.name })}`;
  expect(await namesakes('create_pod', VOLT_POD)).toEqual([nebula]);
  const volt = `volt:pod:${world.addPod('volt', { name: VOLT_POD.name, state: 'stopped' })}`;
  expect(await namesakes('create_pod', TARGON_POD)).toEqual([]);
  for (const pod of [VOLT_POD, { ...TARGON_POD, name: VOLT_POD.name }]) {
    expect((await namesakes('create_pod', pod)).toSorted()).toEqual([nebula, volt]);
  }
  // Nebula's reply names no id, so two instances of a name could not be distinguished.
  const refused = await call('create_pod', NEBULA_POD);
  expect(fieldsIn(refused.structured.error?.message)).toEqual(['name']);
  expect(refsIn(refused.structured.error?.message)).toContain(nebula);
  expect(await namesakes('create_pod', { ...NEBULA_POD, name: 'alone' })).toEqual([]);
  const alone = `volt:pod:${world.addPod('volt', { name: 'alone' })}`;
  expect(await namesakes('create_pod', { ...NEBULA_POD, name: 'alone' })).toEqual([alone]);

  const submit = async () => {
    const consent = consentOf(await call('submit_finetune', TEXT_JOB));
    return (await call('submit_finetune', { ...TEXT_JOB, ...consent })).structured.job?.ref;
  };
  expect(await namesakes('submit_finetune', TEXT_JOB)).toEqual([]);
  const job = (await submit()) ?? '';
  expect(job).toMatch(/^volt:job:/);
  expect(await namesakes('submit_finetune', TEXT_JOB)).toEqual([job]);
  world.setJobStatus(job.split(':')[2] ?? '', 'failure');
  expect(await namesakes('submit_finetune', TEXT_JOB)).toEqual([]);
});
