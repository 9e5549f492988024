import * as z from 'zod';
import { type Machine, machineSchema } from '../core/model.ts';
import { freeGpus, isFree, offerOf, type WantedGpus } from '../core/offer.ts';
import { gpuWords, isGpu, isInRegion, modelName, regionWords, sameGpu } from '../core/search-words.ts';
import { MACHINE_ROW, type RowFields } from '../core/shown.ts';
import { clean, counted, quote, usd } from '../core/text.ts';
import { cloudField, gpuField, pageFields, regionField } from './fields.ts';
import { listTool } from './list.ts';
import { diskOf } from './pods/pods.ts';

/** The filters of a search. */
interface Search extends WantedGpus {
  gpu?: string | undefined;
  region?: string | undefined;
  min_gpu_memory_gb?: number | undefined;
  max_usd_per_gpu_hour?: number | undefined;
  max_usd_per_hour?: number | undefined;
}

/** How many machines a filter left out because what it asks of them is unknown. */
export const LEFT_OUT = {
  no_price: (count: number): string => `${counted(count, 'machine')} of unknown price left out.`,
  no_memory: (count: number): string => `${counted(count, 'machine')} of unknown GPU memory left out.`,
  by_size: (count: number): string =>
    `${counted(count, 'machine')} sold by size left out: how many GPUs a size has is not documented.`,
} as const;

/** Max. models or regions in one sentence. */
const MAX_NAMED = 24;

/** Groups machines under a name, each with its lowest price for the wanted GPUs, cheapest first. */
function cheapestOf(
  machines: readonly Machine[],
  wanted: WantedGpus,
  nameOf: (machine: Machine) => string | null,
  isSame: (a: string, b: string) => boolean,
): string {
  const groups: { name: string; price: number | null }[] = [];
  for (const machine of machines) {
    const name = nameOf(machine);
    const offer = offerOf(machine, wanted);
    if (name === null || offer === null || !isFree(machine, offer)) continue;
    const known = groups.find((group) => isSame(group.name, name));
    const price = offer.usd_per_hour;
    if (known === undefined) groups.push({ name, price });
    else if (price !== null && (known.price === null || price < known.price)) known.price = price;
  }
  const shown = groups
    .sort((a, b) => (a.price ?? Number.MAX_VALUE) - (b.price ?? Number.MAX_VALUE))
    .slice(0, MAX_NAMED)
    .map(({ name, price }) => `${name} ${price === null ? '(price unknown)' : `$${usd(price)}/h`}`);
  return shown.join(', ') || 'none';
}

const modelOf = ({ gpu_model }: Machine) => (gpu_model === null ? null : clean(modelName(gpu_model), 40));
const regionOf = ({ region }: Machine) => (region === null ? null : clean(region, 40));
const sameRegion = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** The text if no machine fits: the models and regions on offer, with the lowest prices for the wanted GPUs. */
function noMachine(machines: readonly Machine[], search: Search): string {
  const { gpu, region, gpus, min_gpus } = search;
  const count = gpus ?? min_gpus;
  const per =
    count === undefined
      ? 'lowest price'
      : `lowest price of ${counted(count, 'GPU')}${gpus === undefined ? ' or more' : ''}`;
  const ofGpu = gpu === undefined ? machines : machines.filter((one) => isGpu(gpuWords(gpu), one));
  const inRegion =
    region === undefined ? machines : machines.filter((one) => isInRegion(regionWords(region), one.region));
  const lines: string[] = ['No machine fits.'];
  if (gpu !== undefined && ofGpu.length === 0) lines.push(`No GPU here is called ${quote(gpu)}.`);
  if (region !== undefined && inRegion.length === 0) lines.push(`No region here is called ${quote(region)}.`);
  const among = inRegion.length === 0 ? machines : inRegion;
  const inWhich = region !== undefined && inRegion.length > 0 ? ` in ${quote(region)}` : '';
  const what = gpu !== undefined && ofGpu.length > 0 ? ` with ${quote(gpu)}` : '';
  lines.push(
    `Models free now${inWhich} (${per}): ${cheapestOf(among, search, modelOf, sameGpu)}.`,
    `Regions${what}: ${cheapestOf(ofGpu.length === 0 ? machines : ofGpu, search, regionOf, sameRegion)}.`,
    'Drop or change a filter; available_only=false shows what is sold out, too.',
  );
  return lines.join(' ');
}

/** True if a machine that could be ordered is left out because its price is not known and a limit is given. */
function isUnpriced(machine: Machine, search: Search): boolean {
  const { max_usd_per_gpu_hour: perGpu, max_usd_per_hour: whole } = search;
  const offer = offerOf(machine, search);
  if (offer === null || !isFree(machine, offer)) return false;
  return (
    (perGpu !== undefined && machine.price_per_gpu_hour_usd === null) ||
    (whole !== undefined && offer.usd_per_hour === null)
  );
}

/** The numbers of machines that were left out because a value is not known; null if none was. */
function leftOut(machines: readonly Machine[], search: Search): string | null {
  const { gpu, region, gpus, min_gpu_memory_gb: memory } = search;
  const named = machines.filter(
    (one) =>
      one.is_available &&
      (gpu === undefined || isGpu(gpuWords(gpu), one)) &&
      (region === undefined || isInRegion(regionWords(region), one.region)),
  );
  const unknownMemory = memory === undefined ? 0 : named.filter((one) => one.gpu_memory_gb === null).length;
  const sizes = gpus === undefined || gpus === 1 ? 0 : named.filter((one) => one.sold_by === 'size').length;
  const unpriced = named.filter((one) => isUnpriced(one, search)).length;
  const lines = [
    ...(unpriced === 0 ? [] : [LEFT_OUT.no_price(unpriced)]),
    ...(unknownMemory === 0 ? [] : [LEFT_OUT.no_memory(unknownMemory)]),
    ...(sizes === 0 ? [] : [LEFT_OUT.by_size(sizes)]),
  ];
  return lines.length === 0 ? null : lines.join(' ');
}

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
