import * as z from 'zod';
import type { BudgetState } from './budget.ts';
import type { Balance } from './cloud.ts';
import { type CloudId, cloudIdSchema } from './cloud-id.ts';
import { burn, type Fleet, type FleetPod } from './fleet.ts';
import { type CloudError, cloudErrorSchema } from './gather.ts';
import { JOB_STATES, type Job, POD_STATES, UNZONED } from './model.ts';
import type { Lease } from './plan.ts';
import type { Caps } from './policy.ts';
import type { SpendBook } from './spend-book.ts';
import { HOUR_MS } from './time.ts';

const num = z.number().nullable();

/** What is being spent: burn rate per cloud and pod, caps and headroom, balances, debits. USD. */
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
      /** The most that it can have cost since it was created, if its cloud names no total. */
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
      /** What was refunded through this server since it started; 0 = nothing. */
      refunded_usd: z.number(),
    }),
  ),
  since_start: z.object({
    debits_usd: z.number(),
    refunds_usd: z.number(),
    metered_usd: z.number(),
    unpriced_uses: z.number(),
  }),
  notices: z.array(z.string()),
  errors: z.array(cloudErrorSchema),
  quoted_at: z.string(),
});
export type Spend = z.infer<typeof spendSchema>;

const round = (amount: number): number => Math.round(amount * 1e4) / 1e4;

/** What is read to report spending. */
export interface SpendReading {
  fleet: Fleet;
  jobs: readonly Job[];
  leases: readonly Lease[];
  clouds: readonly { cloud: CloudId; balance: Balance | null; requests: BudgetState | null }[];
  /** What could not be read, the fleet's own errors included. */
  errors: CloudError[];
  caps: Caps;
  book: SpendBook;
  now: Date;
}

/** Its price for all the time since it was created: it may have stood still for a part of it. Null if that time may be hours off. */
function soFarAtMost(pod: FleetPod['pod'], rate: FleetPod['rate'], now: Date): number | null {
  const price =
    pod.hourly_cost_usd === null ? null : Math.max(pod.hourly_cost_usd, rate.usd_per_hour_max ?? 0);
  if (pod.total_cost_usd !== null || price === null || pod.created_at_utc === null) return null;
  if (pod.warnings.includes(UNZONED)) return null;
  const hours = (now.getTime() - Date.parse(pod.created_at_utc)) / HOUR_MS;
  return Number.isFinite(hours) && hours >= 0 ? round(hours * price) : null;
}

/** What was refunded for a job through this server since it started, USD; 0 = nothing. */
export const refundOf = (book: Pick<SpendBook, 'entries'>, ref: string): number =>
  round(
    book
      .entries()
      .filter(({ kind, what }) => kind === 'refund' && what === ref)
      .reduce((sum, { usd }) => sum + (usd ?? 0), 0),
  );

function podRow({ pod, rate }: FleetPod, leases: readonly Lease[], now: Date): Spend['pods'][number] {
  const endsAt = leases.find((lease) => lease.ref === pod.ref)?.ends_at ?? null;
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
    note: [isOver ? 'Its lease is over.' : null, rate.note].filter(Boolean).join(' ') || null,
  };
}

function sinceStart(book: SpendBook): Spend['since_start'] {
  const { debit, refund, metered, unpriced } = book.totals();
  return {
    debits_usd: round(debit),
    refunds_usd: round(refund),
    metered_usd: round(metered),
    unpriced_uses: unpriced,
  };
}

/** Adds up what was read. A cloud whose pods could not be read makes the sum unknown, never smaller. */
export function sumSpend({ fleet, jobs, leases, clouds, errors, caps, book, now }: SpendReading): Spend {
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
      .map((job) => ({ job, refunded: refundOf(book, job.ref) }))
      .filter(({ job, refunded }) => !job.is_terminal || refunded > 0)
      .map(({ job: { ref, name, state, total_cost_usd }, refunded }) => ({
        ref,
        name,
        state,
        usd_upfront: total_cost_usd,
        refunded_usd: refunded,
      })),
    since_start: sinceStart(book),
    notices: [...book.notices()],
    errors,
    quoted_at: now.toISOString(),
  };
}
