import * as z from 'zod';
import type { ToolContext } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { errorLines } from '../core/list.ts';
import type { Lease } from '../core/plan.ts';
import { parseRef } from '../core/ref.ts';
import { shownTo } from '../core/shown.ts';
import { HOUR_MS, type Spend, spendSchema } from '../core/spend.ts';
import { type CutSpend, cutSpend, leftOutSchema } from '../core/spend-cut.ts';
import { cents, counted, dollars, quote, table, usd } from '../core/text.ts';
import { defineTool } from './tool.ts';

const output = z.object({
  spend: spendSchema,
  left_out: leftOutSchema.optional(),
  forecast: z
    .object({
      until: z.string(),
      hours: z.number(),
      usd: z.number().nullable(),
      /** Number of pods that are counted only until their leases end, because a server stops them then. */
      pods_until_lease_ends: z.number().optional(),
      note: z.string().optional(),
    })
    .optional(),
  next: z.string().optional(),
});
type Output = z.infer<typeof output>;

const rate = (min: number | null, max: number | null): string =>
  min === max ? usd(max) : `${usd(min)} to ${usd(max)}`;

const hourly = (amount: number | null): string =>
  amount === null ? 'an unknown sum an hour' : `$${usd(amount)}/h`;

const sum = (amount: number | null): string => (amount === null ? 'an unknown sum' : dollars(amount));

function cloudLine(spend: Spend, row: Spend['clouds'][number]): string {
  const { cloud, usd_per_hour, pods, balance_usd, balance_text, requests } = row;
  const isWhole = spend.errors.every((error) => error.cloud !== cloud);
  const burning =
    pods === null
      ? 'unknown, its pods could not be read'
      : `${usd_per_hour === null ? 'price unknown' : hourly(usd_per_hour)}, ${counted(pods, 'pod')}`;
  const known =
    balance_usd === null ? (balance_text === null ? null : `$${balance_text}`) : dollars(balance_usd);
  const balance = known !== null ? known : isWhole ? 'not offered by its API' : 'not known';
  const left =
    requests === null
      ? ''
      : `, ${requests.remaining} of ${requests.limit} requests left this hour (${requests.used} used)`;
  return `${cloud}: ${burning}, balance ${balance}${lasts(balance_usd, usd_per_hour)}${left}.`;
}

/** The cost of a pod so far: as its cloud reports, else the upper bound. */
function soFar({ total_cost_usd: total, so_far_usd_max: max }: Spend['pods'][number]): string | null {
  if (total !== null) return cents(total);
  return max === null ? null : `at most ${cents(max)}`;
}

/** The time that a balance lasts at the present rate. */
const lasts = (balance: number | null, perHour: number | null): string =>
  balance === null || perHour === null || perHour <= 0
    ? ''
    : `, which lasts ${Math.round((balance / perHour) * 10) / 10} h at this rate`;

function podLines({ pods, clouds }: Spend): string[] {
  if (pods.length === 0) return clouds.some((cloud) => cloud.pods === null) ? [] : ['No pods.'];
  const rows = pods.map((pod) => [
    pod.ref,
    pod.name,
    pod.state,
    rate(pod.usd_per_hour, pod.usd_per_hour_max),
    soFar(pod),
    [pod.lease_ends_at === null ? null : `lease ends ${pod.lease_ends_at}`, pod.note]
      .filter(Boolean)
      .join('; '),
  ]);
  return [table(['pod', 'name', 'state', '$/h', '$ so far', 'note'], rows)];
}

const untilLeases = ({ usd, pods_until_lease_ends: pods }: NonNullable<Output['forecast']>): string =>
  usd === null || pods === undefined
    ? ''
    : `, ${counted(pods, 'pod')} only until ${pods === 1 ? 'its lease ends' : 'their leases end'} (a server must run then, and storage is not counted)`;

/** The spending report in words. */
function spendText({ spend, forecast, next }: Output): string {
  const { caps, last_30_days: since } = spend;
  const lines = [
    `Now it is ${spend.quoted_at}. Burning ${hourly(spend.usd_per_hour)}; headroom ${hourly(spend.headroom_usd_per_hour)}${spend.reserved_usd_per_hour > 0 ? `, $${usd(spend.reserved_usd_per_hour)}/h reserved by orders in flight` : ''}. Caps: $${usd(caps.max_usd_per_hour)}/h, $${usd(caps.max_job_usd)} for a job, ${counted(caps.max_pods, 'pod')}.`,
    ...(forecast === undefined
      ? []
      : [
          `Until ${forecast.until} (${forecast.hours} h): ${forecast.usd === null ? 'unknown, because the present rate is' : `${dollars(forecast.usd)} more at the present rate`}${untilLeases(forecast)}.${forecast.note === undefined ? '' : ` ${forecast.note}`}`,
        ]),
    ...spend.clouds.map((row) => cloudLine(spend, row)),
    ...podLines(spend),
    ...spend.jobs.map(
      (job) =>
        `job ${job.ref}${job.name === null ? '' : ` ${quote(job.name)}`} (${job.state}): ${sum(job.usd_upfront)} was debited upfront${job.refunded_usd > 0 ? `, ${dollars(job.refunded_usd)} of it refunded` : ''}.`,
    ),
    `Through the servers of this account in the last 30 days: ${dollars(since.debits_usd)} debited, ${dollars(since.refunds_usd)} refunded${since.metered_usd > 0 || since.unpriced_uses > 0 ? `, ${dollars(since.metered_usd)} metered use and ${counted(since.unpriced_uses, 'use')} of unknown price` : ''}.`,
    ...spend.allowances.map(
      ({ cloud, usd_left, calls_left, ends_at, granted_by }) =>
        `Metered model calls on ${cloud} run without a question until ${ends_at}, allowed by ${granted_by}; left: ${counted(calls_left, 'call')} of unknown price, $${usd(usd_left)} of known price.`,
    ),
    ...spend.notices.map((notice) => `! ${notice}`),
    ...(next === undefined ? [] : [next]),
  ];
  return lines.join('\n') + errorLines(spend.errors);
}

/** A report that one answer can hold, in both forms. */
const bounded = (spend: Spend, forecast: Output['forecast']): Output => {
  const whole = (cut: CutSpend): Output => ({ ...cut, ...(forecast !== undefined && { forecast }) });
  const size = (cut: CutSpend): number =>
    Math.max(spendText(whole(cut)).length, JSON.stringify(shownTo(whole(cut))).length);
  return whole(cutSpend(spend, size));
};

const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** A time in ISO form; one without a zone is UTC. */
const timeOf = (text: string): number => {
  const [, zone] = TIME.exec(text) ?? [];
  return Date.parse(zone === undefined && text.includes('T') ? `${text}Z` : text);
};
/** False for a day that no calendar has, such as 30 February, which would be read as one of the next month. */
const isDay = (text: string): boolean => {
  const day = Date.parse(text.slice(0, 10));
  return !Number.isNaN(day) && new Date(day).toISOString().startsWith(text.slice(0, 10));
};
const untilField = z
  .string()
  .max(40)
  .refine(
    (text) => TIME.test(text) && isDay(text) && !Number.isNaN(timeOf(text)),
    'must be a time such as 2026-12-04T18:00Z',
  )
  .describe('ISO time');

/** When a server stops a pod and so ends its cost; null if none does. */
function stoppedAt(ctx: ToolContext, ref: string, leases: readonly Lease[]): string | null {
  const lease = leases.find((one) => one.ref === ref);
  const { notes } = ctx.clouds.get(parseRef(ref, 'pod').cloud).pods;
  return lease === undefined || lease.kind === 'reminder' || !notes.stop_ends_billing ? null : lease.ends_at;
}

/**
 * The cost until a time at the present rate. `ends`: ISO time at which a server stops a pod, null = never. A pod that
 * should already be stopped and still costs is counted to the end.
 * @throws GpuError `invalid_input` for a time in the past
 */
function forecastOf(
  spend: Spend,
  until: string,
  now: Date,
  ends: (ref: string) => string | null,
): NonNullable<Output['forecast']> {
  const end = timeOf(until);
  const hours = (end - now.getTime()) / HOUR_MS;
  if (hours <= 0) {
    throw new GpuError('invalid_input', `until: ${until} is over; now it is ${now.toISOString()}.`, {
      hint: 'Pass a later time; one without a zone is read as UTC.',
    });
  }
  const costs = spend.pods.map(({ ref, usd_per_hour_max: price }) => {
    const own = (Date.parse(ends(ref) ?? '') - now.getTime()) / HOUR_MS;
    const isCut = own > 0 && own < hours && price !== 0;
    return { isCut, usd: (price ?? 0) * (isCut ? own : hours) };
  });
  const cutShort = costs.filter(({ isCut }) => isCut).length;
  const sum = costs.reduce((all, { usd }) => all + usd, 0);
  return {
    until: new Date(end).toISOString(),
    hours: Math.round(hours * 100) / 100,
    usd: spend.usd_per_hour === null ? null : Math.round(sum * 100) / 100,
    ...(cutShort > 0 && { pods_until_lease_ends: cutShort }),
    ...(TIME.exec(until)?.[1] === undefined && { note: 'The time names no zone and is read as UTC.' }),
  };
}

/** The spending report. */
export const getSpend = defineTool({
  name: 'get_spend',
  title: 'Show spending',
  description:
    'Show spending: now, so far, until a time; caps, balance, job debits, stopped pods that may still cost.',
  toolset: 'billing',
  effect: 'read',
  always_load: true,
  input: z.strictObject({ until: untilField.optional() }),
  output,
  async run({ until }, ctx) {
    const spend = await ctx.spending.report();
    const leases = until === undefined ? [] : await ctx.spending.leases.all();
    const ends = (ref: string) => stoppedAt(ctx, ref, leases);
    const forecast = until === undefined ? undefined : forecastOf(spend, until, ctx.now(), ends);
    const report = bounded(spend, forecast);
    await ctx.spending.markNoticesShown(report.spend.notices);
    return report;
  },
  text: (report) => spendText(report),
});
