import { enter, type Phase, type PhaseTable, play } from '../clock.ts';
import {
  JOB_PHASE_SECONDS,
  POD_SSH_PORT,
  PULL_FAILED_STATE,
  TERMINAL_STATUSES,
  VOLT_POD_NEXT,
} from '../constants.ts';
import { notifyJobEnd } from '../webhook.ts';
import type { World } from '../world.ts';
import type { VoltJob, VoltPod } from './state.ts';

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

function jobTable(job: VoltJob): PhaseTable {
  const { pending, preparing_data, looking_for_nodes, ready, evaluating } = JOB_PHASE_SECONDS;
  return {
    pending: { raw: 'preparing_data', after: pending },
    preparing_data: { raw: 'looking_for_nodes', after: preparing_data },
    looking_for_nodes: { raw: 'ready', after: looking_for_nodes },
    ready: { raw: 'training', after: ready },
    training: { raw: 'evaluating', after: job.hoursRequested * 3600 },
    evaluating: { raw: 'success', after: evaluating },
  };
}

/** Moves a job into a status at a time; a terminal one is stamped and reported to its webhook once. */
export function moveJob(world: World, job: VoltJob, status: string, at: number): Phase {
  const wasTerminal = TERMINAL_STATUSES.includes(job.phase.raw);
  job.phase = enter(status, at, jobTable(job));
  if (status === 'training') job.started_ms ??= at;
  if (status === 'success') job.outputModelRepo ??= `voltagegpu/${slug(job.name)}-${world.random.text(6)}`;
  if (TERMINAL_STATUSES.includes(status)) {
    job.completed_ms = at;
    if (!wasTerminal) notifyJobEnd(world, job);
  } else {
    job.completed_ms = null;
  }
  return job.phase;
}

/** Plays a job's due transitions. */
export function advanceJob(world: World, job: VoltJob, now: number): void {
  play(job.phase, now, (status, at) => moveJob(world, job, status, at));
}

function slug(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .slice(0, 60) || 'model'
  );
}
