import { enter } from '../clock.ts';
import { DEFAULT_VOLUME_GB, VOLT_POD_NEXT } from '../constants.ts';
import { roundUsd } from '../ledger.ts';
import type { World } from '../world.ts';
import type { VoltMachine, VoltPod } from './state.ts';

/** What the caller sets of a new pod; the rest follows from its machine. */
export type NewPod = Pick<VoltPod, 'name' | 'gpu_count' | 'cost_per_hour' | 'image'> &
  Partial<Pick<VoltPod, 'template_id' | 'volume_size_gb' | 'resource_name' | 'ssh_keys' | 'outside'>> & {
    /** Sandbox seconds until it is listed. */
    appear_after?: number;
  };

/** Puts a pod in state deploying on a machine and takes the GPUs out of its stock. A pod gets its share of the host's cores and memory. */
export function addVoltPod(world: World, machine: VoltMachine, fields: NewPod): VoltPod {
  const now = world.clock.now();
  const share = fields.gpu_count / machine.gpu_count;
  const pod: VoltPod = {
    id: machine.provider === 'targon' ? `pod_targon_${world.random.text(6)}` : `pod_${world.random.text(6)}`,
    name: fields.name,
    provider: machine.provider,
    machine_id: machine.id,
    gpu_type: machine.gpu_type,
    gpu_count: fields.gpu_count,
    cpu_cores: Math.floor(machine.cpu_cores * share),
    ram_gb: Math.floor(machine.ram_gb * share),
    cost_per_hour: roundUsd(fields.cost_per_hour, 4),
    ip: null,
    ssh_port: null,
    image: fields.image,
    template_id: fields.template_id ?? null,
    volume_size_gb: fields.volume_size_gb ?? DEFAULT_VOLUME_GB,
    resource_name: fields.resource_name ?? null,
    ssh_keys: fields.ssh_keys ?? [],
    created_ms: now,
    visible_ms: now + (fields.appear_after ?? 0) * 1000,
    ran_ms: 0,
    meter: null,
    phase: enter('deploying', now, VOLT_POD_NEXT),
    outside: fields.outside ?? false,
  };
  machine.available_gpus -= fields.gpu_count;
  world.volt.pods.push(pod);
  return pod;
}
