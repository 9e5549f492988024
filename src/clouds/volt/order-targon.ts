import type { CreateOrder } from '../../core/cloud.ts';
import type { Machine } from '../../core/model.ts';
import { times } from '../../core/offer.ts';
import type { CreatePodRequest } from '../../core/requests.ts';
import { isGiven, missing, type Problem, problemIf, surplus } from '../shared.ts';
import { BARE_OS_NOTE, CREATE_NOTES, ORDER, TARGON, TARGON_NOTES, UNKNOWN_MULTIPLE, WORST } from './notes.ts';

/** The documented resource names (Pods API > Targon Confidential Compute); others exist and may be ordered. */
export const RESOURCE_NAMES = ['h200-small', 'h200-large', 'b200-small', 'b200-large'] as const;

/** The tool that supplies machines. */
export const LIST_MACHINES = 'list_machines';
const UNDOCUMENTED = 'not documented for Targon pods';
const RESOURCE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._\-/:@]{0,254}$/;
const BARE_OS =
  /^(?:docker\.io\/)?(?:library\/)?(?:ubuntu|debian|alpine|centos|fedora|rockylinux|almalinux|archlinux|busybox)(?:[:@]|$)/i;

const lettersAndDigits = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
/** The GPU that begins a resource's name. */
export const familyOf = (resource: string): string => resource.split('-')[0] ?? '';

/** True if a resource's name begins with the GPU's: `H200` and `NVIDIA-H200` fit h200-small, not h20-small. */
function isOfFamily(gpu: string | null, resource: string): boolean {
  const [name, family] = [
    lettersAndDigits(gpu ?? '').replace(/^nvidia/, ''),
    lettersAndDigits(familyOf(resource)),
  ];
  return family !== '' && name.startsWith(family) && !/^\d/.test(name.slice(family.length));
}

/** A price above 0, else null: 0 would pass every cap, and no document offers free GPUs. */
export const knownPrice = (price: number | null): number | null =>
  price !== null && price > 0 ? price : null;

/** The price of a machine an hour, per GPU or per resource; null if it has none above 0. */
export const priceOf = (machine: Machine): number | null =>
  knownPrice(machine.price_per_gpu_hour_usd) ?? knownPrice(machine.price_per_instance_hour_usd);

/**
 * The machine whose price a Targon order without a machine accepts: the cheapest free Targon row of the GPU that begins
 * the resource's name. Only the price is read from it: the order itself is still the resource that the caller named.
 * Null if there is none.
 */
export function cheapestMatching(resource: string | null, machines: readonly Machine[]): Machine | null {
  if (resource === null) return null;
  const rows = machines.filter(
    (machine) =>
      machine.provider?.toLowerCase() === 'targon' &&
      machine.is_available &&
      isOfFamily(machine.gpu_model, resource),
  );
  const last = Number.MAX_VALUE;
  return rows.sort((a, b) => (priceOf(a) ?? last) - (priceOf(b) ?? last))[0] ?? null;
}

/** All problems of a Targon order. `instead` says what can be ordered if no machine has that GPU. The resource name is never derived from the machine: no mapping is documented. */
export function targonProblems(
  request: CreatePodRequest,
  machine: Machine | null,
  instead: () => string,
): Problem[] {
  const {
    machine_id,
    resource_name: resource,
    image,
    template_id,
    ssh_key_ids,
    gpu_count,
    volume_gb,
  } = request;
  const isNone = resource !== null && machine_id === null && machine === null;
  const provider = machine?.provider ?? null;
  return [
    ...missing({ machine: machine_id ?? machine?.id ?? null }, TARGON.no_machine(isNone ? instead() : null), {
      machine: LIST_MACHINES,
    }),
    ...missing({ resource_name: resource }, TARGON.no_resource(RESOURCE_NAMES)),
    ...missing({ image }, 'needed for a Targon pod: a container image reference'),
    ...surplus({ template: template_id, ssh_keys: ssh_key_ids, gpu_count, volume_gb }, UNDOCUMENTED),
    ...(provider === null || provider.toLowerCase() === 'targon'
      ? []
      : [{ field: 'machine', why: TARGON.other_provider(provider), tool: LIST_MACHINES }]),
    ...problemIf(
      machine !== null && priceOf(machine) === null,
      'machine',
      'has no price at present',
      LIST_MACHINES,
    ),
    ...problemIf(
      isGiven(resource) && !RESOURCE.test(resource ?? ''),
      'resource_name',
      'letters, digits, dots and dashes only',
    ),
    ...problemIf(isGiven(image) && !IMAGE.test(image ?? ''), 'image', 'not a container image reference'),
  ];
}

function sizeNotes(resource: string, machine: Machine): string[] {
  const known = RESOURCE_NAMES.some((name) => name === resource);
  const gpu = machine.gpu_model;
  const notes: string[] = [];
  if (!known) notes.push(TARGON.undocumented_size(resource, RESOURCE_NAMES));
  if (!known || !resource.endsWith('-small')) notes.push(UNKNOWN_MULTIPLE);
  if (!isOfFamily(gpu, resource)) {
    notes.push(TARGON.other_gpu(gpu, resource));
  }
  return notes;
}

/** Assumed GPUs of a host that does not list their number: as many as the hosts in the reference have. */
const GPUS_OF_A_HOST = 8;

/**
 * The highest hourly price of a Targon order. How many GPUs a size has is not documented; `-small` is read
 * as one, because its documented price is that of one GPU, and any other size as all GPUs of the host.
 */
function maxPerHour(resource: string, machine: Machine, price: number): { usd: number; gpus: number } {
  const isOne = machine.price_basis === 'instance' || resource.endsWith('-small');
  const gpus = isOne ? 1 : machine.gpu_count_total || GPUS_OF_A_HOST;
  return { usd: times(price, gpus), gpus };
}

/**
 * A checked Targon order. `cost_per_hour` is the price of the machine as just read, never one that the caller names
 * (the field's meaning is not documented; we read it as accepting a price).
 */
export function targonOrder(request: CreatePodRequest, machine: Machine, price: number): CreateOrder {
  const resource = request.resource_name ?? '';
  const image = request.image ?? '';
  const unit = machine.price_basis === 'gpu' ? 'per GPU' : 'per resource';
  const max = maxPerHour(resource, machine, price);
  const upTo = max.gpus === 1 ? '' : TARGON.up_to(max.usd, max.gpus);
  return {
    body: { provider: 'targon', name: request.name, resource_name: resource, image, cost_per_hour: price },
    summary: `${TARGON.summary(resource, machine.gpu_model)}${ORDER.place(machine.region)} (Volt, targon)`,
    what: TARGON.what(resource),
    worst: BARE_OS.test(image) ? WORST.bare_os : WORST.multiple,
    cost: {
      usd_per_hour: max.usd,
      usd_upfront: 0,
      usd_upfront_max: 0,
      basis: TARGON.basis(price, unit, machine.id) + upTo,
      quoted_at: machine.quoted_at_utc,
    },
    effects: [TARGON.rents(request.name, resource), TARGON.runs(image), TARGON.accepts(price)],
    consequences: [
      ...TARGON_NOTES,
      ...CREATE_NOTES,
      ...sizeNotes(resource, machine),
      ...(BARE_OS.test(image) ? [BARE_OS_NOTE] : []),
    ],
    // GPUs and price of a size are not documented.
    expects: {
      gpu_models: machine.gpu_model === null ? [] : [machine.gpu_model],
      gpu_count: null,
      usd_per_hour: [],
    },
  };
}
