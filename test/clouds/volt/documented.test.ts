import { describe, expect, it } from 'vitest';
import { DELETED_VOLUMES, WARNINGS } from '../../../src/clouds/volt/notes.ts';
import { podSchema } from '../../../src/core/model.ts';
import * as doc from './documented.ts';
import { answer, fakeVolt, io } from './fake.ts';

const POD = {
  ref: 'volt:pod:pod_def456',
  cloud: 'volt',
  id: 'pod_def456',
  name: 'my-training-pod',
  state: 'running',
  raw_state: 'running',
  provider: 'lium',
  machine_kind: null,
  gpu_model: 'RTX 4090',
  gpu_count: 1,
  cpu_cores: 8,
  memory_gb: 32,
  root_disk_gb: 50,
  ephemeral_disk_gb: null,
  image: 'pytorch/pytorch:2.1.0-cuda12.1-cudnn8-devel',
  hourly_cost_usd: 0.39,
  total_cost_usd: 4.88,
  uptime_hours: 12.5,
  public_ip: '203.0.113.42',
  private_ip: null,
  ssh_port: 22,
  ssh_user: null,
  ssh_command: 'ssh root@203.0.113.42 -p 22',
  ssh_key_ids: ['key_abc123'],
  login_method: null,
  has_password: null,
  region: null,
  confidential: false,
  attestation: null,
  created_at_utc: '2026-03-28T14:00:00Z',
  started_at_utc: null,
  started_at_raw: null,
  warnings: [WARNINGS.assumed_root],
};

const order = {
  body: {},
  summary: '',
  what: 'x',
  worst: 'x',
  cost: { usd_per_hour: 2.4, usd_upfront: 0, usd_upfront_max: 0, basis: '', quoted_at: '' },
  effects: [],
  consequences: [],
};

describe('documented pods', () => {
  it('detail', async () => {
    const { volt } = fakeVolt({ 'GET /pods/:id': doc.POD_DETAIL });
    const pod = await volt.pods.get(io(), 'pod_def456');
    expect(pod).toEqual(POD);
    expect(podSchema.parse(pod)).toEqual(pod);
  });

  it('list: what a row does not have is null', async () => {
    const { volt } = fakeVolt({ 'GET /pods': doc.LIST_PODS });
    expect(await volt.pods.list(io())).toEqual([
      {
        ...POD,
        ref: 'volt:pod:pod_abc123',
        id: 'pod_abc123',
        name: 'training-run-7',
        cpu_cores: null,
        memory_gb: null,
        root_disk_gb: null,
        image: null,
        total_cost_usd: null,
        uptime_hours: null,
        ssh_key_ids: null,
        created_at_utc: '2026-03-15T10:30:00Z',
      },
    ]);
  });

  it('a new Lium pod', async () => {
    const { volt } = fakeVolt({ 'POST /pods': answer(201, doc.POD_CREATED_LIUM) });
    expect(await volt.pods.create(io(), order)).toEqual({
      ...POD,
      state: 'provisioning',
      raw_state: 'deploying',
      cpu_cores: null,
      memory_gb: null,
      total_cost_usd: null,
      uptime_hours: null,
      public_ip: null,
      ssh_port: null,
      ssh_command: null,
      ssh_key_ids: null,
      warnings: [],
    });
  });

  it('a new Targon pod has no GPU count, not zero', async () => {
    const { volt } = fakeVolt({ 'POST /pods': answer(201, doc.POD_CREATED_TARGON) });
    expect(await volt.pods.create(io(), order)).toMatchObject({
      ref: 'volt:pod:pod_targon_789',
      state: 'provisioning',
      provider: 'targon',
      gpu_model: 'H200',
      gpu_count: null,
      hourly_cost_usd: 2.4,
      public_ip: null,
      image: 'pytorch/pytorch:2.5.1-cuda12.4-cudnn9-devel',
      confidential: true,
      attestation: 'intel_tdx',
      warnings: [],
    });
  });

  it.each([
    ['start', doc.STARTED, 'starting'],
    ['stop', doc.STOPPED, 'stopping'],
  ] as const)('%s', async (action, reply, raw_state) => {
    const { volt } = fakeVolt({ [`POST /pods/:id/${action}`]: reply });
    const said = await volt.pods[action](io(), 'pod_def456');
    expect(said).toMatchObject({ message: reply.message, raw_state });
    expect(said.notes).toHaveLength(1);
  });

  it('update and delete', async () => {
    const { volt } = fakeVolt({ 'PUT /pods/:id': doc.UPDATED, 'DELETE /pods/:id': doc.DELETED });
    expect(await volt.pods.update!(io(), 'pod_def456', { name: 'x' })).toEqual({
      message: 'Pod updated successfully.',
      raw_state: 'running',
      state: 'running',
      name: 'training-run-v2',
      ssh_key_ids: ['key_abc123', 'key_def456'],
      notes: [],
    });
    expect(await volt.pods.delete(io(), 'pod_def456')).toEqual({
      message: 'Pod and all associated resources have been deleted.',
      raw_state: 'deleted',
      state: 'deleted',
      notes: [DELETED_VOLUMES],
    });
  });
});

describe('documented machines', () => {
  it('are offers by the GPU, with the specification of the host', async () => {
    const { volt } = fakeVolt({ 'GET /machines': doc.MACHINES });
    const machines = await volt.machines.list(io());
    expect(machines).toHaveLength(3);
    expect(machines[0]).toEqual({
      ref: 'volt:machine:mach_rtx4090_01',
      cloud: 'volt',
      id: 'mach_rtx4090_01',
      order_key: { machine_id: 'mach_rtx4090_01' },
      provider: 'lium',
      region: 'US-East',
      data_center_id: null,
      gpu_model: 'RTX 4090',
      gpu_family: null,
      gpu_count_total: 4,
      gpu_count_available: 3,
      stock_instances: null,
      is_available: true,
      gpu_memory_gb: 24,
      cpu_cores: 32,
      memory_gb: 128,
      root_disk_gb: 2000,
      ephemeral_disk_gb: null,
      spec_scope: 'host',
      price_per_gpu_hour_usd: 0.39,
      price_per_instance_hour_usd: null,
      price_basis: 'gpu',
      sold_by: 'gpu',
      confidential: false,
      is_spot: null,
      quoted_at_utc: '2026-04-01T12:00:00.000Z',
      warnings: [],
    });
    expect(machines[2]).toMatchObject({
      provider: 'targon',
      confidential: true,
      price_per_gpu_hour_usd: 2.4,
    });
  });
});

describe('documented jobs', () => {
  const JOB = {
    ref: 'volt:job:clxyz456',
    cloud: 'volt',
    id: 'clxyz456',
    upstream_task_id: 'abc-def-ghi',
    name: 'my-llama-finetune',
    base_model: 'meta-llama/Llama-3.1-8B-Instruct',
    task_type: 'text',
    state: 'training',
    raw_state: 'training',
    is_terminal: false,
    refund_if_cancelled_now: 'none',
    hours_requested: 2,
    cost_per_hour_usd: 27.75,
    total_cost_usd: 55.5,
    dataset_repo: 'myorg/support-qa',
    output_model_repo: null,
    created_at_utc: '2026-03-28T16:00:00Z',
    started_at_utc: '2026-03-28T16:03:12Z',
    completed_at_utc: null,
  };

  it('detail: the id asked for stays; another id in the reply is a warning', async () => {
    const { volt } = fakeVolt({ 'GET /fine-tuning/:id': doc.JOB_DETAIL });
    expect(await volt.jobs!.get(io(), 'clxyz456')).toEqual({
      ...JOB,
      warnings: [WARNINGS.other_id('job', 'clxyz456...')],
    });
    expect((await volt.jobs!.get(io(), 'clxyz456...')).warnings).toEqual([]);
  });

  it('list', async () => {
    const { volt } = fakeVolt({ 'GET /fine-tuning': doc.JOBS });
    expect(await volt.jobs!.list(io())).toEqual([
      {
        ...JOB,
        ref: 'volt:job:clxyz123...',
        id: 'clxyz123...',
        created_at_utc: '2026-03-28T10:00:00Z',
        started_at_utc: '2026-03-28T10:02:30Z',
        warnings: [],
      },
    ]);
  });

  it('a new job lacks the later fields', async () => {
    const { volt } = fakeVolt({ 'POST /fine-tuning': answer(201, doc.JOB_CREATED) });
    const confirmed = { ...order, cost: { ...order.cost, usd_upfront_max: 92.5 } };
    expect(await volt.jobs!.submit(io(), confirmed)).toEqual({
      ...JOB,
      ref: 'volt:job:clxyz456...',
      id: 'clxyz456...',
      state: 'queued',
      raw_state: 'pending',
      refund_if_cancelled_now: 'full',
      dataset_repo: null,
      started_at_utc: null,
      warnings: [],
    });
  });

  it('cancelling reports the words of the cloud and adds nothing', async () => {
    const { volt } = fakeVolt({ 'DELETE /fine-tuning/:id': doc.JOB_CANCELLED });
    expect(await volt.jobs!.cancel(io(), 'clxyz456')).toEqual({
      message: 'Job cancelled and $55.50 refunded to your account',
      raw_state: 'cancelled',
      notes: [],
    });
  });
});
