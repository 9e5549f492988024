import { describe, expect, it } from 'vitest';
import type { Image, Machine } from '../../src/core/model.ts';
import { listImages } from '../../src/tools/images.ts';
import { numbersIn, toolsIn } from '../facts.ts';
import { call, fakeCloud, fakeContext } from './fake-context.ts';

const image = (id: string, data_center_id: number | null, region: string | null): Image => ({
  ref: `nebula:image:${id}`,
  cloud: 'nebula',
  id,
  data_center_id,
  region,
  os_name: 'Ubuntu Server 22.04 LTS',
  os_type: 'Ubuntu',
});

const machine = (id: string, data_center_id: number | null, region: string | null): Machine => ({
  ref: `nebula:machine:${id}`,
  cloud: 'nebula',
  id,
  order_key: {},
  provider: null,
  region,
  data_center_id,
  gpu_model: null,
  gpu_family: null,
  gpu_count_total: 1,
  gpu_count_available: null,
  stock_instances: 1,
  is_available: true,
  gpu_memory_gb: null,
  cpu_cores: null,
  memory_gb: null,
  root_disk_gb: null,
  ephemeral_disk_gb: null,
  spec_scope: 'instance',
  price_per_gpu_hour_usd: 1,
  price_per_instance_hour_usd: 1,
  price_basis: 'instance',
  sold_by: 'instance',
  confidential: null,
  is_spot: null,
  quoted_at_utc: '2026-11-22T06:00:00Z',
  warnings: [],
});

const nebula = fakeCloud('nebula', {
  images: {
    list: async () => [
      image('a', 2, 'CANADA'),
      image('b', 2, 'NORWAY'),
      image('c', 1, 'Canada'),
      image('d', null, null),
    ],
  },
  machines: {
    list: async () => [machine('ca2', 2, 'Canada'), machine('no9', 9, 'NORWAY'), machine('lost', null, null)],
  },
});
const list = async (args: Record<string, unknown>) => {
  const { output, text } = await call(listImages, args, fakeContext([nebula]));
  return { ids: (output.images as Image[]).map(({ id }) => id), text };
};

describe('list_images with a machine', () => {
  it('shows what an order of that machine takes: the same data center and region, in any letter case', async () => {
    expect((await list({ machine: 'nebula:machine:ca2' })).ids).toEqual(['a']);
  });

  it('an unknown place fits nothing, as in an order', async () => {
    expect((await list({ machine: 'nebula:machine:lost' })).ids).toEqual([]);
  });

  it('says in words that nothing fits, and what to do', async () => {
    const { ids, text } = await list({ machine: 'nebula:machine:no9' });
    expect(ids).toEqual([]);
    expect(toolsIn(text)).toEqual(['list_machines']);
    expect(numbersIn((await list({})).text)).toContain(4);
  });
});
