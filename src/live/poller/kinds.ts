import type { Cloud, Io } from '../../core/cloud.ts';
import type { Things, WatchKind } from '../../core/live.ts';
import { IN_TRANSITION, type Job, type JobState, type Machine, type Pod } from '../../core/model.ts';

/** The values by which two observations of a thing are compared, in a fixed order. Null = unknown. */
export type Facts = readonly (string | number | boolean | null)[];

/** `fast`: the state changes within seconds or minutes; `steady`: within hours; `still`: no change is expected. */
export type Tempo = 'fast' | 'steady' | 'still';

/** How things of a kind are read and compared. */
export interface KindOps<T> {
  list: (cloud: Cloud, io: Io) => Promise<T[]>;
  /** Reads one thing in detail; null if the kind has no such read. */
  get: ((cloud: Cloud, io: Io, id: string) => Promise<T>) | null;
  /** State, address, price and the like; never a value that changes all the time, such as an uptime. */
  facts: (thing: T) => Facts;
  tempo: (thing: T) => Tempo;
  /** True if its state is final. */
  isFinal: (thing: T) => boolean;
  isGone: (thing: T) => boolean;
  /** True if resources/list shows it. */
  isShown: (thing: T) => boolean;
  /** The list may lag behind the detail, so things watched by id are also read in detail from time to time. */
  lags: boolean;
  /** Min milliseconds between two polls. */
  fastestMs: number;
}

const podFacts = (pod: Pod): Facts => [
  pod.state,
  pod.raw_state,
  pod.name,
  pod.public_ip,
  pod.private_ip,
  pod.ssh_port,
  pod.ssh_user,
  pod.ssh_command,
  pod.ssh_key_ids === null ? null : [...pod.ssh_key_ids].sort().join(','),
  pod.hourly_cost_usd,
];

const jobFacts = (job: Job): Facts => [
  job.state,
  job.raw_state,
  job.name,
  job.refund_if_cancelled_now,
  job.cost_per_hour_usd,
  job.total_cost_usd,
  job.output_model_repo,
  job.started_at_utc,
  job.completed_at_utc,
];

const machineFacts = (machine: Machine): Facts => [
  machine.is_available,
  machine.gpu_count_available,
  machine.stock_instances,
  machine.price_per_gpu_hour_usd,
  machine.price_per_instance_hour_usd,
];

/** States that a job leaves within minutes (Volt API Reference, Fine-Tuning > Job Status Flow: before training). */
const BEFORE_TRAINING: ReadonlySet<JobState> = new Set(['queued', 'preparing', 'searching', 'ready']);

const jobTempo = (job: Job): Tempo =>
  job.is_terminal ? 'still' : BEFORE_TRAINING.has(job.state) ? 'fast' : 'steady';

/**
 * Every kind that can be watched. The status of one job is "synced live from the training network" (Volt API
 * Reference, Fine-Tuning > Get Job), but nothing says so of the list of jobs, hence `lags`. Machines are read once a
 * minute at most: their prices float, and nobody waits for one.
 */
export const WATCHED: { [K in WatchKind]: KindOps<Things[K]> } = {
  pod: {
    list: (cloud, io) => cloud.pods.list(io),
    get: (cloud, io, id) => cloud.pods.get(io, id),
    facts: podFacts,
    tempo: (pod) => (IN_TRANSITION.has(pod.state) ? 'fast' : 'still'),
    isFinal: (pod) => pod.state === 'deleted',
    isGone: (pod) => pod.state === 'deleted',
    isShown: () => true,
    lags: false,
    fastestMs: 0,
  },
  job: {
    list: async (cloud, io) => (await cloud.jobs?.list(io)) ?? [],
    get: async (cloud, io, id) => {
      if (cloud.jobs === undefined) throw new Error(`${cloud.id} has no jobs`);
      return cloud.jobs.get(io, id);
    },
    facts: jobFacts,
    tempo: jobTempo,
    isFinal: (job) => job.is_terminal,
    isGone: () => false,
    isShown: (job) => !job.is_terminal,
    lags: true,
    fastestMs: 0,
  },
  machine: {
    list: (cloud, io) => cloud.machines.list(io),
    get: null,
    facts: machineFacts,
    tempo: () => 'still',
    isFinal: () => false,
    isGone: () => false,
    isShown: () => false,
    lags: false,
    fastestMs: 60_000,
  },
};

/** True if two observations differ. Of different reads, only the values that both have are compared. */
export const differ = (a: Facts, b: Facts, sameRead: boolean): boolean =>
  a.some((fact, place) => {
    const other = b[place] ?? null;
    if (!sameRead && (fact === null || other === null)) return false;
    return fact !== other;
  });
