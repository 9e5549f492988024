import type { Clouds } from '../../core/cloud.ts';
import { cutTo, widthOf } from '../../core/columns.ts';
import { IN_TRANSITION, type Job, type Pod } from '../../core/model.ts';
import { kindOf } from '../../core/ref.ts';
import { burn, type FleetPod, HOUR_MS } from '../../core/spend.ts';
import { clean, dollars, usd } from '../../core/text.ts';
import { type CellLook, formatRows, wrapLine } from '../terminal/layout.ts';
import type { Look, Paint } from '../terminal/screen.ts';

/** One thing as a person sees it. */
export interface WatchRow {
  ref: string;
  name: string;
  state: string;
  tone: 'good' | 'busy' | 'bad' | 'quiet';
  what: string;
  usd_per_hour: number | null;
  /** Cost so far, USD, null = unknown. `reckoned`: partly estimated since the cloud last reported it. */
  usd: number | null;
  reckoned: boolean;
  ssh: string | null;
  isAtRest: boolean;
}

/** The cost of one pod as the cloud reported it, and when. */
interface CostReport {
  state: Pod['state'];
  usd: number;
  at: number;
}

/** Max detail reads for costs after a change: a watch must not use up the requests of the key. */
const MAX_READS = 10;

/** What is watched: pods with their rates, jobs, and what is gone. */
export interface WatchRows {
  /** Ended jobs are shown if they were seen before they ended, or with `evenEnded`. */
  set(things: readonly (Pod | Job)[], evenEnded: boolean): void;
  drop(ref: string): void;
  /** Reads rates, and the cost of pods whose state has changed. Never rejects. */
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

const isJob = (thing: Pod | Job): thing is Job => 'is_terminal' in thing;
const nameOf = ({ name, id }: Pod | Job): string => clean(name === null || name === '' ? id : name, 60);
const stateOf = ({ state, raw_state }: Pod | Job): string =>
  state === 'unknown' ? clean(raw_state ?? 'unknown', 30) : state;

/** The rows of one watch. Costs are read once for each state of a pod, and estimated from its rate after that. */
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
    isAtRest: !IN_TRANSITION.has(pod.state),
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
    isAtRest: job.is_terminal,
  });

  const readCost = async (pod: Pod, signal: AbortSignal) => {
    const cloud = clouds.get(pod.cloud);
    const detail = await cloud.pods.get({ signal, purpose: 'poll', fresh: true }, pod.id).catch(() => null);
    if (detail?.total_cost_usd == null) return;
    reported.set(pod.ref, { state: pod.state, usd: detail.total_cost_usd, at: now() });
  };

  return {
    set(things, evenEnded) {
      for (const thing of things)
        if (!isJob(thing)) pods.set(thing.ref, thing);
        else if (evenEnded || !thing.is_terminal || jobs.has(thing.ref)) jobs.set(thing.ref, thing);
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

/** The max size of the table, and its colours. */
interface TableStyle {
  columns: number;
  lines: number;
  paint: Paint;
}

/** The lines above and below the rows. */
interface TableFacts {
  title: string;
  burn: number | null;
  debits: number | null;
  /** Why rows may be missing. */
  notes: readonly string[];
}

const MIN_COLUMNS = 50;
const MAX_COLUMNS = 120;
/** Title, the line for hidden rows, and one to spare. */
const FRAME = 3;
const HEAD = ['NAME', 'STATE', 'WHAT', '$/H', 'SO FAR', 'REF'] as const;
const STATE = HEAD.indexOf('STATE');
const REF = HEAD.indexOf('REF');
const MAX_NAME = 40;
const MIN_NAME = 8;
const MAX_WHAT = 24;
const ESTIMATE = '~ estimated from the hourly rate since the last report';

const LOOKS: Record<WatchRow['tone'], Look> = { good: 'good', busy: 'warn', bad: 'bad', quiet: 'dim' };

/** Money in a cell, in dollars: `~` if it is estimated since the cloud last reported it, `?` if it is not known. */
const money = (amount: number | null, reckoned = false): string =>
  amount === null ? '?' : `${reckoned ? '~' : ''}${dollars(amount)}`;

const cellsOf = (row: WatchRow): string[] => [
  row.name,
  row.state,
  cutTo(row.what, MAX_WHAT),
  kindOf(row.ref) === 'job' ? '-' : row.usd_per_hour === null ? '?' : `$${usd(row.usd_per_hour)}`,
  money(row.usd, row.reckoned),
  row.ref,
];

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(widthOf));

/** The cells with names cut to what the other columns leave, so that only refs may need lines of their own. */
function fitted(rows: readonly string[][], width: number): string[][] {
  const others = HEAD.slice(1, REF).map((head, at) =>
    widest([head, ...rows.flatMap((cells) => (cells[at + 1] ?? '').split(' '))]),
  );
  const room = width - others.reduce((sum, one) => sum + one + 2, 0);
  const max = Math.min(MAX_NAME, Math.max(MIN_NAME, room));
  return rows.map(([name = '', ...rest]) => [cutTo(name, max), ...rest]);
}

/** The total under the rows, and the plain line of a change of it. */
export const totalLine = ({ burn, debits }: Pick<TableFacts, 'burn' | 'debits'>): string => {
  const burning = burn === null ? 'Burn rate unknown' : `Burning $${usd(burn)}/h (${dollars(burn * 24)}/day)`;
  if (debits === 0) return `${burning}.`;
  return `${burning}; ${debits === null ? 'debits of jobs unknown' : `${money(debits)} debited for running jobs`}.`;
};

/** The table as lines, none longer than the terminal is wide and no more than it is high. */
export function tableLines(rows: readonly WatchRow[], facts: TableFacts, style: TableStyle): string[] {
  const { paint } = style;
  const width = Math.min(Math.max(style.columns, MIN_COLUMNS), MAX_COLUMNS);
  const below = (text: string): string[] => wrapLine(text, width).split('\n');
  const notes = facts.notes.flatMap((note) => below(`! ${note}`)).map((line) => paint('bad', line));
  const total = below(totalLine(facts));
  const look: CellLook = (text, at, column) => {
    const row = rows[at - 1];
    return row !== undefined && column === STATE ? paint(LOOKS[row.tone], text) : text;
  };
  const cells = fitted(rows.map(cellsOf), width);
  const [head = [], ...laid] = formatRows([HEAD, ...cells], width, paint, REF, look);
  const room = style.lines - FRAME - head.length - notes.length - total.length - 1;
  let used = 0;
  const seen = laid.filter((lines, at) => {
    used += lines.length;
    return at === 0 || used <= room;
  });
  const hidden = rows.length - seen.length;
  return [
    paint('bold', cutTo(facts.title, width)),
    ...(rows.length > 0 ? head : [notes.length > 0 ? 'Nothing is known to run.' : 'Nothing is running.']),
    ...seen.flat(),
    ...(hidden > 0 ? [`… and ${hidden} more`] : []),
    ...notes,
    ...total,
    ...(rows.slice(0, seen.length).some(({ reckoned }) => reckoned) ? [paint('dim', ESTIMATE)] : []),
  ];
}

/** A change as one plain line, for logs and pipes. */
export function changeLine(at: Date, row: WatchRow, before: string | null): string {
  const moved = before === null || before === row.state ? row.state : `${before} -> ${row.state}`;
  const rate = row.usd_per_hour === null ? [] : [`$${usd(row.usd_per_hour)}/h`];
  const cost = row.usd === null ? [] : [`${money(row.usd, row.reckoned)} so far`];
  const ssh = row.ssh === null ? [] : [row.ssh];
  return [at.toISOString(), row.ref, JSON.stringify(row.name), moved, ...rate, ...cost, ...ssh].join('  ');
}
