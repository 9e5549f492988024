import type { CreateOrder, CreatePodRequest, Io } from '../../core/cloud.ts';
import { quote, usd } from '../../core/text.ts';
import type { Request } from '../../outbound/send.ts';
import { computing, sshKey } from './endpoints.ts';
import { isOrderable, regionOf, toState } from './map.ts';
import { CONTAINER_NOTE, CREATE_NOTES, SPOT_NOTE } from './notes.ts';
import { allRows } from './pages.ts';
import { refuse } from './refuse.ts';
import type { ImageRow, InstanceRow, Placed, ProductRow } from './wire.ts';
import type { SshKeyRow } from './wire-account.ts';

// Narrow on purpose: a name that the cloud changes could not be found again. Documented nowhere; our choice.
const NAME = /^[A-Za-z0-9._-]+(?: [A-Za-z0-9._-]+)*$/;
const MAX_NAME = 64;
const KEY_ID = /^\d{1,15}$/;

/** What is missing or wrong in the request itself, before anything is read. */
function problemsOf(request: CreatePodRequest): string[] {
  const { name, machine_id, image, ssh_key_ids, template_id, resource_name, volume_gb } = request;
  const checks: [boolean, string][] = [
    [
      name.length <= MAX_NAME && NAME.test(name),
      `name: give 1 to ${MAX_NAME} letters, digits, "-", "_", "." or single spaces inside`,
    ],
    [machine_id !== null, 'machine: missing; take one from list_machines'],
    [image !== null, 'image: missing; take one from list_images, of the same data center and region'],
    [ssh_key_ids.length === 1, 'ssh_keys: exactly one is needed; take it from list_ssh_keys'],
    [
      ssh_key_ids.every((id) => KEY_ID.test(id)),
      'ssh_keys: ids are whole numbers; take one from list_ssh_keys',
    ],
    [template_id === null, 'template: this cloud has none; use image from list_images'],
    [resource_name === null, 'resource_name: this cloud has none; use machine from list_machines'],
    [volume_gb === null, 'volume_gb: this cloud sells fixed disks; see root_disk_gb in list_machines'],
  ];
  return checks.filter(([good]) => !good).map(([, problem]) => problem);
}

interface Market {
  product: Placed<ProductRow> | undefined;
  image: Placed<ImageRow> | undefined;
  key: SshKeyRow | undefined;
  live: InstanceRow[];
}

async function readMarket(request: Request, io: Io, wanted: CreatePodRequest): Promise<Market> {
  const fresh = { ...io, fresh: true };
  const [products, images, keys, live] = await Promise.all([
    request(computing.products, fresh),
    request(computing.images, fresh),
    allRows(request, sshKey.list, fresh),
    allRows(request, computing.instances, fresh),
  ]);
  return {
    product: products.find(({ row }) => row.id === wanted.machine_id),
    image: images.find(({ row }) => row.id === wanted.image),
    key: keys.find(({ id }) => id === wanted.ssh_key_ids[0]),
    live: live.filter((row) => toState(row.status) !== 'deleted'),
  };
}

const place = (placed: Placed<{ dc_id: number | null; region: string | null }>): string =>
  `dc_id ${placed.row.dc_id ?? 'unknown'}, region ${quote(regionOf(placed) ?? 'unknown')}`;

function samePlace(product: Placed<ProductRow>, image: Placed<ImageRow>): boolean {
  const regions = [regionOf(product), regionOf(image)].map((region) => region?.toLowerCase());
  const known = product.row.dc_id !== null && regions[0] !== undefined;
  return known && product.row.dc_id === image.row.dc_id && regions[0] === regions[1];
}

/** What the present offers, keys and instances of the account say against the request. */
function conflictsOf(wanted: CreatePodRequest, { product, image, key, live }: Market): string[] {
  const gpus = product?.row.gpu_count ?? null;
  const name = wanted.name.toLowerCase();
  const checks: [boolean, string][] = [
    [product !== undefined, 'machine: not offered now; take one from list_machines'],
    [image !== undefined, 'image: not offered now; take one from list_images'],
    [key !== undefined, 'ssh_keys: the account has no such key; take one from list_ssh_keys'],
    [
      product === undefined || wanted.gpu_count === null || wanted.gpu_count === gpus,
      `gpu_count: this machine has ${gpus ?? 'an unknown number of'} GPUs and no other number can be ordered; leave it out or choose another from list_machines`,
    ],
    [
      !live.some((row) => (row.host_name ?? row.vm_name)?.toLowerCase() === name),
      'name: a live instance has it already (list_pods), and the new one could not be told from it; choose another',
    ],
  ];
  if (product !== undefined && image !== undefined) {
    checks.push([
      samePlace(product, image),
      `image: it must be of the same data center and region as the machine; the machine is at ${place(product)}, the image at ${place(image)}; use list_images with machine`,
    ]);
  }
  return checks.filter(([good]) => !good).map(([, problem]) => problem);
}

const invalid = (problems: string[]) =>
  refuse('invalid_input', `This order cannot be placed on Nebula. ${problems.join('. ')}.`, {
    hint: 'Correct every field named here, then call create_pod again; nothing was ordered.',
  });

/**
 * Checks an order against the request, the offers and the account, and reads the present price. Image and product
 * must share `dc_id` and region (Nebula Block API Reference, Create GPU Instance). Sends no write.
 * @throws GpuError `invalid_input` naming every wrong field; `wrong_state` where the product is not available.
 */
export async function prepareOrder(
  request: Request,
  now: () => number,
  io: Io,
  wanted: CreatePodRequest,
): Promise<CreateOrder> {
  const problems = problemsOf(wanted);
  if (problems.length > 0) throw invalid(problems);
  const market = await readMarket(request, io, wanted);
  const conflicts = conflictsOf(wanted, market);
  const { product, image, key } = market;
  if (conflicts.length > 0 || !product || !image || !key) throw invalid(conflicts);
  const { row } = product;
  if (!isOrderable(row)) {
    throw refuse('wrong_state', `This machine is not available now (stock ${row.stock ?? 'unknown'}).`, {
      hint: 'Choose an available one from list_machines.',
    });
  }
  // 0 counts as unknown: it would pass every cap, and no document gives instances away.
  const price = row.price_per_hour === 0 ? null : row.price_per_hour;
  return {
    body: {
      instance_name: wanted.name,
      product_id: row.id,
      image_id: image.row.id,
      ssh_key_id: Number(key.id),
    },
    summary: `${row.gpu_count ?? '?'} x ${row.gpu ?? row.gpu_type ?? 'unknown GPU'} in ${regionOf(product) ?? 'unknown region'} (Nebula, ${row.product_type ?? 'kind unknown'})`,
    cost: {
      usd_per_hour: price,
      usd_upfront: 0,
      usd_upfront_max: 0,
      basis: `${usd(price)} USD per hour for the whole instance, as listed by the cloud; no price in advance is documented`,
      quoted_at: new Date(now()).toISOString(),
    },
    effects: [
      `Creates the instance ${quote(wanted.name)} from the image ${quote(image.row.os_name)}.`,
      `Puts the SSH key ${quote(key.key_name)} (${key.id}) on it.`,
    ],
    consequences: [
      ...CREATE_NOTES,
      ...(row.is_spot === true ? [SPOT_NOTE] : []),
      ...(/container/i.test(row.product_type ?? '') ? [CONTAINER_NOTE] : []),
    ],
  };
}
