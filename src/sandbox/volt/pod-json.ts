import { isoSeconds } from '../clock.ts';
import { planted } from '../endpoint.ts';
import { roundUsd } from '../ledger.ts';
import type { World } from '../world.ts';
import { hoursRun } from './pod-life.ts';
import type { VoltPod } from './state.ts';

/** The raw status, in upper case if the drift switch says so. */
export function podStatus(world: World, pod: VoltPod): string {
  return world.drift.volt_upper_case ? pod.phase.raw.toUpperCase() : pod.phase.raw;
}

/** A pod made by someone else carries the canary in its name. */
function podName(world: World, pod: VoltPod): string {
  return pod.outside ? planted(world, pod.name) : pod.name;
}

/** `cost_per_hour` is for the whole pod; whether the cloud means that is not documented (one GPU in all examples). */
function podCost(world: World, pod: VoltPod): number {
  return world.drift.volt_cost_per_gpu ? roundUsd(pod.cost_per_hour / pod.gpu_count, 4) : pod.cost_per_hour;
}

/** A row of GET /pods. */
export function podListItem(world: World, pod: VoltPod): Record<string, unknown> {
  return {
    id: pod.id,
    name: podName(world, pod),
    status: podStatus(world, pod),
    provider: pod.provider,
    gpu_type: pod.gpu_type,
    gpu_count: pod.gpu_count,
    cost_per_hour: podCost(world, pod),
    created_at: isoSeconds(pod.created_ms),
    ip: pod.ip,
    ssh_port: pod.ssh_port,
  };
}

/** The reply of POST /pods, for either provider. */
export function podCreated(world: World, pod: VoltPod): Record<string, unknown> {
  const { id, name, provider, gpu_type } = pod;
  const status = podStatus(world, pod);
  const cost_per_hour = podCost(world, pod);
  const created_at = isoSeconds(pod.created_ms);
  if (provider === 'targon') {
    const { resource_name, image } = pod;
    const confidential = { confidential: true, attestation: 'intel_tdx' };
    return {
      id,
      name,
      status,
      provider,
      resource_name,
      gpu_type,
      cost_per_hour,
      image,
      ...confidential,
      created_at,
    };
  }
  const { gpu_count, ip, ssh_port, volume_size_gb, image } = pod;
  const size = { gpu_type, gpu_count, cost_per_hour };
  return { id, name, status, provider, ...size, ip, ssh_port, template: image, volume_size_gb, created_at };
}

/** The reply of GET /pods/:id. Only the Lium form is documented; a Targon pod adds its create fields to it. */
export function podDetail(world: World, pod: VoltPod): Record<string, unknown> {
  if (world.drift.volt_detail_uid) return workloadDetail(pod);
  const hours = hoursRun(pod, world.clock.now());
  const targon = {
    resource_name: pod.resource_name,
    image: pod.image,
    confidential: true,
    attestation: 'intel_tdx',
  };
  return {
    id: pod.id,
    name: podName(world, pod),
    status: podStatus(world, pod),
    provider: pod.provider,
    gpu_type: pod.gpu_type,
    gpu_count: pod.gpu_count,
    cpu_cores: pod.cpu_cores,
    ram_gb: pod.ram_gb,
    cost_per_hour: podCost(world, pod),
    ip: pod.ip,
    ssh_port: pod.ssh_port,
    ...(pod.provider === 'targon' ? targon : { template: pod.image, volume_size_gb: pod.volume_size_gb }),
    ssh_keys: pod.ssh_keys,
    uptime_hours: roundUsd(hours, 2),
    total_cost: roundUsd(hours * pod.cost_per_hour, 2),
    created_at: isoSeconds(pod.created_ms),
    ...(world.drift.volt_ssh_command ? sshFields(pod) : {}),
  };
}

function workloadDetail(pod: VoltPod): Record<string, unknown> {
  const ready = pod.phase.raw === 'running' ? 1 : 0;
  return {
    uid: pod.id,
    workload_type: pod.provider === 'targon' ? 'RENTAL' : 'POD',
    status: pod.phase.raw,
    message: ready === 1 ? '' : `workload is ${pod.phase.raw}`,
    ready_replicas: ready,
    total_replicas: 1,
    updated_at: isoSeconds(pod.phase.since),
  };
}

/** The SSH fields of the newer confidential pods. */
export function sshFields(pod: VoltPod): Record<string, unknown> {
  const host = `${pod.id.replaceAll('_', '-')}.ssh.example.com`;
  const command = `ssh -p 20000 ubuntu@${host}`;
  const ready = pod.phase.raw === 'running';
  return { ssh_host: host, ssh_port: 20_000, ssh_user: 'ubuntu', ssh_ready: ready, ssh_command: command };
}
