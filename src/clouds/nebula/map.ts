import type { Image, Machine, Pod, PodState } from '../../core/model.ts';
import { formatRef } from '../../core/ref.ts';
import { WARNINGS } from './notes.ts';
import { toUtc } from './parse.ts';
import type { ImageRow, InstanceRow, Placed, ProductRow } from './wire.ts';

/**
 * States by their lower-case name. Only `running` and `deleted` are documented (Nebula Block API Reference, List
 * User Instances); the others are what its console's actions suggest, our choice.
 */
const STATES: Record<string, PodState> = {
  running: 'running',
  deleted: 'deleted',
  terminated: 'deleted',
  creating: 'provisioning',
  building: 'provisioning',
  pending: 'provisioning',
  deploying: 'provisioning',
  starting: 'starting',
  stopping: 'stopping',
  stopped: 'stopped',
  shutoff: 'stopped',
  'powered off': 'stopped',
  rebooting: 'restarting',
  deleting: 'deleting',
  error: 'failed',
  failed: 'failed',
};

/** The normalised state of a raw one, in any letter case; `unknown` for any other word. */
export function toState(raw: string | null): PodState {
  const name = (raw ?? '').toLowerCase();
  return (Object.hasOwn(STATES, name) ? STATES[name] : undefined) ?? 'unknown';
}

function stateWarnings(raw: string | null, state: PodState): string[] {
  if (raw === null) return [WARNINGS.no_state];
  if (state === 'unknown') return [WARNINGS.unknown_state];
  return state === 'failed' ? [WARNINGS.failed] : [];
}

/** An instance as a pod; `withLogin` adds how to log in. */
export function toPod(row: InstanceRow): Pod {
  const state = toState(row.status);
  return {
    ref: formatRef('nebula', 'pod', row.id),
    cloud: 'nebula',
    id: row.id,
    name: row.host_name ?? row.vm_name,
    state,
    raw_state: row.status,
    provider: null,
    machine_kind: row.product_type,
    gpu_model: row.gpu ?? row.gpu_type,
    gpu_count: row.gpu_count,
    cpu_cores: row.cpu_cores,
    memory_gb: row.ram,
    root_disk_gb: row.disk_size,
    ephemeral_disk_gb: row.ephemeral,
    image: row.os,
    hourly_cost_usd: row.price_per_hour,
    total_cost_usd: row.total_cost,
    uptime_hours: row.running_time,
    public_ip: row.public_ipv4,
    private_ip: row.lan_ipv4,
    ssh_port: null,
    ssh_user: row.user_name,
    ssh_command: null,
    ssh_key_ids: null,
    login_method: row.login_method,
    has_password: row.has_password,
    region: row.region,
    confidential: null,
    attestation: null,
    created_at_utc: null,
    started_at_utc: toUtc(row.start_time),
    started_at_raw: row.start_time,
    warnings: stateWarnings(row.status, state),
  };
}

/** The region of a row: the key that it is listed under takes precedence over its own field. */
export const regionOf = (placed: Placed<{ region: string | null }>): string | null =>
  placed.under[0] ?? placed.row.region;

const MEMORY_IN_NAME = /(?:^|[-_ ])(\d{1,3})\s?GB?(?=$|[-_ ])/i;

function gpuMemory(row: ProductRow): { gb: number | null; warning: string | null } {
  if (row.vram !== null) return { gb: row.vram, warning: null };
  const inName = MEMORY_IN_NAME.exec(row.gpu ?? '')?.[1];
  if (inName === undefined) return { gb: null, warning: null };
  return { gb: Number(inName), warning: WARNINGS.memory_in_name };
}

const perGpu = (row: ProductRow): number | null =>
  row.price_per_hour === null || row.gpu_count === null || row.gpu_count < 1
    ? null
    : Number((row.price_per_hour / row.gpu_count).toFixed(6));

/** True if a product can be ordered: both `is_available` and a stock above 0 are stated (Nebula Block API Reference, List Products). */
export const isOrderable = (row: ProductRow): boolean => row.is_available === true && (row.stock ?? 0) > 0;

/** A product as a machine. Its price is per instance with all its GPUs; the price per GPU is derived. */
export function toMachine(placed: Placed<ProductRow>, quotedAt: string): Machine {
  const { row } = placed;
  const region = regionOf(placed);
  const memory = gpuMemory(row);
  const moved = row.region !== null && row.region !== region;
  return {
    ref: formatRef('nebula', 'machine', row.id),
    cloud: 'nebula',
    id: row.id,
    order_key: {
      product_id: row.id,
      ...(row.dc_id === null ? {} : { dc_id: row.dc_id }),
      ...(region === null ? {} : { region }),
    },
    provider: null,
    region,
    data_center_id: row.dc_id,
    gpu_model: row.gpu,
    gpu_family: row.gpu_type,
    gpu_count_total: row.gpu_count,
    gpu_count_available: null,
    stock_instances: row.stock,
    is_available: isOrderable(row),
    gpu_memory_gb: memory.gb,
    cpu_cores: row.cpu,
    memory_gb: row.ram,
    root_disk_gb: row.disk_size,
    ephemeral_disk_gb: row.ephemeral,
    spec_scope: 'instance',
    price_per_gpu_hour_usd: perGpu(row),
    price_per_instance_hour_usd: row.price_per_hour,
    price_basis: 'instance',
    sold_by: 'instance',
    confidential: null,
    is_spot: row.is_spot,
    quoted_at_utc: quotedAt,
    warnings: [
      ...(memory.warning === null ? [] : [memory.warning]),
      ...(moved ? [WARNINGS.other_region(region, row.region)] : []),
      ...(row.is_spot === true ? [WARNINGS.spot] : []),
    ],
  };
}

/** An operating system image. It fits the products of the same data_center_id and region. */
export function toImage(placed: Placed<ImageRow>): Image {
  const { row } = placed;
  return {
    ref: formatRef('nebula', 'image', row.id),
    cloud: 'nebula',
    id: row.id,
    data_center_id: row.dc_id,
    region: regionOf(placed),
    os_name: row.os_name,
    os_type: row.os_type,
  };
}

const USER = /^[a-z_][a-z0-9_.-]{0,31}$/i;
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]{2,39})$/i;

/**
 * A pod with the way to log in, as far as it is known. Only `user_name` counts as a login: that `vm_name` is one
 * is not documented, nor is the SSH port (Nebula Block API Reference, User Instance Detail). The command is
 * for a person to read; user and address are checked to be nothing else.
 */
export function withLogin(pod: Pod, exposedPorts: string | null): Pod {
  const warnings = [...pod.warnings];
  if (exposedPorts !== null) warnings.push(WARNINGS.ports(exposedPorts));
  if (pod.state !== 'running' || pod.public_ip === null) return { ...pod, warnings };
  if (!ADDRESS.test(pod.public_ip)) {
    warnings.push(WARNINGS.odd_address);
    return { ...pod, warnings };
  }
  if (pod.ssh_user === null) {
    warnings.push(WARNINGS.no_user);
    return { ...pod, warnings };
  }
  if (!USER.test(pod.ssh_user)) {
    warnings.push(WARNINGS.odd_user);
    return { ...pod, warnings };
  }
  return { ...pod, ssh_command: `ssh ${pod.ssh_user}@${pod.public_ip}`, warnings };
}
