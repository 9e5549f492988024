import type { Job, Machine, Pod } from './model.ts';
import { isObject } from './text.ts';

/** Lists of at most so many rows show more of each. */
export const MAX_WIDE = 5;

/** The fields of a thing in a list: as many as its table has columns. */
export interface RowFields<T> {
  narrow: readonly (keyof T & string)[];
  /** Additional fields in a list of few rows. */
  wide?: readonly (keyof T & string)[];
  /** Fields that a row omits: their value is the usual one, or follows from another field. */
  idle?: (row: T, isWide: boolean) => readonly (keyof T & string)[];
}

// A list shows no login; get_pod shows it, and how it is known.
const ABOUT_LOGIN = /\bSSH (?:user|command)\b/;

/** The warnings of a thing that concern what a list shows of it. */
export const listWarnings = (warnings: readonly string[]): string[] =>
  warnings.filter((warning) => !ABOUT_LOGIN.test(warning));

function fieldOf([name, value]: [string, unknown], shown: readonly string[]): [string, unknown][] {
  if (name === 'warnings' && Array.isArray(value)) return [[name, listWarnings(value.map(String))]];
  return shown.includes(name) ? [[name, value]] : [];
}

/** The rows of a list for programs: the fields of its table, and the warnings. */
export function rowsOf<T extends object>(
  rows: readonly T[],
  { narrow, wide = [], idle = () => [] }: RowFields<T>,
): Record<string, unknown>[] {
  const isWide = rows.length <= MAX_WIDE;
  return rows.map((row) => {
    const omitted: readonly string[] = idle(row, isWide);
    const shown = [...narrow, ...(isWide ? wide : [])].filter((name) => !omitted.includes(name));
    return Object.fromEntries(Object.entries(row).flatMap((field) => fieldOf(field, shown)));
  });
}

const idleOfMachine = (machine: Machine, isWide: boolean): (keyof Machine)[] => [
  ...(isWide || machine.price_per_gpu_hour_usd === null ? [] : ['price_per_instance_hour_usd' as const]),
  ...(isWide ||
  machine.sold_by === 'size' ||
  (machine.sold_by === 'instance' && machine.gpu_count_total !== 1)
    ? []
    : ['sold_by' as const]),
  ...(machine.confidential === true ? [] : ['confidential' as const]),
  ...(machine.is_spot === true ? [] : ['is_spot' as const]),
];

/** A machine in a list. */
export const MACHINE_ROW: RowFields<Machine> = {
  narrow: [
    'ref',
    'gpu_model',
    'price_per_gpu_hour_usd',
    'price_per_instance_hour_usd',
    'gpu_count_available',
    'gpu_memory_gb',
    'region',
    'provider',
    'is_available',
    'confidential',
    'is_spot',
    'sold_by',
  ],
  wide: [
    'gpu_count_total',
    'cpu_cores',
    'memory_gb',
    'root_disk_gb',
    'ephemeral_disk_gb',
    'data_center_id',
    'stock_instances',
  ],
  idle: idleOfMachine,
};

/** A pod in a list. */
export const POD_ROW: RowFields<Pod> = {
  narrow: ['ref', 'name', 'state', 'raw_state', 'gpu_model', 'gpu_count', 'hourly_cost_usd', 'public_ip'],
  wide: ['cpu_cores', 'memory_gb', 'root_disk_gb', 'ephemeral_disk_gb', 'region'],
  idle: ({ state }) => (state === 'unknown' ? [] : ['raw_state']),
};

/** A job in a list. */
export const JOB_ROW: RowFields<Job> = {
  narrow: ['ref', 'name', 'state', 'raw_state', 'base_model', 'hours_requested', 'total_cost_usd'],
  idle: ({ state }) => (state === 'unknown' ? [] : ['raw_state']),
};

/** Fields that are part of a ref. */
export const IN_REF: ReadonlySet<string> = new Set(['cloud', 'id']);

/** Parts that keep every field: null in a plan or an error means "unknown". */
const WHOLE: ReadonlySet<string> = new Set(['plan', 'error', 'errors']);

/** Fields of an envelope whose null has a meaning: the end of a list, a total that the cloud does not report. */
export const KEEPS_NULL: ReadonlySet<string> = new Set(['next_cursor', 'total']);

/** Lists of a report that say "none" when they are empty. */
const KEEPS_EMPTY: ReadonlySet<string> = new Set(['pods', 'jobs']);

const isNothing = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

function slimField(name: string, value: unknown): unknown {
  if (WHOLE.has(name)) return value;
  if (Array.isArray(value)) return value.map((inner) => (isObject(inner) ? slim(inner) : inner));
  return isObject(value) ? slim(value) : value;
}

/** A thing without empty fields and without those that are part of its ref. */
function slim(thing: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const hasRef = typeof thing.ref === 'string';
  const fields = Object.entries(thing).flatMap(([name, value]): [string, unknown][] => {
    if (hasRef && IN_REF.has(name)) return [];
    const inner = slimField(name, value);
    const isKept = KEEPS_EMPTY.has(name) && Array.isArray(inner);
    return isNothing(inner) && !isKept ? [] : [[name, inner]];
  });
  return Object.fromEntries(fields);
}

/** A result or resource for programs: the envelope with all its fields, and things without their empty fields. */
export function shownTo(output: object): Record<string, unknown> {
  const fields = Object.entries(output).flatMap(([name, value]): [string, unknown][] => {
    if (value === undefined || (value === null && !KEEPS_NULL.has(name))) return [];
    return [[name, slimField(name, value)]];
  });
  return Object.fromEntries(fields);
}

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
