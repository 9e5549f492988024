import * as z from 'zod';
import { type Machine, machineSchema } from '../../core/model.ts';
import { freeGpus, isFree, offerOf } from '../../core/offer.ts';
import { gpuWords, isGpu, isInRegion, regionWords } from '../../core/search-words.ts';
import { MACHINE_ROW, type RowFields } from '../../core/shown.ts';
import { usd } from '../../core/text.ts';
import { cloudField, pageFields } from '../fields.ts';
import { listTool } from '../list.ts';
import { diskOf } from '../pods/pod.ts';
import { gpuField, regionField } from '../search-fields.ts';
import { leftOut, noMachine } from './none.ts';

const atLeast = (value: number | null, min: number | undefined): boolean =>
  min === undefined || (value !== null && value >= min);
const atMost = (value: number | null, max: number | undefined): boolean =>
  max === undefined || (value !== null && value <= max);

const input = z.strictObject({
  cloud: cloudField,
  gpu: gpuField.optional().describe('Model, e.g. "RTX 4090"'),
  gpus: z.number().int().min(1).max(1000).optional().describe('Exactly so many'),
  min_gpus: z.number().int().min(1).max(1000).optional(),
  min_gpu_memory_gb: z.number().min(0).optional().describe('Per GPU'),
  max_usd_per_gpu_hour: z.number().min(0).optional(),
  max_usd_per_hour: z.number().min(0).optional().describe('Whole order'),
  confidential: z.boolean().optional(),
  region: regionField.optional().describe('e.g. "Europe"'),
  available_only: z.boolean().default(true),
  sort: z.enum(['price', 'memory']).default('price'),
  ...pageFields,
});
type Input = z.infer<typeof input>;

/** A machine with the wanted order: its GPUs, and their price an hour together. */
const rowSchema = machineSchema.extend({
  order_gpus: z.number().nullable(),
  order_usd_per_hour: z.number().nullable(),
});
type Row = z.infer<typeof rowSchema>;

/** A machine with the smallest order that fits; `fits` drops one without such an order. Its free GPUs may follow from its stock. */
function toRow(machine: Machine, wanted: Input): Row {
  const offer = offerOf(machine, wanted);
  return {
    ...machine,
    gpu_count_available: freeGpus(machine),
    order_gpus: offer?.gpus ?? null,
    order_usd_per_hour: offer?.usd_per_hour ?? null,
  };
}

/** True if an order as wanted can be placed: now, or, with what is sold out, at all. */
function canBeOrdered(row: Row, wanted: Input): boolean {
  const offer = offerOf(row, wanted);
  return offer !== null && (!wanted.available_only || isFree(row, offer));
}

// Unknown sorts last, in both directions.
const ascending = (a: number | null, b: number | null): number =>
  (a ?? Number.MAX_VALUE) - (b ?? Number.MAX_VALUE);

/** Cheapest order first if a number of GPUs is wanted, else cheapest GPU first. */
const byPrice = (a: Row, b: Row, { gpus, min_gpus }: Input): number => {
  const perGpu = ascending(a.price_per_gpu_hour_usd, b.price_per_gpu_hour_usd);
  const perOrder = ascending(a.order_usd_per_hour, b.order_usd_per_hour);
  return gpus === undefined && min_gpus === undefined ? perGpu || perOrder : perOrder || perGpu;
};
const byMemory = (a: Row, b: Row): number => (b.gpu_memory_gb ?? -1) - (a.gpu_memory_gb ?? -1);

/** The GPUs of the order, marked if another number cannot be ordered. */
function orderedGpus({ sold_by, order_gpus: count }: Row): string {
  if (sold_by === 'size') return count === null ? 'by size' : `${count} (by size)`;
  return sold_by === 'instance' && (count ?? 0) > 1 ? `${count} only` : String(count ?? '?');
}

/** What the table says of a machine that is sold out. */
export const SOLD_OUT = 'sold out';

/** Why a machine cannot be ordered now; null if no reason is known. */
function shortage(row: Row): string | null {
  const { gpu_count_available: free } = row;
  if (free === 0) return SOLD_OUT;
  if (free === null && !row.is_available) return 'may be sold out';
  return isFree(row, { gpus: row.order_gpus, usd_per_hour: null }) ? null : `only ${free} free`;
}

const ROW: RowFields<Row> = {
  ...MACHINE_ROW,
  narrow: [...MACHINE_ROW.narrow, 'order_gpus', 'order_usd_per_hour'],
  // An order of one GPU costs what a GPU costs.
  idle: (row, isWide) => [
    ...(MACHINE_ROW.idle?.(row, isWide) ?? []),
    ...(!isWide && row.order_gpus === 1 ? (['order_gpus', 'order_usd_per_hour'] as const) : []),
  ],
};

const kindOf = (row: Row): string =>
  [
    row.provider,
    shortage(row),
    row.confidential === true ? 'confidential' : null,
    row.is_spot === true ? 'spot' : null,
  ]
    .filter(Boolean)
    .join(' ');

/** Machines that can be rented, cheapest first. */
export const listMachines = listTool({
  name: 'list_machines',
  title: 'Find GPU machines',
  description:
    'Find GPU machines to rent, cheapest first, with live prices (quotes, not reservations). For n GPUs pass gpus=n: only what can be ordered so, priced as a whole.',
  toolset: 'machines',
  always_load: true,
  also_called: ['list_prices'],
  plural: 'machines',
  noun: 'machine',
  row: rowSchema,
  input,
  read: async (cloud, io, wanted) => (await cloud.machines.list(io)).map((machine) => toRow(machine, wanted)),
  fits: (wanted) => {
    const gpu = gpuWords(wanted.gpu ?? '');
    const region = regionWords(wanted.region ?? '');
    return (row) =>
      canBeOrdered(row, wanted) &&
      isGpu(gpu, row) &&
      isInRegion(region, row.region) &&
      (wanted.confidential === undefined || (row.confidential ?? false) === wanted.confidential) &&
      atLeast(row.gpu_memory_gb, wanted.min_gpu_memory_gb) &&
      atMost(row.price_per_gpu_hour_usd, wanted.max_usd_per_gpu_hour) &&
      atMost(row.order_usd_per_hour, wanted.max_usd_per_hour);
  },
  order: (a, b, wanted) => (wanted.sort === 'memory' && byMemory(a, b)) || byPrice(a, b, wanted),
  columns: {
    machine: ({ ref }) => ref,
    gpu: ({ gpu_model }) => gpu_model,
    '$/h': ({ order_usd_per_hour: price }) => (price === null ? null : usd(price)),
    'for GPUs': orderedGpus,
    '$/GPU/h': ({ price_per_gpu_hour_usd: price }) => (price === null ? null : usd(price)),
    'free GPUs': ({ gpu_count_available: free }) => free,
    'GB/GPU': ({ gpu_memory_gb }) => gpu_memory_gb,
    region: ({ region }) => region,
    kind: kindOf,
  },
  wide: {
    GPUs: ({ gpu_count_total }) => gpu_count_total,
    CPUs: ({ cpu_cores }) => cpu_cores,
    'RAM GB': ({ memory_gb }) => memory_gb,
    'disk GB': ({ root_disk_gb, ephemeral_disk_gb }) => diskOf(root_disk_gb, ephemeral_disk_gb),
    dc: ({ data_center_id }) => data_center_id,
    stock: ({ stock_instances }) => stock_instances,
  },
  fields: ROW,
  empty: noMachine,
  also: leftOut,
});
