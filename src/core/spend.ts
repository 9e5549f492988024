import * as z from 'zod';
import type { ToolContext } from './context.ts';
import { asGpuError } from './errors.ts';
import { burn, type FleetPod } from './fleet.ts';
import { type CloudError, cloudErrorSchema } from './gather.ts';
import type { Lease } from './lease.ts';
import { JOB_STATES, type Job, POD_STATES } from './model.ts';
import { CLOUD_IDS } from './ref.ts';

const num = z.number().nullable();

/** What is being spent: burn rate per cloud and pod, caps and headroom, balances, debits. USD. */
export const spendSchema = z.object({
  usd_per_hour: num,
  caps: z.object({ max_usd_per_hour: z.number(), max_job_usd: z.number(), max_pods: z.number() }),
  headroom_usd_per_hour: num,
  reserved_usd_per_hour: z.number(),
  clouds: z.array(
    z.object({
      cloud: z.enum(CLOUD_IDS),
      usd_per_hour: num,
      pods: z.number(),
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
      lease_ends_at: z.string().nullable(),
      note: z.string().nullable(),
    }),
  ),
  jobs: z.array(
    z.object({ ref: z.string(), name: z.string().nullable(), state: z.enum(JOB_STATES), usd_upfront: num }),
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

function sinceStart({ book }: ToolContext): Spend['since_start'] {
  const { debit, refund, metered, unpriced } = book.totals();
  return {
    debits_usd: round(debit),
    refunds_usd: round(refund),
    metered_usd: round(metered),
    unpriced_uses: unpriced,
  };
}

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
    lease_ends_at: endsAt,
    note: [isOver ? 'Its lease is over.' : null, rate.note].filter(Boolean).join(' ') || null,
  };
}

async function readJobs(ctx: ToolContext, errors: CloudError[]): Promise<Job[]> {
  const parts = await Promise.all(
    ctx.clouds.all().map(async (cloud) => {
      try {
        return (await cloud.jobs?.list(ctx.io)) ?? [];
      } catch (error) {
        const { code, message } = asGpuError(error);
        errors.push({ cloud: cloud.id, code, message });
        return [];
      }
    }),
  );
  return parts.flat();
}

async function readClouds(
  ctx: ToolContext,
  pods: FleetPod[],
  failed: ReadonlySet<string>,
  errors: CloudError[],
) {
  return Promise.all(
    ctx.clouds.all().map(async (cloud) => {
      const balance = await cloud.billing?.balance(ctx.io).catch((error: unknown) => {
        const { code, message } = asGpuError(error);
        errors.push({ cloud: cloud.id, code, message });
        return undefined;
      });
      const own = pods.filter(({ pod }) => pod.cloud === cloud.id);
      return {
        cloud: cloud.id,
        usd_per_hour: failed.has(cloud.id) ? null : burn(own),
        pods: own.length,
        balance_usd: balance?.usd ?? null,
        balance_text: balance?.usd_text ?? null,
        requests: cloud.budget(),
      };
    }),
  );
}

/** Reads what is being spent now, on all clouds side by side. A cloud that fails makes the sum unknown, never smaller. */
export async function readSpend(ctx: ToolContext): Promise<Spend> {
  const errors: CloudError[] = [];
  const [fleet, jobs, leases] = await Promise.all([
    ctx.fleet(),
    readJobs(ctx, errors),
    ctx.leases.all(),
    ctx.settled(),
  ]);
  for (const { cloud, error } of fleet.errors)
    errors.push({ cloud, code: error.code, message: error.message });
  const failed = new Set<string>(fleet.errors.map(({ cloud }) => cloud));
  const clouds = await readClouds(ctx, fleet.pods, failed, errors);
  const total = failed.size > 0 ? null : burn(fleet.pods);
  return {
    usd_per_hour: total,
    caps: ctx.caps,
    headroom_usd_per_hour:
      total === null
        ? null
        : round(Math.max(0, ctx.caps.max_usd_per_hour - total - fleet.reserved.usd_per_hour)),
    reserved_usd_per_hour: round(fleet.reserved.usd_per_hour),
    clouds,
    pods: fleet.pods.map((row) => podRow(row, leases, ctx.now())),
    jobs: jobs
      .filter((job) => !job.is_terminal)
      .map((job) => ({ ref: job.ref, name: job.name, state: job.state, usd_upfront: job.total_cost_usd })),
    since_start: sinceStart(ctx),
    notices: [...ctx.book.notices()],
    errors,
    quoted_at: ctx.now().toISOString(),
  };
}
