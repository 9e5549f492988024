import * as z from 'zod';
import type { ToolContext } from '../core/context.ts';
import { offered, resolve } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { errorLines, gather } from '../core/gather.ts';
import { type Image, imageSchema } from '../core/model.ts';
import { cut } from '../core/page.ts';
import { shown, table } from '../core/table.ts';
import { listOutput, pageFields, refField } from './fields.ts';
import { defineTool } from './tool.ts';

// The hard rule of Nebula Block API Reference, Instances > Create GPU Instance: same dc_id and same region. As in an
// order, a place that is not known fits nothing.
async function fitting(ctx: ToolContext, machine: string | undefined): Promise<(image: Image) => boolean> {
  if (machine === undefined) return () => true;
  const { at, id } = resolve(ctx, machine, 'machine');
  offered(
    at.images,
    at,
    'images',
    'Its machines take a template or a container image instead; see create_pod.',
  );
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
export const listImages = defineTool({
  name: 'list_images',
  title: 'List OS images',
  description: 'List OS images for create_pod on Nebula. Pass machine to see only those that fit it.',
  toolset: 'machines',
  effect: 'read',
  needs: (cloud) => cloud.images !== undefined,
  input: z.strictObject({
    region: z.string().max(60).optional(),
    machine: refField.optional().describe('machine ref'),
    ...pageFields,
  }),
  output: listOutput('images', imageSchema),
  endpoints: ['GET nebula /computing/images', 'GET nebula /computing/products'],
  async run(input, ctx) {
    const fits = await fitting(ctx, input.machine);
    const { rows, errors } = await gather(
      ctx,
      undefined,
      (cloud) => cloud.images !== undefined,
      async (cloud) => (await cloud.images?.list(ctx.io)) ?? [],
    );
    const region = input.region?.toLowerCase();
    const wanted = rows.filter(
      (image) => fits(image) && (region === undefined || (image.region ?? '').toLowerCase().includes(region)),
    );
    const page = cut(wanted, input);
    return {
      done: {
        images: page.rows,
        total: page.total,
        next_cursor: page.next_cursor,
        ...(errors.length > 0 && { errors }),
      },
    };
  },
  text: ({ images, total, next_cursor, errors }) =>
    total === 0
      ? `No image fits. Choose another machine from list_machines, or drop a filter.${errorLines(errors)}`
      : [
          table(
            ['image', 'os', 'type', 'region', 'dc'],
            images.map((image) => [
              image.ref,
              image.os_name,
              image.os_type,
              image.region,
              image.data_center_id,
            ]),
          ),
          shown(images.length, total, 'image', next_cursor),
        ].join('\n') + errorLines(errors),
});
