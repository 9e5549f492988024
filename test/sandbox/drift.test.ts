import { describe, expect, it } from 'vitest';
import type { Drift } from '../../src/sandbox/drift.ts';
import { INSTANCE, LIUM, obj, start, str, TEXT_JOB } from './start.ts';

async function drifted(switches: Partial<Drift>) {
  const api = await start();
  const id = str((await api.volt('POST', '/pods', { ...LIUM, gpu_count: 2 })).json.id);
  await api.nebula('POST', '/computing/instance', INSTANCE);
  const instance = api.world.pods.list('nebula')[0]?.id;
  api.world.clock.advance(20);
  api.world.setDrift(switches);
  return { ...api, id, instance };
}

describe('deviations of Volt from its documents', () => {
  it('wraps replies and creates', async () => {
    const { volt } = await drifted({ volt_envelope: true });
    expect((await volt('GET', '/pods')).json).toMatchObject({ success: true, data: { total: 1 } });
    const created = await drifted({ volt_create_wrapped: true, volt_upper_case: true });
    expect((await created.volt('POST', '/pods', LIUM)).json).toEqual({
      success: true,
      pod: {
        id: expect.any(String),
        targonUid: expect.any(String),
        ssh_command: expect.any(String),
        status: 'DEPLOYING',
      },
    });
  });

  it('changes the detail', async () => {
    const uid = await drifted({ volt_detail_uid: true });
    expect(Object.keys((await uid.volt('GET', `/pods/${uid.id}`)).json)).toEqual([
      'uid',
      'workload_type',
      'status',
      'message',
      'ready_replicas',
      'total_replicas',
      'updated_at',
    ]);
    const ssh = await drifted({ volt_ssh_command: true, volt_cost_per_gpu: true });
    expect((await ssh.volt('GET', `/pods/${ssh.id}`)).json).toMatchObject({
      ssh_port: 20_000,
      ssh_user: 'ubuntu',
      ssh_ready: true,
      cost_per_hour: 0.39,
    });
  });

  it.each([
    ['empty_object', {}],
    ['null', { pods: null }],
  ] as const)('lists pods as %s', async (volt_list_shape, expected) => {
    const { volt } = await drifted({ volt_list_shape });
    expect((await volt('GET', '/pods')).json).toEqual(expected);
  });

  it('lists pods as an array without an envelope and machines as market rows', async () => {
    const { volt } = await drifted({ volt_list_shape: 'bare_array', volt_machine_rows: true });
    expect(JSON.parse((await volt('GET', '/pods')).text)).toMatchObject([{ gpu_type: 'RTX 4090' }]);
    expect((await volt('GET', '/machines')).json.machines).toContainEqual(
      expect.objectContaining({
        gpu_type: 'NVIDIA-H200',
        vcpu: 16_000,
        memory: 128_000,
        confidential_compute: true,
      }),
    );
  });

  it('changes stop, jobs and prices', async () => {
    const { volt, id, world } = await drifted({ volt_stop_refund: true, volt_jobs_unavailable: true });
    expect((await volt('POST', `/pods/${id}/stop`)).json).toHaveProperty('prepaidRefund');
    expect((await volt('POST', '/fine-tuning', TEXT_JOB)).json).toMatchObject({
      status: 503,
      code: 'not_available',
    });
    world.setDrift({
      volt_jobs_unavailable: false,
      volt_8b_at_table_price: true,
      volt_gradients_id_late: true,
    });
    const job = obj((await volt('POST', '/fine-tuning', TEXT_JOB)).json.job);
    expect(job).toMatchObject({ costPerHour: 46.25, totalCost: 92.5, gradientsTaskId: null });
    world.setDrift({ volt_custom_text: true });
    const { dsRepo: _d, fieldInstruction: _i, fieldOutput: _o, ...rest } = TEXT_JOB;
    const custom = { ...rest, taskType: 'custom_text', datasetUrl: 'https://example.com/a.jsonl' };
    expect((await volt('POST', '/fine-tuning', custom)).status).toBe(201);
  });
});

describe('deviations of Nebula from its documents', () => {
  it('moves the key list', async () => {
    const { nebula, world } = await drifted({});
    for (const path of ['/api_keys', '/api-keys', '/keys'] as const) {
      world.setDrift({ nebula_keys_path: path });
      const seen = await Promise.all(['/api_keys', '/api-keys', '/keys'].map((each) => nebula('GET', each)));
      expect(seen.filter((answer) => answer.status === 200)).toHaveLength(1);
      expect((await nebula('GET', path)).status).toBe(200);
    }
  });

  it('changes the detail and unknown ids', async () => {
    const { nebula, world, instance } = await drifted({ nebula_detail_object: true });
    expect((await nebula('GET', `/computing/instance/${instance}`)).json.data).toMatchObject({
      id: instance,
    });
    world.setDrift({ nebula_detail_attribute_names: true });
    const named = obj((await nebula('GET', `/computing/instance/${instance}`)).json.data);
    expect(Object.keys(named)).toEqual(expect.arrayContaining(['lan_ipv4', 'user_name', 'password']));
    expect(named).not.toHaveProperty('vm_password');
    world.setDrift({ nebula_detail_empty: true });
    expect((await nebula('GET', '/computing/instance/none')).json).toMatchObject({
      data: [],
      status: 'success',
    });
    world.setDrift({ nebula_detail_empty: false, nebula_not_found_404: true });
    expect((await nebula('GET', '/computing/instance/none')).status).toBe(404);
  });

  it('changes prices, products and validation errors', async () => {
    const switches = { nebula_price_string: true, nebula_spot_rows: true, nebula_fastapi_errors: true };
    const { nebula } = await drifted(switches);
    expect((await nebula('GET', '/computing/instances')).json.data).toMatchObject([
      { price_per_hour: '0.49' },
    ]);
    expect((await nebula('GET', '/computing/products')).text).toContain('"is_spot":false');
    const { status, json } = await nebula('POST', '/ssh-keys', { key_name: 'x' });
    expect(status).toBe(422);
    expect(json.detail).toMatchObject([{ loc: ['body', 'key_data'] }]);
  });
});
