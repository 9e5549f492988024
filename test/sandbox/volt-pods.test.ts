import { describe, expect, it } from 'vitest';
import { LIUM, obj, START, start, str } from './start.ts';

const TARGON = {
  provider: 'targon',
  name: 'my-training-server',
  resource_name: 'h200-small',
  image: 'pytorch/pytorch:2.5.1-cuda12.4-cudnn9-devel',
  cost_per_hour: 2.4,
};

describe('Volt machines', () => {
  it('starts with no pods and lists the documented machines first', async () => {
    const { volt } = await start();
    expect((await volt('GET', '/pods')).json).toEqual({ pods: [], total: 0 });
    const { status, json } = await volt('GET', '/machines');
    const machines = json.machines as object[];
    expect(status).toBe(200);
    expect(json.total).toBe(machines.length);
    expect(machines.slice(0, 3)).toEqual([
      {
        id: 'mach_rtx4090_01',
        gpu_type: 'RTX 4090',
        gpu_count: 4,
        gpu_vram_gb: 24,
        cpu_cores: 32,
        ram_gb: 128,
        storage_gb: 2000,
        cost_per_gpu_hour: 0.39,
        available_gpus: 3,
        location: 'US-East',
        provider: 'lium',
      },
      {
        id: 'mach_h100_02',
        gpu_type: 'H100 80GB',
        gpu_count: 8,
        gpu_vram_gb: 80,
        cpu_cores: 128,
        ram_gb: 512,
        storage_gb: 8000,
        cost_per_gpu_hour: 2.69,
        available_gpus: 4,
        location: 'EU-West',
        provider: 'lium',
      },
      {
        id: 'mach_h200_targon_01',
        gpu_type: 'H200',
        gpu_count: 8,
        gpu_vram_gb: 141,
        cpu_cores: 128,
        ram_gb: 1024,
        storage_gb: 8000,
        cost_per_gpu_hour: 2.4,
        available_gpus: 8,
        location: 'US-Central',
        provider: 'targon',
        confidential: true,
      },
    ]);
    expect(machines.some((row) => obj(row).available_gpus === 0)).toBe(true);
  });
});

describe('Volt Lium pods', () => {
  it('answers the documented create, list and detail', async () => {
    const { volt, world } = await start();
    const created = await volt('POST', '/pods', LIUM);
    const id = str(created.json.id);
    expect(created.status).toBe(201);
    expect(created.json).toEqual({
      id: expect.stringMatching(/^pod_[a-z0-9]+$/),
      name: 'my-training-pod',
      status: 'deploying',
      provider: 'lium',
      gpu_type: 'RTX 4090',
      gpu_count: 1,
      cost_per_hour: 0.39,
      ip: null,
      ssh_port: null,
      template: 'pytorch/pytorch:2.1.0-cuda12.1-cudnn8-devel',
      volume_size_gb: 50,
      created_at: START,
    });
    world.clock.advance(20 + 12.5 * 3600);
    expect((await volt('GET', '/pods')).json).toEqual({
      pods: [
        {
          id,
          name: 'my-training-pod',
          status: 'running',
          provider: 'lium',
          gpu_type: 'RTX 4090',
          gpu_count: 1,
          cost_per_hour: 0.39,
          created_at: START,
          ip: '203.0.113.42',
          ssh_port: 22,
        },
      ],
      total: 1,
    });
    expect((await volt('GET', `/pods/${id}`)).json).toEqual({
      id,
      name: 'my-training-pod',
      status: 'running',
      provider: 'lium',
      gpu_type: 'RTX 4090',
      gpu_count: 1,
      cpu_cores: 8,
      ram_gb: 32,
      cost_per_hour: 0.39,
      ip: '203.0.113.42',
      ssh_port: 22,
      template: 'pytorch/pytorch:2.1.0-cuda12.1-cudnn8-devel',
      volume_size_gb: 50,
      ssh_keys: ['key_abc123'],
      uptime_hours: 12.5,
      total_cost: 4.88,
      created_at: START,
    });
  });

  it('takes GPUs out of the stock and gives them back on delete only', async () => {
    const { volt, world } = await start();
    const id = str((await volt('POST', '/pods', { ...LIUM, gpu_count: 2 })).json.id);
    expect(world.stock.get('volt', 'mach_rtx4090_01')).toBe(1);
    world.clock.advance(20);
    await volt('POST', `/pods/${id}/stop`);
    world.clock.advance(5);
    expect(world.stock.get('volt', 'mach_rtx4090_01')).toBe(1);
    const tooMany = await volt('POST', '/pods', { ...LIUM, gpu_count: 2 });
    expect([tooMany.status, tooMany.json.code]).toEqual([400, 'INSUFFICIENT_CAPACITY']);
    expect((await volt('DELETE', `/pods/${id}`)).json).toEqual({
      id,
      status: 'deleted',
      message: 'Pod and all associated resources have been deleted.',
    });
    expect(world.stock.get('volt', 'mach_rtx4090_01')).toBe(3);
    expect((await volt('GET', `/pods/${id}`)).status).toBe(404);
    expect((await volt('DELETE', `/pods/${id}`)).status).toBe(404);
  });

  it('bills only while running, across stop and start', async () => {
    const { volt, world } = await start();
    const id = str((await volt('POST', '/pods', LIUM)).json.id);
    world.clock.advance(20 + 3600);
    expect((await volt('POST', `/pods/${id}/stop`)).json).toEqual({
      id,
      status: 'stopping',
      message: 'Pod is stopping. Data on /root volume is preserved.',
    });
    world.clock.advance(10 * 3600);
    expect(world.pods.get('volt', id)?.state).toBe('stopped');
    expect(world.ledger.balance('volt')).toBe(999.61);
    expect((await volt('POST', `/pods/${id}/start`)).json).toEqual({
      id,
      status: 'starting',
      message: 'Pod is starting. This typically takes 15-30 seconds.',
    });
    world.clock.advance(19);
    expect(world.ledger.balance('volt')).toBe(999.61);
    world.clock.advance(1 + 1800);
    expect(world.ledger.balance('volt')).toBe(999.415);
    expect(world.ledger.entries.map((entry) => [entry.kind, entry.target])).toEqual([
      ['accrual', id],
      ['accrual', id],
    ]);
    expect((await volt('GET', `/pods/${id}`)).json).toMatchObject({ uptime_hours: 1.5, total_cost: 0.59 });
  });

  it('refuses moves that the state does not allow and changes nothing', async () => {
    const { volt, world } = await start();
    const id = str((await volt('POST', '/pods', LIUM)).json.id);
    expect((await volt('POST', `/pods/${id}/stop`)).json).toMatchObject({
      status: 400,
      code: 'INVALID_STATE',
    });
    world.clock.advance(20);
    expect((await volt('POST', `/pods/${id}/start`)).json.code).toBe('INVALID_STATE');
    expect((await volt('PUT', `/pods/${id}`, { volume_size_gb: 80 })).json.code).toBe('INVALID_STATE');
    expect(world.pods.get('volt', id)?.state).toBe('running');
  });

  it('updates name and keys while running, replacing the key set, and the volume when stopped', async () => {
    const { volt, world } = await start();
    const id = str((await volt('POST', '/pods', LIUM)).json.id);
    const key = { name: 'ci-server', public_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG...' };
    const other = str((await volt('POST', '/ssh-keys', key)).json.id);
    world.clock.advance(20);
    expect(
      (await volt('PUT', `/pods/${id}`, { name: 'training-run-v2', ssh_key_ids: [other] })).json,
    ).toEqual({
      id,
      name: 'training-run-v2',
      status: 'running',
      ssh_keys: [other],
      message: 'Pod updated successfully.',
    });
    await volt('POST', `/pods/${id}/stop`);
    world.clock.advance(5);
    expect((await volt('PUT', `/pods/${id}`, { volume_size_gb: 80 })).status).toBe(200);
    expect((await volt('GET', `/pods/${id}`)).json.volume_size_gb).toBe(80);
    expect((await volt('PUT', `/pods/${id}`, { ssh_key_ids: ['key_none'] })).status).toBe(404);
    expect((await volt('PUT', `/pods/${id}`, {})).status).toBe(400);
  });

  it('answers 402 when the balance does not cover the first hour, and creates nothing', async () => {
    const { volt, world } = await start();
    world.ledger.setBalance('volt', 0.38);
    const refused = await volt('POST', '/pods', LIUM);
    expect(refused.json).toMatchObject({ error: true, status: 402, code: 'INSUFFICIENT_BALANCE' });
    world.ledger.setBalance('volt', 0.39);
    expect((await volt('POST', '/pods', LIUM)).status).toBe(201);
    expect(world.pods.list('volt')).toHaveLength(1);
  });

  it('fails a pod whose registry credential is gone at deploy time', async () => {
    const { volt, world } = await start();
    const image = { name: 'private', image: 'ghcr.io/my-org/app:v1', docker_credential_id: 'cred_abc123' };
    const template_id = str((await volt('POST', '/templates', image)).json.id);
    const good = str((await volt('POST', '/pods', { ...LIUM, template_id })).json.id);
    world.clock.advance(20);
    await volt('DELETE', '/docker-credentials/cred_abc123');
    const bad = str((await volt('POST', '/pods', { ...LIUM, template_id })).json.id);
    world.clock.advance(20);
    expect([world.pods.get('volt', good)?.state, world.pods.get('volt', bad)?.state]).toEqual([
      'running',
      'failed',
    ]);
  });
});

describe('Volt Targon pods', () => {
  it('answers the documented create and takes its GPU from a Targon machine', async () => {
    const { volt, world } = await start();
    const { status, json } = await volt('POST', '/pods', TARGON);
    expect(status).toBe(201);
    expect(json).toEqual({
      id: expect.stringMatching(/^pod_targon_/),
      name: 'my-training-server',
      status: 'deploying',
      provider: 'targon',
      resource_name: 'h200-small',
      gpu_type: 'H200',
      cost_per_hour: 2.4,
      image: 'pytorch/pytorch:2.5.1-cuda12.4-cudnn9-devel',
      confidential: true,
      attestation: 'intel_tdx',
      created_at: START,
    });
    expect(world.stock.get('volt', 'mach_h200_targon_01')).toBe(7);
    expect((await volt('GET', `/pods/${str(json.id)}`)).json).toMatchObject({
      gpu_count: 1,
      attestation: 'intel_tdx',
    });
  });

  it('refuses a price that is not the present one, unless the check is switched off', async () => {
    const { volt, world } = await start();
    world.prices.set('volt', 'mach_h200_targon_01', 2.5);
    expect((await volt('POST', '/pods', TARGON)).json).toMatchObject({ status: 400, code: 'PRICE_MISMATCH' });
    expect((await volt('POST', '/pods', { ...TARGON, cost_per_hour: 2.5 })).status).toBe(201);
    world.setDrift({ volt_targon_any_price: true });
    expect((await volt('POST', '/pods', TARGON)).status).toBe(201);
  });

  it('does not mix the two forms', async () => {
    const { volt } = await start();
    expect((await volt('POST', '/pods', { ...TARGON, machine_id: 'mach_h100_02' })).status).toBe(400);
    expect((await volt('POST', '/pods', { ...LIUM, machine_id: 'mach_h200_targon_01' })).status).toBe(400);
    expect((await volt('POST', '/pods', { ...TARGON, resource_name: 'h100-small' })).status).toBe(400);
  });
});
