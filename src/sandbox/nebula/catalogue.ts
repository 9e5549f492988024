import { endpoint } from '../endpoint.ts';
import type { World } from '../world.ts';
import { success } from './reply.ts';
import type { NebulaProduct } from './state.ts';

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
  endpoint({
    method: 'GET',
    path: '/serverless/models',
    run({ world }) {
      const models = world.nebula.models.map((model) =>
        world.canary === null ? model : { ...model, description: `${model.description} ${world.canary}` },
      );
      return success('Successfully retrieved models', { models });
    },
  }),
];
