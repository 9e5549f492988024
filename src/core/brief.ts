import type { Job, Pod } from './model.ts';
import { listWarnings } from './shown.ts';

// The fields of a pod or job in the result of an action or a wait. get_pod and get_job show the rest.

const ONLY_IN_DETAIL = {
  provider: null,
  machine_kind: null,
  gpu_model: null,
  gpu_count: null,
  cpu_cores: null,
  memory_gb: null,
  root_disk_gb: null,
  ephemeral_disk_gb: null,
  image: null,
  uptime_hours: null,
  private_ip: null,
  ssh_key_ids: null,
  region: null,
  confidential: null,
  attestation: null,
  created_at_utc: null,
  started_at_utc: null,
  started_at_raw: null,
} as const satisfies Partial<Pod>;

const NO_LOGIN = { public_ip: null, ssh_port: null, ssh_user: null, ssh_command: null } as const;
const IN_COMMAND = { ssh_port: null, ssh_user: null } as const;

/** The cloud's own word for a state, if it differs from ours. */
const ownWord = ({ state, raw_state }: { state: string; raw_state: string | null }): string | null =>
  raw_state?.toLowerCase() === state ? null : raw_state;

/** A pod by its name, state and cost, and by its login while it runs. Fields that get_pod alone shows are null. */
export function briefPod(pod: Pod): Pod {
  const runs = pod.state === 'running';
  const login = !runs ? NO_LOGIN : pod.ssh_command === null ? {} : IN_COMMAND;
  return {
    ...pod,
    ...ONLY_IN_DETAIL,
    ...login,
    raw_state: ownWord(pod),
    warnings: runs ? pod.warnings : listWarnings(pod.warnings),
  };
}

/** A job by its name, state, model and money, and by what it made. Fields that get_job alone shows are null. */
export const briefJob = (job: Job): Job => ({
  ...job,
  upstream_task_id: null,
  task_type: null,
  raw_state: ownWord(job),
  hours_requested: null,
  cost_per_hour_usd: null,
  dataset_repo: null,
  created_at_utc: null,
  started_at_utc: null,
  completed_at_utc: null,
});
