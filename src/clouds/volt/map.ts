import { type Job, type Machine, type Pod, type PodState, UNZONED } from '../../core/model.ts';
import { formatRef } from '../../core/ref.ts';
import { WARNINGS } from './notes.ts';
import { jobState, podState, TERMINAL } from './states.ts';
import type { JobWire, MachineWire, PodWire } from './wire.ts';

const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const HOST = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);
const IPV6 = /^[0-9A-Fa-f:]{2,39}$/;
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;
const COMMAND = /^ssh (?:-p (\d{1,5}) )?([^\s@]{1,64})@(\S{1,253}?)(?: -p (\d{1,5}))?$/;
const MAX_PORT = 65_535;

const isHost = (text: string | null): text is string =>
  text !== null && (HOST.test(text) || (text.includes(':') && IPV6.test(text)));
const isUser = (text: string | null): text is string => text !== null && USER.test(text);
const isPort = (port: number | null): port is number =>
  port !== null && Number.isInteger(port) && port >= 1 && port <= MAX_PORT;

const command = (user: string, host: string, port: number | null) =>
  `ssh ${user}@${host}${port === null ? '' : ` -p ${port}`}`;

/** The login of a pod, as far as the reply shows it. */
export interface Login {
  ssh_user: string | null;
  ssh_command: string | null;
  warnings: string[];
}

/** The cloud's own command, rebuilt from its parts; null if a part is not a plain user, host or port. */
function commandFrom(text: string | null): string | null {
  const [, before, user = null, host = null, after] = COMMAND.exec(text ?? '') ?? [];
  const digits = before ?? after;
  const port = digits === undefined ? null : Number(digits);
  if (!isUser(user) || !isHost(host) || (port !== null && !isPort(port))) return null;
  return command(user, host, port);
}

/**
 * The login of a running pod. No document names the user (Volt API Reference, Pods API shows `ip` and `ssh_port`
 * only); that /root is the home of the local volume suggests root, and a warning says that this is a guess.
 * Parts that newer versions send are used if they are a plain user, host and port. The text is for a person; the
 * command `ssh` parses it again and checks each part.
 */
function login(pod: PodWire, state: PodState): Login {
  const ssh_user = isUser(pod.ssh_user) ? pod.ssh_user : null;
  if (state !== 'running' || pod.ssh_ready === false) return { ssh_user, ssh_command: null, warnings: [] };
  const whole = commandFrom(pod.ssh_command);
  if (whole !== null) {
    return { ssh_user, ssh_command: whole, warnings: [WARNINGS.sent_command] };
  }
  const host = isHost(pod.ssh_host) ? pod.ssh_host : isHost(pod.ip) ? pod.ip : null;
  if (host === null || !isPort(pod.ssh_port)) return { ssh_user, ssh_command: null, warnings: [] };
  if (ssh_user !== null)
    return { ssh_user, ssh_command: command(ssh_user, host, pod.ssh_port), warnings: [] };
  return {
    ssh_user,
    ssh_command: command('root', host, pod.ssh_port),
    warnings: [WARNINGS.assumed_root],
  };
}

type Time = NonNullable<PodWire['created_at']>;

/** The warning for times that name no zone. */
const zoneNotes = (...times: readonly (Time | null)[]): string[] =>
  times.some((time) => time?.zoned === false) ? [UNZONED] : [];

/** Documented for Targon only (Pods API > Targon Confidential Compute); Lium is the standard, not confidential. */
function isConfidential(provider: string | null, stated: boolean | null): boolean | null {
  if (stated !== null) return stated;
  const name = provider?.toLowerCase();
  return name === 'targon' ? true : name === 'lium' ? false : null;
}

/** See `PodOps.priceDoubt`. */
export const priceDoubt = ({
  gpu_count: gpus,
  hourly_cost_usd: price,
}: Pick<Pod, 'gpu_count' | 'hourly_cost_usd'>): string | null =>
  price === null || gpus === null || gpus < 2 ? null : WARNINGS.price_of(price, gpus);

function podWarnings(pod: PodWire, state: Pod['state']): string[] {
  const notes: string[] = [];
  const count = pod.gpu_count ?? 1;
  if (state === 'failed' || state === 'unknown') {
    notes.push(WARNINGS.may_bill);
  }
  if (pod.message !== null) notes.push(WARNINGS.message(pod.message));
  const doubt = priceDoubt({ gpu_count: count, hourly_cost_usd: pod.cost_per_hour });
  if (doubt !== null) notes.push(doubt);
  return notes;
}

/**
 * A pod of the wire as a pod of the model. `requestedId`, the id in the request, takes precedence over the reply's,
 * because newer versions leave the id out of the reply about one pod.
 */
export function toPod(pod: PodWire & { uid?: string | null }, requestedId: string | null = null): Pod | null {
  const id = requestedId ?? pod.id;
  if (id === null) return null;
  const state = podState(pod.status);
  const access = login(pod, state);
  const warnings = zoneNotes(pod.created_at);
  if (pod.id === null) warnings.push(WARNINGS.no_id);
  else if (pod.id !== id) warnings.push(WARNINGS.other_id('pod', pod.id));
  return {
    ref: formatRef('volt', 'pod', id),
    cloud: 'volt',
    id,
    name: pod.name,
    state,
    raw_state: pod.status,
    provider: pod.provider,
    machine_kind: null,
    gpu_model: pod.gpu_type,
    gpu_count: pod.gpu_count,
    cpu_cores: pod.cpu_cores,
    memory_gb: pod.ram_gb,
    root_disk_gb: pod.volume_size_gb,
    ephemeral_disk_gb: null,
    image: pod.template ?? pod.image,
    hourly_cost_usd: pod.cost_per_hour,
    total_cost_usd: pod.total_cost,
    uptime_hours: pod.uptime_hours,
    public_ip: pod.ip,
    private_ip: null,
    ssh_port: pod.ssh_port,
    ssh_user: access.ssh_user,
    ssh_command: access.ssh_command,
    ssh_key_ids: pod.ssh_keys,
    login_method: null,
    has_password: null,
    region: null,
    confidential: isConfidential(pod.provider, pod.confidential),
    attestation: pod.attestation,
    created_at_utc: pod.created_at?.utc ?? null,
    started_at_utc: null,
    started_at_raw: null,
    warnings: [...warnings, ...access.warnings, ...podWarnings(pod, state)],
  };
}

const THOUSAND = 1000;
const scaled = (amount: number | null): number | null => (amount === null ? null : amount / THOUSAND);

/** Targon machines are ordered by the name of a size, and no document says how many GPUs each size has. */
function soldBy({ provider, resource_name }: MachineWire, perResource: boolean): Machine['sold_by'] {
  if (perResource || resource_name !== null) return 'instance';
  return provider?.toLowerCase() === 'targon' ? 'size' : 'gpu';
}

/**
 * A machine of the wire as an offer. Counts, cores, memory and disk are the whole host's (Machines > Available
 * Machines). Rows of newer versions price a whole resource; then there is no price per GPU.
 */
export function toMachine(machine: MachineWire, quotedAt: string): Machine {
  const perResource = machine.cost_per_gpu_hour === null && machine.price !== null;
  const free = machine.available_gpus;
  const warnings: string[] = [];
  if (free === null) warnings.push(WARNINGS.free_unknown);
  if (perResource) warnings.push(WARNINGS.per_resource);
  return {
    ref: formatRef('volt', 'machine', machine.id),
    cloud: 'volt',
    id: machine.id,
    order_key:
      machine.resource_name === null ? { machine_id: machine.id } : { resource_name: machine.resource_name },
    provider: machine.provider,
    region: machine.location,
    data_center_id: null,
    gpu_model: machine.gpu_type,
    gpu_family: null,
    gpu_count_total: machine.gpu_count,
    gpu_count_available: free,
    stock_instances: null,
    is_available: free !== null && free > 0,
    gpu_memory_gb: machine.gpu_vram_gb,
    cpu_cores: machine.cpu_cores ?? scaled(machine.vcpu),
    memory_gb: machine.ram_gb ?? scaled(machine.memory),
    root_disk_gb: machine.storage_gb,
    ephemeral_disk_gb: null,
    spec_scope: perResource ? 'instance' : 'host',
    price_per_gpu_hour_usd: machine.cost_per_gpu_hour,
    price_per_instance_hour_usd: perResource ? machine.price : null,
    price_basis: perResource ? 'instance' : 'gpu',
    sold_by: soldBy(machine, perResource),
    confidential: isConfidential(machine.provider, machine.confidential),
    is_spot: null,
    quoted_at_utc: quotedAt,
    warnings,
  };
}

/** A job of the wire as a job of the model; `requestedId` as in `toPod`. */
export function toJob(job: JobWire, requestedId: string | null = null): Job {
  const id = requestedId ?? job.id;
  const { state, refund } = jobState(job.status);
  const warnings = zoneNotes(job.created_at, job.started_at, job.completed_at);
  if (job.id !== id) warnings.push(WARNINGS.other_id('job', job.id));
  return {
    ref: formatRef('volt', 'job', id),
    cloud: 'volt',
    id,
    upstream_task_id: job.gradients_task_id,
    name: job.name,
    base_model: job.base_model,
    task_type: job.task_type,
    state,
    raw_state: job.status,
    is_terminal: TERMINAL.has(state),
    refund_if_cancelled_now: refund,
    hours_requested: job.hours_requested,
    cost_per_hour_usd: job.cost_per_hour,
    total_cost_usd: job.total_cost,
    dataset_repo: job.dataset_repo,
    output_model_repo: job.output_model_repo,
    created_at_utc: job.created_at?.utc ?? null,
    started_at_utc: job.started_at?.utc ?? null,
    completed_at_utc: job.completed_at?.utc ?? null,
    warnings,
  };
}
