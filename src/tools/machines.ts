import * as z from 'zod';
import { type Machine, machineSchema } from '../core/model.ts';
import { usd } from '../core/text.ts';
import { cloudField, pageFields } from './fields.ts';
import { listTool } from './list.ts';

const loose = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
const has = (text: string | null, part: string): boolean =>
  text !== null && loose(text).includes(loose(part));
// A filter that says nothing would match everything, and the answer would look filtered.
const filterField = z
  .string()
  .max(60)
  .refine((text) => loose(text) !== '', 'needs a letter from A to Z or a digit');
const atLeast = (value: number | null, min: number | undefined): boolean =>
  min === undefined || (value !== null && value >= min);

const freeGpus = (machine: Machine): number | null => machine.gpu_count_available ?? machine.gpu_count_total;

// Unknown sorts last, in both directions.
const byPrice = (a: Machine, b: Machine): number =>
  (a.price_per_gpu_hour_usd ?? Number.MAX_VALUE) - (b.price_per_gpu_hour_usd ?? Number.MAX_VALUE);
const byMemory = (a: Machine, b: Machine): number => (b.gpu_memory_gb ?? -1) - (a.gpu_memory_gb ?? -1);

// If the price per GPU is unknown, the price of the whole is still worth knowing.
function price({ price_per_gpu_hour_usd: gpu, price_per_instance_hour_usd: whole }: Machine): string | null {
  if (gpu !== null) return usd(gpu);
  return whole === null ? null : `${usd(whole)} in all`;
}

/** Root disk and ephemeral disk, GB. */
const diskOf = (root: number | null, ephemeral: number | null): string | number | null =>
  ephemeral === null ? root : `${root ?? '?'} + ${ephemeral}`;

const kindOf = ({ provider, confidential, is_spot, is_available }: Machine): string =>
  [
    provider,
    is_available ? null : 'sold out',
    confidential === true ? 'confidential' : null,
    is_spot === true ? 'spot' : null,
  ]
    .filter(Boolean)
    .join(' ');

/** What can be rented, cheapest first. */
export const listMachines = listTool({
  name: 'list_machines',
  title: 'Find GPU machines',
  description:
    "Find GPU machines to rent, cheapest first, with live prices (quotes, not reservations). Pass a row's ref to create_pod.",
  toolset: 'machines',
  plural: 'machines',
  noun: 'machine',
  row: machineSchema,
  input: z.strictObject({
    cloud: cloudField,
    gpu: filterField.optional().describe('Model, e.g. "H100" or "RTX 4090"'),
    min_gpu_memory_gb: z.number().min(0).optional().describe('Per GPU'),
    min_gpus: z.number().int().min(1).max(1000).optional().describe('Per machine'),
    max_usd_per_gpu_hour: z.number().min(0).optional(),
    confidential: z.boolean().optional(),
    region: filterField.optional().describe('Part of its name, e.g. "US"'),
    available_only: z.boolean().default(true),
    sort: z.enum(['price', 'memory']).default('price'),
    ...pageFields,
  }),
  endpoints: ['GET volt /machines', 'GET nebula /computing/products'],
  read: (cloud, io) => cloud.machines.list(io),
  fits: (input) => (machine) =>
    (!input.available_only || machine.is_available) &&
    (input.gpu === undefined || has(machine.gpu_model, input.gpu) || has(machine.gpu_family, input.gpu)) &&
    (input.region === undefined || has(machine.region, input.region)) &&
    (input.confidential === undefined || (machine.confidential ?? false) === input.confidential) &&
    atLeast(machine.gpu_memory_gb, input.min_gpu_memory_gb) &&
    atLeast(freeGpus(machine), input.min_gpus) &&
    (input.max_usd_per_gpu_hour === undefined ||
      (machine.price_per_gpu_hour_usd ?? Number.MAX_VALUE) <= input.max_usd_per_gpu_hour),
  order: (a, b, { sort }) => (sort === 'memory' && byMemory(a, b)) || byPrice(a, b),
  columns: {
    machine: ({ ref }) => ref,
    gpu: ({ gpu_model }) => gpu_model,
    '$/GPU/h': price,
    'free/GPUs': ({ gpu_count_available: free, gpu_count_total: total }) =>
      free === null ? total : `${free}/${total ?? '?'}`,
    'GB/GPU': ({ gpu_memory_gb }) => gpu_memory_gb,
    region: ({ region }) => region,
    kind: kindOf,
  },
  wide: {
    CPUs: ({ cpu_cores }) => cpu_cores,
    'RAM GB': ({ memory_gb }) => memory_gb,
    'disk GB': ({ root_disk_gb, ephemeral_disk_gb }) => diskOf(root_disk_gb, ephemeral_disk_gb),
    dc: ({ data_center_id }) => data_center_id,
    stock: ({ stock_instances }) => stock_instances,
  },
  empty: 'No machine fits. Drop a filter, or pass available_only=false to see what is sold out.',
});
