import * as z from 'zod';
import { VM_PASSWORD } from '../constants.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import type { World } from '../world.ts';
import { addInstance, instanceDetail, instanceRow, moveInstance, removeInstance } from './instance.ts';
import { failed, need, page, pageQuery, success } from './reply.ts';
import type { NebulaInstance, NebulaProduct } from './state.ts';

const text = z.string().min(1);
const createBody = z.strictObject({
  instance_name: text,
  product_id: text,
  image_id: text,
  ssh_key_id: z.int(),
});

function live(world: World, id: string | undefined): NebulaInstance {
  const living = world.nebula.instances.filter(({ deleted_ms }) => deleted_ms === null);
  return need(world, living, 'Instance', id);
}

function create(world: World, body: z.output<typeof createBody>, appearAfter: number): void {
  const product = need(world, world.nebula.products, 'Product', body.product_id);
  const image = need(world, world.nebula.images, 'Image', body.image_id);
  need(world, world.nebula.ssh_keys, 'SSH key', body.ssh_key_id);
  if (image.dc_id !== product.dc_id || image.region !== product.region)
    throw failed('The image and the product must be in the same data center and region');
  if (!product.is_available) throw failed('The product is not available');
  if (product.stock < 1) throw failed('The product is out of stock');
  if (world.ledger.balance('nebula') < product.price_per_hour) throw failed('Insufficient credits');
  addInstance(world, product, {
    host_name: body.instance_name,
    os: image.os_name,
    ssh_key_id: body.ssh_key_id,
    vm_password: VM_PASSWORD,
    visible_ms: world.clock.now() + appearAfter * 1000,
    outside: false,
  });
}

/** The three GETs that change state, the state each needs and the one it leads to. */
const ACTIONS = [
  { verb: 'start', from: 'Stopped', to: 'Starting', message: 'Instance is starting' },
  { verb: 'stop', from: 'Running', to: 'Stopping', message: 'Instance is stopping' },
  { verb: 'reboot', from: 'Running', to: 'Rebooting', message: 'Instance is rebooting' },
] as const;

const actionEndpoints: Endpoint[] = ACTIONS.map(({ verb, from, to, message }) =>
  endpoint({
    method: 'GET',
    path: `/computing/instance/:id/${verb}`,
    run({ world, params }) {
      const instance = live(world, params.id);
      if (instance.product_type === 'Container') throw failed('This instance only supports Terminate');
      if (instance.phase.raw !== from)
        throw failed(`Cannot ${verb} an instance that is ${instance.phase.raw}`);
      instance.actions[verb] += 1;
      moveInstance(world, instance, to, world.clock.now());
      return success(message);
    },
  }),
);

/** GPU instances (Nebula Block API Reference, Instances). Creation returns no id; start, stop and reboot are GETs. */
export const instanceEndpoints: Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/computing/instance',
    body: createBody,
    run({ world, body, appearAfter }) {
      create(world, body, appearAfter);
      return success('Instance created successfully');
    },
  }),
  ...(['instances', 'deleted-instances'] as const).map((list) =>
    endpoint({
      method: 'GET',
      path: `/computing/${list}`,
      query: pageQuery,
      run({ world, query }) {
        const now = world.clock.now();
        const listed = world.nebula.instances.filter(
          (instance) =>
            (instance.deleted_ms !== null) === (list === 'deleted-instances') && instance.visible_ms <= now,
        );
        const data = page(listed, query).map((instance) => instanceRow(world, instance));
        const message = 'Successfully retrieved instances';
        return { status: 200, json: { data, message, status: 'success', total_instance: listed.length } };
      },
    }),
  ),
  endpoint({
    method: 'GET',
    path: '/computing/instance/:id',
    run({ world, params }) {
      const message = 'Successfully retrieved instance';
      const known = world.nebula.instances.find((candidate) => candidate.id === params.id);
      if (known === undefined && world.drift.nebula_detail_empty) return success(message, []);
      const detail = instanceDetail(world, known ?? live(world, params.id));
      return success(message, world.drift.nebula_detail_object ? detail : [detail]);
    },
  }),
  endpoint({
    method: 'DELETE',
    path: '/computing/instance/:id',
    run({ world, params }) {
      removeInstance(world, live(world, params.id), world.clock.now());
      return success('Instance deleted successfully');
    },
  }),
  ...actionEndpoints,
];

function productJson(world: World, product: NebulaProduct): Record<string, unknown> {
  const spot = { country: product.region, vram: 80, is_spot: false };
  return {
    ...product,
    ...(world.drift.nebula_spot_rows ? spot : {}),
    ...(world.canary === null ? {} : { description: world.canary }),
  };
}

function groupBy<T, R>(
  rows: readonly T[],
  key: (row: T) => string,
  value: (rows: T[]) => R,
): Record<string, R> {
  const names = [...new Set(rows.map(key))];
  return Object.fromEntries(names.map((name) => [name, value(rows.filter((row) => key(row) === name))]));
}

/** Products by region and GPU family, images by region (Nebula Block API Reference, Instances > List Products, List Images). */
export const catalogueEndpoints = [
  endpoint({
    method: 'GET',
    path: '/computing/products',
    run({ world }) {
      const rows = (products: NebulaProduct[]) => products.map((product) => productJson(world, product));
      const families = (products: NebulaProduct[]) => groupBy(products, (product) => product.gpu_type, rows);
      const data = groupBy(world.nebula.products, (product) => product.region, families);
      return success('Successfully retrieved products', data);
    },
  }),
  endpoint({
    method: 'GET',
    path: '/computing/images',
    run({ world }) {
      const data = groupBy(
        world.nebula.images,
        (image) => image.region,
        (images) => images,
      );
      return success('Successfully retrieved images', data);
    },
  }),
];
