import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createVolt } from '../../../src/clouds/volt/index.ts';
import { UNEXPLAINED_AMOUNT } from '../../../src/clouds/volt/notes.ts';
import type { Cloud } from '../../../src/core/cloud.ts';
import type { CreatePodRequest, FinetuneRequest } from '../../../src/core/requests.ts';
import { type RunningSandbox, serveSandbox } from '../../../src/sandbox/serve.ts';
import { dollarsIn } from '../../facts.ts';
import { deps, failure, io } from './fake.ts';

// The whole adapter over its real stack against the simulated Volt, which refuses what the documents do not show.

let sandbox: RunningSandbox;
let volt: Cloud;

beforeAll(async () => {
  sandbox = await serveSandbox({ speed: 0, start: '2026-04-01T12:00:00Z' });
  const { baseUrl, apiKey } = sandbox.volt;
  volt = createVolt(apiKey, { api: baseUrl }, deps);
});
beforeEach(() => sandbox.world.reset());
afterAll(async () => {
  await volt.close();
  await sandbox.close();
});

const writes = () =>
  sandbox.world.requests
    .filter(({ method }) => method !== 'GET')
    .map(({ method, path }) => `${method} ${path}`);
const NOTHING: CreatePodRequest = {
  name: 'trainer',
  machine_id: null,
  resource_name: null,
  gpu_count: null,
  template_id: null,
  image: null,
  ssh_key_ids: [],
  volume_gb: null,
};
const LIUM: CreatePodRequest = {
  ...NOTHING,
  machine_id: 'mach_rtx4090_01',
  template_id: 'tpl_pytorch21',
  ssh_key_ids: ['key_abc123'],
};
const TARGON: CreatePodRequest = {
  ...NOTHING,
  machine_id: 'mach_h200_targon_01',
  resource_name: 'h200-small',
  image: 'pytorch/pytorch:2',
};
const JOB: FinetuneRequest = {
  name: 'tune',
  task_type: 'text',
  model: 'meta-llama/Llama-3.1-8B-Instruct',
  hours: 2,
  dataset_repo: 'myorg/support-qa',
};

async function rent(request: CreatePodRequest = LIUM): Promise<string> {
  const pod = await volt.pods.create(io(), await volt.pods.prepareCreate(io(), request));
  return pod!.id;
}
const submit = async (request = JOB) =>
  volt.jobs!.submit(io(), volt.jobs!.prepareSubmit(request, new Date(deps.now())));

describe('pods', () => {
  it('live from order to deletion', async () => {
    const id = await rent({ ...LIUM, gpu_count: 2, volume_gb: 40 });
    expect(await volt.pods.get(io(), id)).toMatchObject({
      state: 'provisioning',
      ssh_command: null,
      root_disk_gb: 40,
    });
    sandbox.world.clock.advance(30);
    const pod = await volt.pods.get(io(), id);
    expect(pod).toMatchObject({
      state: 'running',
      gpu_count: 2,
      hourly_cost_usd: 0.78,
      ssh_key_ids: ['key_abc123'],
    });
    expect(pod.ssh_command).toMatch(/^ssh root@[\d.]+ -p 22$/);
    expect(await volt.pods.rates(io(), await volt.pods.list(io()))).toMatchObject([
      { usd_per_hour: 0.78, usd_per_hour_max: 0.78 },
    ]);
    expect(await failure(volt.pods.update!(io(), id, { volume_gb: 60 }))).toMatchObject({
      code: 'wrong_state',
    });
    expect(await volt.pods.stop(io(), id)).toMatchObject({ raw_state: 'stopping' });
    expect(await failure(volt.pods.stop(io(), id))).toMatchObject({ code: 'wrong_state' });
    sandbox.world.clock.advance(10);
    await volt.pods.update!(io(), id, { volume_gb: 60, name: 'renamed' });
    expect(await volt.pods.get(io(), id)).toMatchObject({
      state: 'stopped',
      name: 'renamed',
      root_disk_gb: 60,
    });
    expect(await volt.pods.start(io(), id)).toMatchObject({ raw_state: 'starting' });
    expect(await volt.pods.delete(io(), id)).toMatchObject({ raw_state: 'deleted' });
    expect(await failure(volt.pods.get(io(), id))).toMatchObject({ code: 'not_found' });
    expect(await volt.pods.list(io())).toEqual([]);
  });

  it('a Targon order is taken as it was built', async () => {
    const id = await rent(TARGON);
    expect(await volt.pods.get(io(), id)).toMatchObject({
      provider: 'targon',
      confidential: true,
      hourly_cost_usd: 2.4,
    });
  });

  it('prices per GPU are shown in both readings', async () => {
    sandbox.world.setDrift({ volt_cost_per_gpu: true });
    await rent({ ...LIUM, gpu_count: 3 });
    expect(await volt.pods.rates(io(), await volt.pods.list(io()))).toMatchObject([
      { usd_per_hour: 0.39, usd_per_hour_max: 1.17 },
    ]);
  });

  it('an order whose reply is lost is sent once', async () => {
    sandbox.world.faults.add({
      cloud: 'volt',
      method: 'POST',
      path: '/pods',
      kind: 'error_after_commit',
      status: 502,
    });
    expect(await failure(rent())).toMatchObject({ code: 'outcome_unknown' });
    expect(writes()).toEqual(['POST /pods']);
    expect(sandbox.world.pods.list('volt')).toHaveLength(1);
  });

  it('replies of newer versions are read', async () => {
    sandbox.world.setDrift({ volt_create_wrapped: true, volt_upper_case: true, volt_detail_uid: true });
    const id = await rent();
    sandbox.world.clock.advance(30);
    expect(await volt.pods.get(io(), id)).toMatchObject({ id, state: 'running', name: 'trainer' });
    expect(await volt.pods.list(io())).toMatchObject([
      { id, name: 'trainer', raw_state: 'RUNNING', state: 'running' },
    ]);
    sandbox.world.setDrift({ volt_detail_uid: false, volt_ssh_command: true, volt_stop_refund: true });
    const host = `${id.replaceAll('_', '-')}.ssh.example.com`;
    expect(await volt.pods.get(io(), id)).toMatchObject({
      ssh_command: `ssh ubuntu@${host} -p 20000`,
      ssh_user: 'ubuntu',
    });
    expect((await volt.pods.stop(io(), id)).notes[0]).toBe(UNEXPLAINED_AMOUNT('prepaid_refund = 0'));
  });

  it.each(['empty_object', 'null'] as const)(
    'a list that is %s is no empty list',
    async (volt_list_shape) => {
      sandbox.world.setDrift({ volt_list_shape });
      expect(await failure(volt.pods.list(io()))).toMatchObject({ code: 'unexpected_response' });
    },
  );

  it('a list in an envelope is not read as empty, one without is read', async () => {
    sandbox.world.setDrift({ volt_list_shape: 'bare_array' });
    expect(await volt.pods.list(io())).toEqual([]);
    sandbox.world.setDrift({ volt_list_shape: 'normal', volt_envelope: true });
    expect(await failure(volt.pods.list(io()))).toMatchObject({ code: 'unexpected_response' });
  });

  it('machines of newer versions are read', async () => {
    sandbox.world.setDrift({ volt_machine_rows: true });
    const machines = await volt.machines.list(io());
    expect(machines[0]).toMatchObject({
      id: 'mach_rtx4090_01',
      price_basis: 'instance',
      memory_gb: 32,
      cpu_cores: 8,
    });
  });
});

describe('jobs', () => {
  const balance = () => sandbox.world.ledger.balance('volt');

  it('debit at once, refund while pending', async () => {
    const before = balance();
    const job = await submit();
    expect(job).toMatchObject({ state: 'queued', total_cost_usd: 55.5, warnings: [] });
    expect(before - balance()).toBeCloseTo(55.5, 6);
    const said = await volt.jobs!.cancel(io(), job.id);
    expect(dollarsIn(said.message)).toEqual([55.5]);
    expect(balance()).toBeCloseTo(before, 6);
    expect(await failure(volt.jobs!.cancel(io(), job.id))).toMatchObject({ code: 'wrong_state' });
  });

  it('at the table price stay within what was confirmed', async () => {
    sandbox.world.setDrift({ volt_8b_at_table_price: true });
    expect(await submit()).toMatchObject({ total_cost_usd: 92.5, warnings: [] });
  });

  it('in training claim no refund', async () => {
    const { id } = await submit();
    sandbox.world.setJobStatus(id, 'training');
    const after = balance();
    const said = await volt.jobs!.cancel(io(), id);
    expect(dollarsIn(said.message)).toEqual([]);
    expect(balance()).toBe(after);
  });

  it('are listed by their state', async () => {
    const { id } = await submit();
    await submit({ ...JOB, name: 'other' });
    sandbox.world.setJobStatus(id, 'training');
    const states = (await volt.jobs!.list(io())).map(({ name, state }) => `${name} ${state}`);
    expect(states.toSorted()).toEqual([`${JOB.name} training`, 'other queued'].toSorted());
    expect(await volt.jobs!.get(io(), id)).toMatchObject({ refund_if_cancelled_now: 'none', warnings: [] });
  });

  it('that are switched off are unsupported, for reads and writes', async () => {
    sandbox.world.setDrift({ volt_jobs_unavailable: true });
    expect(await failure(volt.jobs!.list(io()))).toMatchObject({ code: 'unsupported' });
    expect(await failure(submit())).toMatchObject({ code: 'unsupported' });
    expect(writes()).toEqual(['POST /fine-tuning']);
  });
});

describe('the account', () => {
  it('the budget of the key is counted', async () => {
    const before = volt.budget()?.used ?? 0;
    await volt.machines.list(io());
    expect(volt.budget()).toMatchObject({ limit: 1000, used: before + 1 });
  });

  it('a wrong key is unauthorized', async () => {
    const stranger = createVolt('volt_wrong_key', { api: sandbox.volt.baseUrl }, deps);
    expect(await failure(stranger.pods.list(io()))).toMatchObject({ code: 'unauthorized' });
    await stranger.close();
  });
});
