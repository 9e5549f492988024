import * as z from 'zod';
import type { CreateOrder, Io } from '../../core/cloud.ts';
import type { Machine } from '../../core/model.ts';
import { alternativesTo, describeAlternatives } from '../../core/offer.ts';
import { formatRef } from '../../core/ref.ts';
import type { CreatePodRequest } from '../../core/requests.ts';
import type { Request } from '../../outbound/send.ts';
import { missing, type Problem, problemIf } from '../shared.ts';
import { computing, sshKey } from './endpoints.ts';
import { digits, fail, refuseProblems, rowsOf } from './errors.ts';
import { isOrderable, regionOf, toMachine, toState } from './map.ts';
import { CONTAINER_NOTE, CREATE_NOTES, ORDER, SPOT_NOTE, WORST } from './notes.ts';
import { allRows } from './pages.ts';
import type { ImageRow, InstanceRow, Placed, ProductRow, SshKeyRow } from './wire.ts';

const LISTS = { machine: 'list_machines', image: 'list_images', ssh_keys: 'list_ssh_keys' };

/** Problems of the request itself, before anything is read. */
function problemsOf(request: CreatePodRequest): Problem[] {
  const { machine_id, image, ssh_key_ids, template_id, resource_name, volume_gb } = request;
  return [
    ...missing({ machine: machine_id }, 'needed', LISTS),
    ...missing({ image }, 'needed, of the same data center and region', LISTS),
    ...problemIf(ssh_key_ids.length !== 1, 'ssh_keys', 'exactly one is needed', LISTS.ssh_keys),
    ...problemIf(template_id !== null, 'template', 'this cloud has none; use image', LISTS.image),
    ...problemIf(resource_name !== null, 'resource_name', 'this cloud has none; use machine', LISTS.machine),
    ...problemIf(
      volume_gb !== null,
      'volume_gb',
      'this cloud sells fixed disks; see root_disk_gb',
      LISTS.machine,
    ),
  ];
}

interface Market {
  /** All products, and what was just read of other clouds, as machines that can be named instead. */
  machines: Machine[];
  product: Placed<ProductRow> | undefined;
  live: InstanceRow[];
}

/** The image and the key of an order; undefined = there is none of that id. */
interface Parts {
  image: Placed<ImageRow> | undefined;
  key: SshKeyRow | undefined;
}

async function readMarket(
  request: Request,
  io: Io,
  wanted: CreatePodRequest,
  others: readonly Machine[],
): Promise<Market> {
  const [products, live] = await Promise.all([
    request(computing.products, io),
    allRows(request, computing.instances, io).then((listed) => rowsOf(io, listed, 'pod')),
  ]);
  return {
    machines: [...products.map((placed) => toMachine(placed, '')), ...others],
    product: products.find(({ row }) => row.id === wanted.machine_id),
    live: live.filter((row) => toState(row.status) !== 'deleted'),
  };
}

async function readParts(request: Request, io: Io, wanted: CreatePodRequest): Promise<Parts> {
  const [images, keys] = await Promise.all([
    request(computing.images, io),
    allRows(request, sshKey.list, io).then((listed) => rowsOf(io, listed, 'SSH key')),
  ]);
  return {
    image: images.find(({ row }) => row.id === wanted.image),
    key: keys.find(({ id }) => id === wanted.ssh_key_ids[0]),
  };
}

const place = (placed: Placed<{ dc_id: number | null; region: string | null }>): string =>
  ORDER.place(placed.row.dc_id, regionOf(placed));

function samePlace(product: Placed<ProductRow>, image: Placed<ImageRow>): boolean {
  const regions = [regionOf(product), regionOf(image)].map((region) => region?.toLowerCase());
  const known = product.row.dc_id !== null && regions[0] !== undefined;
  return known && product.row.dc_id === image.row.dc_id && regions[0] === regions[1];
}

/** Alternatives to a product, or to one that is not listed any more; `gpus` as the caller asks for them. */
function nameAlternatives(
  product: Placed<ProductRow> | undefined,
  gpus: number | null,
  machines: Machine[],
): string {
  const machine = product === undefined ? null : toMachine(product, '');
  return describeAlternatives(alternativesTo(machine, gpus ?? machine?.gpu_count_total ?? 1, machines));
}

/** Conflicts of the request with the offers and instances as they are now. */
function conflictsOf(wanted: CreatePodRequest, { machines, product, live }: Market): Problem[] {
  const gpus = product?.row.gpu_count ?? null;
  const name = wanted.name.toLowerCase();
  const taken = live.find((row) => (row.host_name ?? row.vm_name)?.toLowerCase() === name);
  const isSplit = product !== undefined && wanted.gpu_count !== null && wanted.gpu_count !== gpus;
  return [
    ...problemIf(
      product === undefined,
      'machine',
      ORDER.no_machine(nameAlternatives(undefined, wanted.gpu_count, machines)),
      LISTS.machine,
    ),
    ...problemIf(
      isSplit,
      'gpu_count',
      ORDER.other_count(gpus, nameAlternatives(product, wanted.gpu_count, machines)),
      LISTS.machine,
    ),
    ...problemIf(
      taken !== undefined,
      'name',
      ORDER.name_taken(formatRef('nebula', 'pod', taken?.id ?? '')),
      'list_pods',
    ),
  ];
}

/** Problems of the image and the key. */
function problemsOfParts({ image, key }: Parts, product: Market['product']): Problem[] {
  const isElsewhere = product !== undefined && image !== undefined && !samePlace(product, image);
  return [
    ...problemIf(image === undefined, 'image', ORDER.not_offered, LISTS.image),
    ...problemIf(key === undefined, 'ssh_keys', ORDER.no_key, LISTS.ssh_keys),
    ...(isElsewhere ? [{ field: 'image', why: ORDER.other_place(place(product), place(image)) }] : []),
  ];
}

const namesSchema = z.object({ image: z.string().nullable(), ssh_key: z.string().nullable() });

/**
 * Checks an order against the request, the offers and the account, and reads the present price. Image and product
 * must share `dc_id` and region (Nebula Block API Reference, Create GPU Instance). Sends no write. `agreed`: the facts of
 * the order that was agreed to, whose image and key are not read again.
 * @throws GpuError `invalid_input` naming every wrong field; `wrong_state` if the product is not available.
 */
export async function prepareOrder(
  request: Request,
  now: () => number,
  io: Io,
  wanted: CreatePodRequest,
  others: readonly Machine[] = [],
  agreed: CreateOrder['facts'] | null = null,
): Promise<CreateOrder> {
  refuseProblems(problemsOf(wanted), ORDER.refused);
  const fresh = { ...io, fresh: true };
  const known = namesSchema.safeParse(agreed).data ?? null;
  const [market, parts] = await Promise.all([
    readMarket(request, fresh, wanted, others),
    known === null ? readParts(request, fresh, wanted) : null,
  ]);
  const { product } = market;
  const conflicts = conflictsOf(wanted, market);
  refuseProblems(
    parts === null ? conflicts : [...conflicts, ...problemsOfParts(parts, product)],
    ORDER.refused,
  );
  const [key_id] = wanted.ssh_key_ids;
  // Cannot happen: each of the two is a conflict if it is missing.
  if (product === undefined || key_id === undefined) throw fail('invalid_input', ORDER.refused);
  const names = known ?? {
    image: parts?.image?.row.os_name ?? null,
    ssh_key: parts?.key?.key_name ?? null,
  };
  const { row } = product;
  if (!isOrderable(row)) {
    throw fail('wrong_state', ORDER.sold_out, {
      hint: nameAlternatives(product, null, market.machines),
      retryable: true,
    });
  }
  // 0 counts as unknown: it would pass every cap, and no document gives instances away.
  const price = row.price_per_hour === 0 ? null : row.price_per_hour;
  const named = { gpu: row.gpu ?? row.gpu_type, gpus: row.gpu_count, kind: row.product_type };
  return {
    body: {
      instance_name: wanted.name,
      product_id: row.id,
      image_id: wanted.image,
      ssh_key_id: Number(digits(key_id, 'ssh_keys', LISTS.ssh_keys)),
    },
    summary: ORDER.summary(named, regionOf(product)),
    what: ORDER.what(named),
    worst: WORST,
    cost: {
      usd_per_hour: price,
      usd_upfront: 0,
      usd_upfront_max: 0,
      basis: ORDER.basis(price),
      quoted_at: new Date(now()).toISOString(),
    },
    effects: [ORDER.creates(wanted.name, names.image), ORDER.key(names.ssh_key, key_id)],
    consequences: [
      ...CREATE_NOTES,
      ...(row.is_spot === true ? [SPOT_NOTE] : []),
      ...(/container/i.test(row.product_type ?? '') ? [CONTAINER_NOTE] : []),
    ],
    expects: {
      gpu_models: [row.gpu, row.gpu_type].filter((name) => name !== null),
      gpu_count: row.gpu_count,
      usd_per_hour: price === null ? [] : [price],
    },
    facts: { machine: row.gpu, ...names },
  };
}
