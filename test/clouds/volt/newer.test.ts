import { describe, expect, it } from 'vitest';
import { CHECK_AFTER_STOP, UNEXPLAINED_AMOUNT, WARNINGS } from '../../../src/clouds/volt/notes.ts';
import { JOB_STATUS, jobState, POD_STATUS, podState } from '../../../src/clouds/volt/states.ts';
import * as doc from './documented.ts';
import { failure, fakeVolt, io } from './fake.ts';

describe('machines of newer versions', () => {
  const row = {
    name: 'H100 small',
    price: 1.9,
    p_min: 1,
    p_max: 3,
    total_gpu_count: 300,
    resource_name: 'h100-small',
    gpu_type: 'NVIDIA-H100',
    gpu_count: 1,
    vcpu: 14375,
    memory: 175000,
    confidential_compute: true,
  };

  it('are priced by the resource; free GPUs stay unknown', async () => {
    const { volt, logged } = fakeVolt({ 'GET /machines': { machines: [row], total: 1 } });
    const [machine] = await volt.machines.list(io());
    expect(machine).toMatchObject({
      id: 'H100 small',
      order_key: { resource_name: 'h100-small' },
      provider: null,
      gpu_count_total: 1,
      gpu_count_available: null,
      is_available: false,
      cpu_cores: 14.375,
      memory_gb: 175,
      price_per_gpu_hour_usd: null,
      price_per_instance_hour_usd: 1.9,
      price_basis: 'instance',
      spec_scope: 'instance',
      confidential: true,
    });
    expect(machine?.warnings).toEqual([WARNINGS.free_unknown, WARNINGS.per_resource]);
    expect(logged.map(({ difference }) => difference)).toEqual([
      'id has another name',
      'confidential has another name',
    ]);
  });
});

describe('actions', () => {
  const stopOf = (body: unknown) => fakeVolt({ 'POST /pods/:id/stop': body }).volt.pods.stop(io(), 'pod_x');

  it('report money that no document explains, and that a stop may end the rental', async () => {
    const said = await stopOf({ ...doc.STOPPED, prepaidRefund: 3.2, pod: { total_charged: '0.60' } });
    expect(said.notes).toEqual([
      UNEXPLAINED_AMOUNT('prepaid_refund = 3.2'),
      UNEXPLAINED_AMOUNT('total_charged = 0.6'),
      CHECK_AFTER_STOP,
    ]);
  });

  it('take an empty body as a success without a body, a page of text as none', async () => {
    expect(await stopOf(null)).toMatchObject({ message: null, raw_state: null });
    expect(await failure(stopOf('<html>'))).toMatchObject({ code: 'unexpected_response' });
  });

  it('are failures when the reply denies them', async () => {
    expect(await failure(stopOf({ success: false, message: 'no' }))).toMatchObject({
      code: 'upstream_error',
    });
    const { volt } = fakeVolt({ 'DELETE /ssh-keys/:id': { id: 'k', deleted: false } });
    expect(await failure(volt.sshKeys!.delete(io(), 'k'))).toMatchObject({ code: 'upstream_error' });
  });
});

describe('states', () => {
  it('are read in any letter case, and every other word is unknown', () => {
    for (const [word, state] of Object.entries(POD_STATUS)) {
      expect(podState(word.toUpperCase())).toBe(state);
      expect(podState(` ${word} `)).toBe(state);
    }
    expect(podState('CrashLoopBackOff')).toBe('failed');
    for (const word of [null, '', 'constructor', '__proto__', 'paused'])
      expect(podState(word)).toBe('unknown');
  });

  it('of jobs promise a full refund for exactly the four documented ones', () => {
    const full = Object.keys(JOB_STATUS).filter((word) => jobState(word.toUpperCase()).refund === 'full');
    expect(full.sort()).toEqual(['idle', 'looking_for_nodes', 'pending', 'preparing_data']);
    expect(jobState('ready')).toEqual({ state: 'ready', refund: 'not_promised' });
    expect(jobState('hasOwnProperty')).toEqual({ state: 'unknown', refund: 'not_promised' });
  });
});
