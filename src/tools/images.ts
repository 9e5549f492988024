import * as z from 'zod';
import type { Cloud } from '../core/cloud.ts';
import { resolve, type ToolContext } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { requireFeature } from '../core/features.ts';
import { type Image, imageSchema } from '../core/model.ts';
import { isInRegion, regionWords } from '../core/search-words.ts';
import { pageFields, refField, regionField } from './fields.ts';
import { listTool } from './list.ts';

// Nebula Block API Reference, Instances > Create GPU Instance: same dc_id and same region. As in an order, an unknown
// place fits nothing.
async function fitsMachine(
  ctx: ToolContext,
  { at, id }: { at: Cloud; id: string },
): Promise<(image: Image) => boolean> {
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

const placeOf = ({ region, data_center_id, os_name }: Image): string =>
  [region, data_center_id, os_name].map((part) => part ?? '').join(' ');

/** Operating system images, narrowed to those that fit a machine. */
export const listImages = listTool({
  name: 'list_images',
  title: 'List OS images',
  description: 'List OS images for create_pod, by region. With machine: only those that fit it.',
  toolset: 'machines',
  needs: 'images',
  plural: 'images',
  noun: 'image',
  row: imageSchema,
  input: z.strictObject({
    region: regionField.optional(),
    machine: refField('machine').optional().describe('machine ref'),
    ...pageFields,
  }),
  read: (cloud, io) => cloud.images?.list(io),
  fits({ machine, region }, ctx) {
    const wanted = regionWords(region ?? '');
    const inRegion = (image: Image) => isInRegion(wanted, image.region);
    if (machine === undefined) return inRegion;
    const at = resolve(ctx, machine, 'machine');
    requireFeature(at.at, 'images');
    return fitsMachine(ctx, at).then((fits) => (image) => fits(image) && inRegion(image));
  },
  order: (a, b) => placeOf(a).localeCompare(placeOf(b)),
  columns: {
    image: ({ ref }) => ref,
    os: ({ os_name }) => os_name,
    type: ({ os_type }) => os_type,
    region: ({ region }) => region,
    dc: ({ data_center_id }) => data_center_id,
  },
  offered: { region: ({ region }) => region },
  empty: 'No image fits. Choose another machine from list_machines, or drop a filter.',
});
