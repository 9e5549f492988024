import { enter, newYorkTime, type Phase, play } from '../clock.ts';
import { NEBULA_INSTANCE_NEXT } from '../constants.ts';
import { planted } from '../endpoint.ts';
import type { World } from '../world.ts';
import type { NebulaInstance, NebulaProduct } from './state.ts';

/** What the caller sets of a new instance; the rest follows from its product. */
type NewInstance = Pick<
  NebulaInstance,
  'host_name' | 'os' | 'ssh_key_id' | 'vm_password' | 'visible_ms' | 'outside'
>;

/** Puts an instance in state Creating and takes one out of the product's stock; it accrues from now on. */
export function addInstance(world: World, product: NebulaProduct, fields: NewInstance): NebulaInstance {
  const now = world.clock.now();
  const id = world.random.uuid();
  const note = `${fields.host_name}: $${product.price_per_hour}/h until deleted`;
  const instance: NebulaInstance = {
    ...fields,
    id,
    region: product.region,
    product_id: product.id,
    product_type: product.product_type,
    cpu_cores: product.cpu,
    ram: product.ram,
    gpu: product.gpu,
    gpu_count: product.gpu_count,
    disk_size: product.disk_size,
    ephemeral: product.ephemeral,
    price_per_hour: product.price_per_hour,
    public_ipv4: '',
    lan_ipv4: '',
    vm_name: `vm-${world.random.text(8)}`,
    created_ms: now,
    deleted_ms: null,
    meter: world.ledger.post({ cloud: 'nebula', kind: 'accrual', usd: 0, target: id, note }, now),
    phase: enter('Creating', now, NEBULA_INSTANCE_NEXT),
    actions: { start: 0, stop: 0, reboot: 0 },
  };
  product.stock = Math.max(0, product.stock - 1);
  world.nebula.instances.push(instance);
  return instance;
}

const HOUR_MS = 3_600_000;

/** Billed hours: from creation until deletion or now, in every state. That only deletion ends billing is our reading. */
function billedHours(instance: NebulaInstance, now: number): number {
  return ((instance.deleted_ms ?? now) - instance.created_ms) / HOUR_MS;
}

/** Moves an instance into a raw state at a time; it gets its address when it first runs. */
export function moveInstance(world: World, instance: NebulaInstance, raw: string, at: number): Phase {
  instance.phase = enter(raw, at, NEBULA_INSTANCE_NEXT);
  if (raw === 'Running' && instance.public_ipv4 === '') {
    const last = ((9 + world.nebula.addresses) % 254) + 1;
    world.nebula.addresses += 1;
    instance.public_ipv4 = `198.51.100.${last}`;
    instance.lan_ipv4 = `10.0.0.${last}`;
  }
  return instance.phase;
}

/** Plays an instance's due transitions and brings its accrual up to date. */
export function advanceInstance(world: World, instance: NebulaInstance, now: number): void {
  if (instance.deleted_ms === null)
    play(instance.phase, now, (raw, at) => moveInstance(world, instance, raw, at));
  instance.meter.usd = instance.price_per_hour * billedHours(instance, now);
  instance.meter.at = new Date(instance.deleted_ms ?? now).toISOString();
}

/** Ends an instance: it moves to the deleted ones and its product's stock grows by one. */
export function removeInstance(world: World, instance: NebulaInstance, at: number): void {
  instance.deleted_ms = at;
  instance.phase = { raw: 'Deleted', since: at, next: null };
  advanceInstance(world, instance, at);
  const product = world.nebula.products.find((candidate) => candidate.id === instance.product_id);
  if (product) product.stock += 1;
}

const nameOf = (world: World, instance: NebulaInstance) =>
  instance.outside ? planted(world, instance.host_name) : instance.host_name;

/** A row of the instance lists (Nebula Block API Reference, Instances > List User Instances). `product_type` is "GPU" there. */
export function instanceRow(world: World, instance: NebulaInstance): Record<string, unknown> {
  return {
    id: instance.id,
    region: instance.region,
    product_type: 'GPU',
    host_name: nameOf(world, instance),
    cpu_cores: instance.cpu_cores,
    ram: instance.ram,
    gpu_type: instance.gpu,
    gpu_count: instance.gpu_count,
    disk_size: instance.disk_size,
    ephemeral: instance.ephemeral,
    public_ipv4: instance.public_ipv4,
    price_per_hour: world.drift.nebula_price_string
      ? String(instance.price_per_hour)
      : instance.price_per_hour,
    os: instance.os,
    status: instance.phase.raw,
  };
}

/** "$1,234.5000" */
const money = (usd: number) =>
  `$${usd.toLocaleString('en-US', { minimumFractionDigits: 4, maximumFractionDigits: 4 })}`;

/**
 * The instance detail (Nebula Block API Reference, Instances > User Instance Detail): numbers as strings, New York
 * times, and the password in plain text.
 */
export function instanceDetail(world: World, instance: NebulaInstance): Record<string, unknown> {
  const hours = billedHours(instance, world.clock.now());
  const password = world.canary === null ? instance.vm_password : `${instance.vm_password}${world.canary}`;
  const login = world.drift.nebula_detail_attribute_names
    ? { lan_ipv4: instance.lan_ipv4, user_name: instance.vm_name, password }
    : { vm_name: instance.vm_name, vm_password: password };
  return {
    id: instance.id,
    region: instance.region,
    product_type: instance.product_type,
    host_name: nameOf(world, instance),
    cpu_cores: String(instance.cpu_cores),
    ram: String(instance.ram),
    gpu_type: instance.gpu,
    gpu_count: instance.gpu_count,
    disk_size: instance.disk_size,
    public_ipv4: instance.public_ipv4,
    os: instance.os,
    status: instance.phase.raw,
    login_method: '',
    exposed_ports: '',
    ...login,
    start_time: newYorkTime(instance.created_ms),
    running_time: `${hours.toFixed(4)} hours`,
    total_cost: money(hours * instance.price_per_hour),
  };
}
