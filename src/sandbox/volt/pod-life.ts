import { enter, type Phase, play } from '../clock.ts';
import { DEFAULT_VOLUME_GB, POD_SSH_PORT, PULL_FAILED_STATE, VOLT_POD_NEXT } from '../constants.ts';
import { roundUsd } from '../ledger.ts';
import type { World } from '../world.ts';
import type { VoltMachine, VoltPod } from './state.ts';

/** What the caller sets of a new pod; the rest follows from its machine. */
type NewPod = Pick<VoltPod, 'name' | 'gpu_count' | 'cost_per_hour' | 'image'> &
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

const HOUR_MS = 3_600_000;

/** Hours of GPU time so far, closed runs and the present one. */
export function hoursRun(pod: VoltPod, now: number): number {
  const present = pod.phase.raw === 'running' ? now - pod.phase.since : 0;
  return (pod.ran_ms + present) / HOUR_MS;
}

function meterUpTo(pod: VoltPod, at: number): void {
  if (pod.meter === null) return;
  pod.meter.usd = (pod.cost_per_hour * (at - pod.phase.since)) / HOUR_MS;
  pod.meter.at = new Date(at).toISOString();
}

function leaveState(pod: VoltPod, at: number): void {
  if (pod.phase.raw !== 'running') return;
  meterUpTo(pod, at);
  pod.ran_ms += at - pod.phase.since;
  pod.meter = null;
}

function nextAddress(world: World): string {
  const n = world.volt.addresses;
  world.volt.addresses += 1;
  const last = ((41 + n) % 254) + 1;
  return `203.0.113.${last}`;
}

/** Moves a pod into a raw state at a time: closes or opens its billed run and gives it an address when it first runs. */
export function movePod(world: World, pod: VoltPod, raw: string, at: number): Phase {
  leaveState(pod, at);
  pod.phase = enter(raw, at, VOLT_POD_NEXT);
  if (raw === 'running') {
    pod.ip ??= nextAddress(world);
    pod.ssh_port ??= POD_SSH_PORT;
    const note = `${pod.name}: running at $${pod.cost_per_hour}/h`;
    pod.meter = world.ledger.post({ cloud: 'volt', kind: 'accrual', usd: 0, target: pod.id, note }, at);
  }
  return pod.phase;
}

function canPull(world: World, pod: VoltPod): boolean {
  const template = world.volt.templates.find((candidate) => candidate.id === pod.template_id);
  const needed = template?.docker_credential_id ?? null;
  return needed === null || world.volt.credentials.some((credential) => credential.id === needed);
}

/** Plays a pod's due transitions and brings its accrual up to date. */
export function advancePod(world: World, pod: VoltPod, now: number): void {
  play(pod.phase, now, (raw, at) =>
    movePod(world, pod, raw === 'running' && !canPull(world, pod) ? PULL_FAILED_STATE : raw, at),
  );
  if (pod.phase.raw === 'running') meterUpTo(pod, now);
}

/** Ends a pod: its GPUs return to the machine, nothing accrues any more. */
export function removePod(world: World, pod: VoltPod, at: number): void {
  leaveState(pod, at);
  world.volt.pods = world.volt.pods.filter((other) => other !== pod);
  const machine = world.volt.machines.find((candidate) => candidate.id === pod.machine_id);
  if (machine) machine.available_gpus = Math.min(machine.gpu_count, machine.available_gpus + pod.gpu_count);
}
