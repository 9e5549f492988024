import { newYorkTime } from '../clock.ts';
import type { World } from '../world.ts';
import { billedHours } from './life.ts';
import type { NebulaInstance } from './state.ts';

const nameOf = (world: World, instance: NebulaInstance) =>
  instance.outside && world.canary !== null ? `${instance.host_name} ${world.canary}` : instance.host_name;

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
