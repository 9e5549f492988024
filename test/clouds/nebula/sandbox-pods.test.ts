import { describe, expect, it } from 'vitest';
import type { CreatePodRequest } from '../../../src/core/requests.ts';
import { KEY, useSandbox, write } from './bench.ts';
import { io, refusal } from './fake.ts';

const bench = useSandbox();

const wanted: CreatePodRequest = {
  name: 'train-1',
  machine_id: 'prd-ca-a6000-1',
  resource_name: null,
  gpu_count: null,
  template_id: null,
  image: 'img-ca1-ubuntu2204',
  ssh_key_ids: ['73'],
  volume_gb: null,
};

async function rented(change: Partial<CreatePodRequest> = {}): Promise<string> {
  const order = await bench().cloud.pods.prepareCreate(io(), { ...wanted, ...change });
  await bench().cloud.pods.create(write(), order);
  bench().world.clock.advance(60);
  const [pod] = await bench().cloud.pods.list(io());
  if (pod === undefined) throw new Error('nothing was created');
  return pod.id;
}

describe('an instance, from offer to deletion', () => {
  it('is found, ordered, stopped, started, restarted and deleted', async () => {
    const machines = await bench().cloud.machines.list(io());
    expect(machines).toHaveLength(12);
    expect(machines.find(({ id }) => id === 'prd-ca-a6000-2')).toMatchObject({
      price_per_gpu_hour_usd: 0.49,
      price_per_instance_hour_usd: 0.98,
      is_available: true,
    });
    expect(await bench().cloud.images?.list(io())).toHaveLength(7);
    const id = await rented();
    expect(bench().wire()).toContain(
      'POST /computing/instance {"instance_name":"train-1","product_id":"prd-ca-a6000-1","image_id":"img-ca1-ubuntu2204","ssh_key_id":73}',
    );
    bench().world.clock.advance(3600);
    const pod = await bench().cloud.pods.get(io(), id);
    expect(pod).toMatchObject({
      name: 'train-1',
      state: 'running',
      machine_kind: 'Virtual Machine',
      hourly_cost_usd: 0.49,
      has_password: true,
      started_at_utc: '2026-01-02T03:04:05Z',
    });
    expect(pod.uptime_hours).toBeGreaterThan(0.99);
    expect(await bench().cloud.pods.rates(io(), [pod])).toMatchObject([{ usd_per_hour: 0.49 }]);

    const steps = ['stop', 'start', 'restart'] as const;
    const states: string[] = [];
    for (const step of steps) {
      await bench().cloud.pods[step]?.(write(), id);
      states.push((await bench().cloud.pods.get(io(), id)).state);
      bench().world.clock.advance(60);
      states.push((await bench().cloud.pods.get(io(), id)).state);
    }
    expect(states).toEqual(['stopping', 'stopped', 'starting', 'running', 'restarting', 'running']);
    await bench().cloud.pods.delete(write(), id);
    expect(await bench().cloud.pods.list(io())).toEqual([]);
    expect(await bench().cloud.pods.listDeleted?.(io())).toMatchObject([{ id, state: 'deleted' }]);
    const said = bench().wire();
    for (const step of ['stop', 'start', 'reboot']) {
      expect(said.filter((line) => line === `GET /computing/instance/${id}/${step}`)).toHaveLength(1);
    }
  });

  it.each(['error_after_commit', 'drop_after_commit', 'drop_before'] as const)(
    'a stop whose reply is spoiled (%s) is sent once and its outcome is unknown',
    async (kind) => {
      const id = await rented();
      bench().world.faults.add({
        kind,
        cloud: 'nebula',
        path: '*/stop',
        ...(kind === 'error_after_commit' ? { status: 502 } : {}),
      });
      const error = await refusal(bench().cloud.pods.stop(write(), id));
      expect(error.code).toBe('outcome_unknown');
      expect(
        bench()
          .wire()
          .filter((line) => line.endsWith('/stop')),
      ).toHaveLength(1);
      const after = await bench().cloud.pods.get(io(), id);
      expect(after.state).toBe(kind === 'drop_before' ? 'running' : 'stopping');
    },
  );

  it('acts on nothing without a permit', async () => {
    const id = await rented();
    bench().world.requests.clear();
    for (const action of ['start', 'stop', 'restart', 'delete'] as const) {
      expect((await refusal(bench().cloud.pods[action]?.(io(), id) ?? Promise.resolve())).code).toBe(
        'forbidden',
      );
    }
    expect(bench().wire()).toEqual([]);
  });

  it('distinguishes refusals', async () => {
    const id = await rented({ name: 'box', machine_id: 'prd-us-rtx4090-c', image: 'img-us4-pytorch' });
    expect((await refusal(bench().cloud.pods.stop(write(), id))).code).toBe('unsupported');
    expect(
      (await refusal(bench().cloud.pods.prepareCreate(io(), { ...wanted, machine_id: 'prd-ca-l40-1' }))).code,
    ).toBe('wrong_state');
    expect(
      (
        await refusal(
          bench().cloud.pods.prepareCreate(io(), {
            ...wanted,
            machine_id: 'prd-ca-h100-1',
            image: 'img-no2-ubuntu2204',
          }),
        )
      ).message,
    ).toMatch(/"CANADA".*"NORWAY"/);
    const order = await bench().cloud.pods.prepareCreate(io(), wanted);
    bench().world.faults.add({ kind: 'failed_envelope', cloud: 'nebula', method: 'POST' });
    const vague = await refusal(bench().cloud.pods.create(write(), order));
    expect(['upstream_error', 'outcome_unknown']).toContain(vague.code);
    bench().world.ledger.setBalance('nebula', 0);
    expect((await refusal(bench().cloud.pods.create(write(), order))).code).toBe('insufficient_funds');
    expect(await bench().cloud.pods.list(io())).toHaveLength(1);
  });

  it('reads drifted shapes', async () => {
    const id = await rented();
    bench().world.setDrift({
      nebula_detail_object: true,
      nebula_detail_attribute_names: true,
      nebula_price_string: true,
      nebula_spot_rows: true,
      nebula_detail_empty: true,
    });
    const pod = await bench().cloud.pods.get(io(), id);
    expect(pod).toMatchObject({ has_password: true, hourly_cost_usd: 0.49 });
    expect(pod.ssh_command).toMatch(/^ssh vm-\w+@[\d.]+$/);
    expect((await refusal(bench().cloud.pods.get(io(), 'nope'))).code).toBe('not_found');
    expect((await bench().cloud.machines.list(io())).some(({ is_spot }) => is_spot !== null)).toBe(true);
    bench().world.setDrift({ nebula_detail_empty: false, nebula_not_found_404: true });
    expect((await refusal(bench().cloud.pods.get(io(), 'nope'))).code).toBe('not_found');
  });

  it('a page of HTML is not an empty list, and a read survives a short outage', async () => {
    bench().world.faults.add({ kind: 'html', cloud: 'nebula', status: 200, times: 9 });
    expect((await refusal(bench().cloud.pods.list(io()))).code).toBe('unexpected_response');
    bench().world.faults.clear();
    bench().world.faults.add({ kind: 'error_before', cloud: 'nebula', status: 502, times: 2 });
    expect(await bench().cloud.pods.list(io())).toEqual([]);
  });
});

it('lets no password and no key out', async () => {
  const id = await rented();
  const password = bench().world.nebula.instances[0]?.vm_password ?? '';
  expect(password.length).toBeGreaterThan(8);
  const shown = JSON.stringify([
    await bench().cloud.pods.get(io(), id),
    await bench().cloud.pods.list(io()),
    await bench().cloud.apiKeys?.list(io()),
    await bench().cloud.machines.list(io()),
    bench().log,
  ]);
  expect(shown).not.toContain(password);
  expect(shown).not.toContain(KEY);
});
