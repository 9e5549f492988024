import { describe, expect, it } from 'vitest';
import { createVolt } from '../../../src/clouds/volt/index.ts';
import { issuePermit } from '../../../src/core/permit.ts';
import type { CreatePodRequest } from '../../../src/core/requests.ts';
import { serveSandbox } from '../../../src/sandbox/serve.ts';
import { fieldsIn } from '../../facts.ts';
import { failure } from './fake.ts';

const signal = new AbortController().signal;
const order: CreatePodRequest = {
  name: 'sealed',
  machine_id: null,
  resource_name: 'h200-small',
  gpu_count: null,
  template_id: null,
  image: 'pytorch/pytorch:2.5.1-cuda12.4-cudnn9-devel',
  ssh_key_ids: [],
  volume_gb: null,
};

async function withVolt<T>(
  work: (
    volt: ReturnType<typeof createVolt>,
    world: Awaited<ReturnType<typeof serveSandbox>>['world'],
  ) => Promise<T>,
) {
  const sandbox = await serveSandbox({ speed: 0 });
  const deps = {
    log: () => {},
    now: Date.now,
    monotonic: () => performance.now(),
    sleep: async () => {},
    random: Math.random,
  };
  const volt = createVolt(sandbox.volt.apiKey, { api: sandbox.volt.baseUrl }, deps);
  try {
    return await work(volt, sandbox.world);
  } finally {
    await volt.close();
    await sandbox.close();
  }
}

describe('a Targon order that names no machine', () => {
  it('takes the one price of the free Targon machines of its GPU and is accepted by the cloud', async () => {
    await withVolt(async (volt, world) => {
      const checked = await volt.pods.prepareCreate({ signal, fresh: true }, order);
      expect(checked.body).toMatchObject({ resource_name: 'h200-small', cost_per_hour: 2.4 });
      const { permit } = issuePermit('create_pod');
      const pod = await volt.pods.create({ signal, permit }, checked);
      expect(pod?.hourly_cost_usd).toBe(2.4);
      expect(world.pods.list('volt')).toHaveLength(1);
    });
  });

  it('asks for the machine when no Targon machine of that GPU is on offer', async () => {
    await withVolt(async (volt) => {
      const refused = volt.pods.prepareCreate(
        { signal, fresh: true },
        { ...order, resource_name: 'gb300-small' },
      );
      const { code, message } = await failure(refused);
      expect([code, fieldsIn(message)]).toEqual(['invalid_input', ['machine']]);
    });
  });

  it('judges a size of unknown GPU count at all GPUs of the host, and the bill stays at or below that', async () => {
    await withVolt(async (volt) => {
      const checked = await volt.pods.prepareCreate(
        { signal, fresh: true },
        { ...order, resource_name: 'h200-large' },
      );
      expect(checked.cost.usd_per_hour).toBeCloseTo(2.4 * 8, 6);
      expect(checked.body).toMatchObject({ cost_per_hour: 2.4 });
      const { permit } = issuePermit('create_pod');
      const pod = await volt.pods.create({ signal, permit }, checked);
      expect(pod?.hourly_cost_usd).toBeLessThanOrEqual(checked.cost.usd_per_hour ?? 0);
      expect(pod?.warnings).toEqual([]);
    });
  });
});
