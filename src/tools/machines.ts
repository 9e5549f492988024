import * as z from 'zod';
import { errorLines, gather } from '../core/gather.ts';
import { type Machine, machineSchema } from '../core/model.ts';
import { cut } from '../core/page.ts';
import { shown, table } from '../core/table.ts';
import { usd } from '../core/text.ts';
import { cloudField, listOutput, pageFields } from './fields.ts';
import { defineTool } from './tool.ts';

const loose = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
const has = (text: string | null, part: string): boolean =>
  text !== null && loose(text).includes(loose(part));
const atLeast = (value: number | null, least: number | undefined): boolean =>
  least === undefined || (value !== null && value >= least);

const freeGpus = (machine: Machine): number | null => machine.gpu_count_available ?? machine.gpu_count_total;

// Unknown sorts last, whatever the direction.
const byPrice = (a: Machine, b: Machine): number =>
  (a.price_per_gpu_hour_usd ?? Number.MAX_VALUE) - (b.price_per_gpu_hour_usd ?? Number.MAX_VALUE);
const byMemory = (a: Machine, b: Machine): number => (b.gpu_memory_gb ?? -1) - (a.gpu_memory_gb ?? -1);

// Where a price per GPU cannot be told, the price of the whole is still worth knowing.
function price({ price_per_gpu_hour_usd: gpu, price_per_instance_hour_usd: whole }: Machine): string | null {
  if (gpu !== null) return usd(gpu);
  return whole === null ? null : `${usd(whole)} in all`;
}

const row = (machine: Machine) => [
  machine.ref,
  machine.gpu_model,
  price(machine),
  machine.gpu_count_available === null
    ? machine.gpu_count_total
    : `${machine.gpu_count_available}/${machine.gpu_count_total ?? '?'}`,
  machine.gpu_memory_gb,
  machine.region,
  [
    machine.provider,
    machine.confidential === true ? 'confidential' : null,
    machine.is_spot === true ? 'spot' : null,
  ]
    .filter(Boolean)
    .join(' '),
];

/** What can be rented, cheapest first. */
export const listMachines = defineTool({
  name: 'list_machines',
  title: 'Find GPU machines',
  description:
    "Find GPU machines to rent, cheapest first, with live prices (quotes, not reservations). Pass a row's ref to create_pod.",
  toolset: 'machines',
  effect: 'read',
  needs: () => true,
  input: z.strictObject({
    cloud: cloudField,
    gpu: z.string().max(60).optional().describe('Model, e.g. "H100" or "RTX 4090"'),
    min_gpu_memory_gb: z.number().min(0).optional().describe('Per GPU'),
    min_gpus: z.number().int().min(1).max(1000).optional().describe('Per machine'),
    max_usd_per_gpu_hour: z.number().min(0).optional(),
    confidential: z.boolean().optional(),
    region: z.string().max(60).optional().describe('Part of its name, e.g. "US"'),
    available_only: z.boolean().default(true),
    sort: z.enum(['price', 'memory']).default('price'),
    ...pageFields,
  }),
  output: listOutput('machines', machineSchema),
  endpoints: ['GET volt /machines', 'GET nebula /computing/products'],
  async run(input, ctx) {
    const { rows, errors } = await gather(
      ctx,
      input.cloud,
      () => true,
      (cloud) => cloud.machines.list(ctx.io),
    );
    const fits = rows.filter(
      (machine) =>
        (!input.available_only || machine.is_available) &&
        (input.gpu === undefined ||
          has(machine.gpu_model, input.gpu) ||
          has(machine.gpu_family, input.gpu)) &&
        (input.region === undefined || has(machine.region, input.region)) &&
        (input.confidential === undefined || (machine.confidential ?? false) === input.confidential) &&
        atLeast(machine.gpu_memory_gb, input.min_gpu_memory_gb) &&
        atLeast(freeGpus(machine), input.min_gpus) &&
        (input.max_usd_per_gpu_hour === undefined ||
          (machine.price_per_gpu_hour_usd ?? Number.MAX_VALUE) <= input.max_usd_per_gpu_hour),
    );
    fits.sort(input.sort === 'price' ? byPrice : (a, b) => byMemory(a, b) || byPrice(a, b));
    const page = cut(fits, input);
    return {
      done: {
        machines: page.rows,
        total: page.total,
        next_cursor: page.next_cursor,
        ...(errors.length > 0 && { errors }),
      },
    };
  },
  text: ({ machines, total, next_cursor, errors }) =>
    total === 0
      ? `No machine fits. Drop a filter, or pass available_only=false to see what is sold out.${errorLines(errors)}`
      : [
          table(['machine', 'gpu', '$/GPU/h', 'free/GPUs', 'GB/GPU', 'region', 'kind'], machines.map(row)),
          shown(machines.length, total, 'machine', next_cursor),
        ].join('\n') + errorLines(errors),
});
