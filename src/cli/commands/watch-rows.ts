import type { Clouds } from '../../core/cloud.ts';
import { IN_TRANSITION, type Job, type Pod } from '../../core/model.ts';
import { burn, type FleetPod } from '../../core/spend.ts';
import { clean } from '../../core/text.ts';

/** One thing as a person sees it. */
export interface WatchRow {
  ref: string;
  name: string;
  state: string;
  tone: 'good' | 'busy' | 'bad' | 'quiet';
  what: string;
  usd_per_hour: number | null;
  /** Cost so far, null = unknown; `reckoned`: estimated since the cloud last reported it. */
  usd: number | null;
  reckoned: boolean;
  ssh: string | null;
  settled: boolean;
}

/** The cost of one pod as the cloud reported it, and when. */
interface CostReport {
  state: Pod['state'];
  usd: number;
  at: number;
}

const HOUR_MS = 3_600_000;
/** Detail reads for costs at most, each time something changed: a watch must not eat the requests of the key. */
const MAX_READS = 10;

/** What is watched: pods with their rates, jobs, and what is gone. */
export interface WatchRows {
  setPods(pods: readonly Pod[]): void;
  /** Ended jobs are shown if they were seen before they ended, or with `evenEnded`. */
  setJobs(jobs: readonly Job[], evenEnded: boolean): void;
  drop(ref: string): void;
  /** Reads rates, and the cost of pods whose state is new. Never rejects. */
  refresh(signal: AbortSignal): Promise<void>;
  rows(): WatchRow[];
  /** USD an hour of all pods shown, null = unknown. */
  burn(): number | null;
  debits(): number | null;
}

const tones: Partial<Record<string, WatchRow['tone']>> = {
  running: 'good',
  succeeded: 'good',
  training: 'good',
  evaluating: 'good',
  failed: 'bad',
  unknown: 'bad',
  stopped: 'quiet',
  deleted: 'quiet',
  cancelled: 'quiet',
};

const nameOf = ({ name, id }: Pod | Job): string => clean(name === null || name === '' ? id : name, 60);
const stateOf = ({ state, raw_state }: Pod | Job): string =>
  state === 'unknown' ? clean(raw_state ?? 'unknown', 30) : state;

/** The rows of one watch. Costs are read once for each state of a pod and reckoned on at its rate between. */
export function createWatchRows(clouds: Clouds, now: () => number): WatchRows {
  const pods = new Map<string, Pod>();
  const jobs = new Map<string, Job>();
  let rates = new Map<string, FleetPod>();
  const reported = new Map<string, CostReport>();

  const costOf = (pod: Pod): Pick<WatchRow, 'usd' | 'reckoned'> => {
    if (pod.total_cost_usd !== null) return { usd: pod.total_cost_usd, reckoned: false };
    const last = reported.get(pod.ref);
    if (last === undefined) return { usd: null, reckoned: false };
    const rate = rates.get(pod.ref)?.rate.usd_per_hour ?? null;
    if (pod.state !== 'running' || rate === null) return { usd: last.usd, reckoned: false };
    return { usd: last.usd + (rate * Math.max(0, now() - last.at)) / HOUR_MS, reckoned: true };
  };

  const podRow = (pod: Pod): WatchRow => ({
    ref: pod.ref,
    name: nameOf(pod),
    state: stateOf(pod),
    tone: tones[pod.state] ?? 'busy',
    what: `${pod.gpu_count ?? '?'} x ${clean(pod.gpu_model ?? '?', 40)}`,
    usd_per_hour: rates.get(pod.ref)?.rate.usd_per_hour_max ?? null,
    ...costOf(pod),
    ssh: pod.state === 'running' && pod.ssh_command !== null ? clean(pod.ssh_command, 200) : null,
    settled: !IN_TRANSITION.has(pod.state),
  });

  const jobRow = (job: Job): WatchRow => ({
    ref: job.ref,
    name: nameOf(job),
    state: stateOf(job),
    tone: tones[job.state] ?? 'busy',
    what: clean(job.base_model ?? '?', 60),
    usd_per_hour: null,
    usd: job.total_cost_usd,
    reckoned: false,
    ssh: null,
    settled: job.is_terminal,
  });

  const readCost = async (pod: Pod, signal: AbortSignal) => {
    const cloud = clouds.get(pod.cloud);
    const detail = await cloud.pods.get({ signal, purpose: 'poll', fresh: true }, pod.id).catch(() => null);
    if (detail?.total_cost_usd == null) return;
    reported.set(pod.ref, { state: pod.state, usd: detail.total_cost_usd, at: now() });
  };

  return {
    setPods: (things) => {
      for (const pod of things) pods.set(pod.ref, pod);
    },
    setJobs: (things, evenEnded) => {
      for (const job of things)
        if (evenEnded || !job.is_terminal || jobs.has(job.ref)) jobs.set(job.ref, job);
    },
    drop(ref) {
      pods.delete(ref);
      jobs.delete(ref);
      reported.delete(ref);
    },
    async refresh(signal) {
      const known = await Promise.all(
        clouds.all().map(async (cloud) => {
          const own = [...pods.values()].filter((pod) => pod.cloud === cloud.id);
          const found = own.length === 0 ? [] : await cloud.pods.rates({ signal }, own).catch(() => []);
          const byRef = new Map(found.map((rate) => [rate.ref, rate]));
          const none = { usd_per_hour: null, usd_per_hour_max: null, note: null };
          return own.map((pod): FleetPod => ({ pod, rate: byRef.get(pod.ref) ?? { ref: pod.ref, ...none } }));
        }),
      );
      rates = new Map(known.flat().map((row) => [row.pod.ref, row]));
      const fresh = [...pods.values()].filter(
        (pod) => pod.total_cost_usd === null && reported.get(pod.ref)?.state !== pod.state,
      );
      await Promise.all(fresh.slice(0, MAX_READS).map((pod) => readCost(pod, signal)));
    },
    rows: () => [...[...pods.values()].map(podRow), ...[...jobs.values()].map(jobRow)],
    burn: () => burn([...rates.values()].filter(({ pod }) => pods.has(pod.ref))),
    debits() {
      const amounts = [...jobs.values()].filter((job) => !job.is_terminal).map((job) => job.total_cost_usd);
      return amounts.reduce(
        (sum: number | null, usd) => (sum === null || usd === null ? null : sum + usd),
        0,
      );
    },
  };
}
