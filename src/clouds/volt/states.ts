import type { Job, JobState, PodState } from '../../core/model.ts';

/**
 * Volt's pod statuses. Documented: deploying, running, starting, stopping, stopped, deleted (Volt API Reference,
 * Pods API); the others come from newer versions and from Lium and Targon.
 */
export const POD_STATUS: Readonly<Record<string, PodState>> = {
  deploying: 'provisioning',
  pending: 'provisioning',
  creating: 'provisioning',
  building: 'provisioning',
  initializing: 'provisioning',
  running: 'running',
  starting: 'starting',
  start_pending: 'starting',
  stopping: 'stopping',
  stop_pending: 'stopping',
  stopped: 'stopped',
  exited: 'stopped',
  restarting: 'restarting',
  rebooting: 'restarting',
  deleting: 'deleting',
  deleted: 'deleted',
  terminated: 'deleted',
  failed: 'failed',
  error: 'failed',
  crashloopbackoff: 'failed',
  creation_failed: 'failed',
};

type Refund = Job['refund_if_cancelled_now'];

/**
 * Volt's job statuses with what cancelling in them refunds. The refund list is that of Fine-Tuning > Refund
 * Policy and the cancel endpoint: pending, preparing_data, idle, looking_for_nodes. `ready` and `delayed` are not
 * on it; `delayed`, `preevaluation` and `prep_task_failure` come from the training network.
 */
export const JOB_STATUS: Readonly<Record<string, { state: JobState; refund: Refund }>> = {
  pending: { state: 'queued', refund: 'full' },
  idle: { state: 'queued', refund: 'full' },
  delayed: { state: 'queued', refund: 'not_promised' },
  preparing_data: { state: 'preparing', refund: 'full' },
  looking_for_nodes: { state: 'searching', refund: 'full' },
  ready: { state: 'ready', refund: 'not_promised' },
  training: { state: 'training', refund: 'none' },
  preevaluation: { state: 'evaluating', refund: 'none' },
  evaluating: { state: 'evaluating', refund: 'none' },
  success: { state: 'succeeded', refund: 'n/a' },
  failure: { state: 'failed', refund: 'n/a' },
  failure_finding_nodes: { state: 'failed', refund: 'n/a' },
  node_training_failure: { state: 'failed', refund: 'n/a' },
  prep_task_failure: { state: 'failed', refund: 'n/a' },
  cancelled: { state: 'cancelled', refund: 'n/a' },
};

/** Final states of a job. */
export const TERMINAL: ReadonlySet<JobState> = new Set(['succeeded', 'failed', 'cancelled']);

function lookUp<T>(table: Readonly<Record<string, T>>, status: string | null): T | undefined {
  const key = (status ?? '').trim().toLowerCase();
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The normalised state of a pod's status in any letter case; `unknown` for every other word. */
export const podState = (status: string | null): PodState => lookUp(POD_STATUS, status) ?? 'unknown';

/** The normalised state and refund of a job's status; an unknown word promises nothing. */
export const jobState = (status: string | null): { state: JobState; refund: Refund } =>
  lookUp(JOB_STATUS, status) ?? { state: 'unknown', refund: 'not_promised' };
