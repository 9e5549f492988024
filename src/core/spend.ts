import * as z from 'zod';
import type { BudgetState } from './budget.ts';
import type { Balance, PodRate } from './cloud.ts';
import type { GpuError } from './errors.ts';
import { type CloudError, cloudErrorSchema, newestFirst } from './list.ts';
import { type CloudId, cloudIdSchema, JOB_STATES, type Job, POD_STATES, type Pod, UNZONED } from './model.ts';
import type { Lease } from './plan.ts';
import type { Caps } from './policy.ts';

/** Milliseconds of an hour. */
export const HOUR_MS = 3_600_000;

/** One live pod and what it costs an hour. */
export interface FleetPod {
  pod: Pod;
  rate: PodRate;
}

/** All live pods of all configured clouds. `errors` names clouds that could not be read. */
export interface Fleet {
  pods: FleetPod[];
  errors: { cloud: CloudId; error: GpuError }[];
  /** The reservations in flight, USD an hour and pods. */
  reserved: { usd_per_hour: number; pods: number };
}

/** True for a price that can be added up: one that is negative or not finite would hide what others cost. */
export const isPrice = (usd: number | null): usd is number =>
  usd !== null && Number.isFinite(usd) && usd >= 0;

/** Sum of the upper readings, USD an hour; null as soon as one live pod's price is unknown. */
export function burn(pods: readonly FleetPod[]): number | null {
  let sum = 0;
  for (const { rate } of pods) {
    if (!isPrice(rate.usd_per_hour_max)) return null;
    sum += rate.usd_per_hour_max;
  }
  return Math.round(sum * 1e4) / 1e4;
}

/** One amount that a server debited, got refunded or used up. `metered` = a use that is billed by the call. */
export interface SpendEntry {
  cloud: CloudId;
  kind: 'debit' | 'refund' | 'metered';
  /** USD; null if the price is not known. */
  usd: number | null;
  /** The thing, by its ref; of a metered use what was done. */
  what: string;
}

/** Such amounts of one day, cloud, kind and thing together, USD. `unpriced`: how many of them have no known price. */
export interface SpentRow extends Omit<SpendEntry, 'usd' | 'what'> {
  /** UTC, "2026-11-29". */
  day: string;
  /** Null for metered uses. */
  what: string | null;
  usd: number;
  unpriced: number;
}

/** One amount as a row of its day. */
export const spentRowOf = (day: string, { cloud, kind, usd, what }: SpendEntry): SpentRow => ({
  day,
  cloud,
  kind,
  what: kind === 'metered' ? null : what,
  usd: usd ?? 0,
  unpriced: usd === null ? 1 : 0,
});

/** The amounts of all servers that share the accounts and their store; get_spend reads it. */
export interface SpendBook {
  /** Resolves when the amount is stored, or storing it failed. Never rejects. */
  add(entry: SpendEntry): Promise<void>;
  /** The rows of the last 90 days. Never rejects. */
  rows(): Promise<readonly SpentRow[]>;
}

const num = z.number().nullable();

/** The spending report: burn rate per cloud and pod, caps and headroom, balances, debits. USD. */
export const spendSchema = z.object({
  usd_per_hour: num,
  caps: z.object({ max_usd_per_hour: z.number(), max_job_usd: z.number(), max_pods: z.number() }),
  headroom_usd_per_hour: num,
  reserved_usd_per_hour: z.number(),
  clouds: z.array(
    z.object({
      cloud: cloudIdSchema,
      usd_per_hour: num,
      /** Null if its pods could not be read. */
      pods: num,
      balance_usd: num,
      balance_text: z.string().nullable(),
      requests: z
        .object({ limit: z.number(), used: z.number(), remaining: z.number(), resets_at: z.string() })
        .nullable(),
    }),
  ),
  pods: z.array(
    z.object({
      ref: z.string(),
      name: z.string().nullable(),
      state: z.enum(POD_STATES),
      usd_per_hour: num,
      usd_per_hour_max: num,
      total_cost_usd: num,
      /** Max cost since it was created, if its cloud names no total. */
      so_far_usd_max: num,
      lease_ends_at: z.string().nullable(),
      note: z.string().nullable(),
    }),
  ),
  jobs: z.array(
    z.object({
      ref: z.string(),
      name: z.string().nullable(),
      state: z.enum(JOB_STATES),
      usd_upfront: num,
      /** The refunds through the servers of this account in the last 90 days; 0 = none. */
      refunded_usd: z.number(),
    }),
  ),
  /** Amounts through the servers of this account. */
  last_30_days: z.object({
    debits_usd: z.number(),
    refunds_usd: z.number(),
    metered_usd: z.number(),
    unpriced_uses: z.number(),
  }),
  /** Metered model calls that may be made without a question: one row for each cloud whose calls are allowed now. */
  allowances: z.array(
    z.object({
      cloud: cloudIdSchema,
      usd_left: z.number(),
      calls_left: z.number(),
      ends_at: z.string(),
      granted_by: z.string(),
    }),
  ),
  notices: z.array(z.string()),
  errors: z.array(cloudErrorSchema),
  quoted_at: z.string(),
});
export type Spend = z.infer<typeof spendSchema>;

const round = (amount: number): number => Math.round(amount * 1e4) / 1e4;

/** The data of a spending report. */
interface SpendReading {
  fleet: Fleet;
  jobs: readonly Job[];
  leases: readonly Lease[];
  clouds: readonly { cloud: CloudId; balance: Balance | null; requests: BudgetState | null }[];
  /** Failed readings, those of the fleet included. */
  errors: CloudError[];
  caps: Caps;
  spent: readonly SpentRow[];
  notices: readonly string[];
  allowances: Spend['allowances'];
  now: Date;
}

/** A pod's price times all hours since it was created, an upper bound because it may have been stopped. Null if the time may be hours off. */
function soFarAtMost(pod: FleetPod['pod'], rate: FleetPod['rate'], now: Date): number | null {
  const price =
    pod.hourly_cost_usd === null ? null : Math.max(pod.hourly_cost_usd, rate.usd_per_hour_max ?? 0);
  if (pod.total_cost_usd !== null || price === null || pod.created_at_utc === null) return null;
  if (pod.warnings.includes(UNZONED)) return null;
  const hours = (now.getTime() - Date.parse(pod.created_at_utc)) / HOUR_MS;
  return Number.isFinite(hours) && hours >= 0 ? round(hours * price) : null;
}

/** The refund of a job, USD; 0 = none. */
export const refundOf = (spent: readonly SpentRow[], ref: string): number =>
  round(
    spent
      .filter(({ kind, what }) => kind === 'refund' && what === ref)
      .reduce((sum, { usd }) => sum + usd, 0),
  );

/** The note of a pod whose lease is only a reminder. */
export const REMINDER_NOTE = 'Its lease is a reminder and stops nothing.';

function podRow({ pod, rate }: FleetPod, leases: readonly Lease[], now: Date): Spend['pods'][number] {
  const lease = leases.find(({ ref }) => ref === pod.ref);
  const endsAt = lease?.ends_at ?? null;
  const isOver = endsAt !== null && Date.parse(endsAt) <= now.getTime();
  return {
    ref: pod.ref,
    name: pod.name,
    state: pod.state,
    usd_per_hour: rate.usd_per_hour,
    usd_per_hour_max: rate.usd_per_hour_max,
    total_cost_usd: pod.total_cost_usd,
    so_far_usd_max: soFarAtMost(pod, rate, now),
    lease_ends_at: endsAt,
    note:
      [isOver ? 'Its lease is over.' : null, lease?.kind === 'reminder' ? REMINDER_NOTE : null, rate.note]
        .filter(Boolean)
        .join(' ') || null,
  };
}

/** Today and the 29 days before, UTC. */
function sumOf30Days(spent: readonly SpentRow[], now: Date): Spend['last_30_days'] {
  const first = new Date(now.getTime() - 29 * 24 * HOUR_MS).toISOString().slice(0, 10);
  const rows = spent.filter(({ day }) => day >= first);
  const sum = (kind: SpentRow['kind']) =>
    round(rows.filter((row) => row.kind === kind).reduce((total, { usd }) => total + usd, 0));
  return {
    debits_usd: sum('debit'),
    refunds_usd: sum('refund'),
    metered_usd: sum('metered'),
    unpriced_uses: rows.reduce((total, { unpriced }) => total + unpriced, 0),
  };
}

/** Adds up what was read. A cloud whose pods could not be read makes the sum unknown, never smaller. */
export function sumSpend(reading: SpendReading): Spend {
  const { fleet, jobs, leases, clouds, errors, caps, spent, notices, allowances, now } = reading;
  const unread = new Set(fleet.errors.map(({ cloud }) => cloud));
  const total = unread.size > 0 ? null : burn(fleet.pods);
  const { reserved } = fleet;
  return {
    usd_per_hour: total,
    caps,
    headroom_usd_per_hour:
      total === null ? null : round(Math.max(0, caps.max_usd_per_hour - total - reserved.usd_per_hour)),
    reserved_usd_per_hour: round(reserved.usd_per_hour),
    clouds: clouds.map(({ cloud, balance, requests }) => {
      const own = unread.has(cloud) ? null : fleet.pods.filter(({ pod }) => pod.cloud === cloud);
      return {
        cloud,
        usd_per_hour: own === null ? null : burn(own),
        pods: own === null ? null : own.length,
        balance_usd: balance?.usd ?? null,
        balance_text: balance?.usd_text ?? null,
        requests,
      };
    }),
    pods: fleet.pods.map((row) => podRow(row, leases, now)),
    jobs: jobs
      .toSorted(newestFirst(({ created_at_utc }) => created_at_utc))
      .map((job) => ({ job, refunded: refundOf(spent, job.ref) }))
      .filter(({ job, refunded }) => !job.is_terminal || refunded > 0)
      .map(({ job: { ref, name, state, total_cost_usd }, refunded }) => ({
        ref,
        name,
        state,
        usd_upfront: total_cost_usd,
        refunded_usd: refunded,
      })),
    last_30_days: sumOf30Days(spent, now),
    allowances,
    notices: [...notices],
    errors,
    quoted_at: now.toISOString(),
  };
}
