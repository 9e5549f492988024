import * as z from 'zod';
import { resolve, type ToolContext } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { type Image, imageSchema } from '../core/model.ts';
import { offered } from '../core/offers.ts';
import { pageFields, refField } from './fields.ts';
import { listTool } from './list.ts';

// The hard rule of Nebula Block API Reference, Instances > Create GPU Instance: same dc_id and same region. As in an
// order, a place that is not known fits nothing.
async function fitting(ctx: ToolContext, machine: string | undefined): Promise<(image: Image) => boolean> {
  if (machine === undefined) return () => true;
  const { at, id } = resolve(ctx, machine, 'machine');
  offered(at, 'images');
  const found = (await at.machines.list(ctx.io)).find((row) => row.id === id);
  if (found === undefined) {
    throw new GpuError('not_found', 'machine: no such machine is offered now.', {
      hint: 'See list_machines.',
    });
  }
  const region = found.region?.toLowerCase();
  return (image) =>
    image.cloud === at.id &&
    found.data_center_id !== null &&
    region !== undefined &&
    image.data_center_id === found.data_center_id &&
    image.region?.toLowerCase() === region;
}

/** Operating system images, narrowed to those that fit a machine. */
export const listImages = listTool({
  name: 'list_images',
  title: 'List OS images',
  description: 'List OS images for create_pod on Nebula. Pass machine to see only those that fit it.',
  toolset: 'machines',
  needs: 'images',
  plural: 'images',
  noun: 'image',
  row: imageSchema,
  input: z.strictObject({
    region: z.string().max(60).optional(),
    machine: refField('machine').optional().describe('machine ref'),
    ...pageFields,
  }),
  endpoints: ['GET nebula /computing/images', 'GET nebula /computing/products'],
  read: (cloud, io) => cloud.images?.list(io),
  async fits(input, ctx) {
    const fits = await fitting(ctx, input.machine);
    const region = input.region?.toLowerCase();
    return (image) =>
      fits(image) && (region === undefined || (image.region ?? '').toLowerCase().includes(region));
  },
  columns: {
    image: ({ ref }) => ref,
    os: ({ os_name }) => os_name,
    type: ({ os_type }) => os_type,
    region: ({ region }) => region,
    dc: ({ data_center_id }) => data_center_id,
  },
  empty: 'No image fits. Choose another machine from list_machines, or drop a filter.',
});
