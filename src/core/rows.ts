import type { Job, Machine, Pod } from './model.ts';

/** Lists of at most so many rows show more of each. */
export const MAX_WIDE = 5;

/** Which fields of a thing a list shows: as many as its table has columns. */
export interface RowFields<T> {
  narrow: readonly (keyof T & string)[];
  /** What a list of few rows shows in addition. */
  wide?: readonly (keyof T & string)[];
  /** Fields that add nothing to a row, because they say the usual or what another field says. */
  idle?: (row: T, isWide: boolean) => readonly (keyof T & string)[];
}

// A list shows no login; the detail of one thing says how its login is known.
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
    const unsaid: readonly string[] = idle(row, isWide);
    const shown = [...narrow, ...(isWide ? wide : [])].filter((name) => !unsaid.includes(name));
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
