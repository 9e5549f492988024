import * as z from 'zod';
import { errorLines } from '../core/gather.ts';
import { shownTo } from '../core/shown.ts';
import { type Spend, spendSchema } from '../core/spend.ts';
import { cents, clean, counted, quote, table, usd } from '../core/text.ts';
import { defineTool } from './tool.ts';

/** How many pods, jobs and notices one answer shows at most; fewer if that is still too long. */
const ROWS = [20, 14, 10, 7, 4, 2] as const;
/** The most characters of either form. */
const MAX_CHARACTERS = 8500;
const MAX_NOTICE = 400;

const output = z.object({
  spend: spendSchema,
  /** How many of each the answer does not show. */
  left_out: z.object({ pods: z.number(), jobs: z.number(), notices: z.number() }).optional(),
  next: z.string().optional(),
});
type Output = z.infer<typeof output>;

const rate = (min: number | null, max: number | null): string =>
  min === max ? usd(max) : `${usd(min)} to ${usd(max)}`;

const sum = (amount: number | null): string => (amount === null ? 'unknown' : cents(amount));

function cloudLine(spend: Spend, row: Spend['clouds'][number]): string {
  const { cloud, usd_per_hour, pods, balance_usd, balance_text, requests } = row;
  const isWhole = spend.errors.every((error) => error.cloud !== cloud);
  const burning =
    pods === null
      ? 'unknown, its pods could not be read'
      : `$${usd(usd_per_hour)}/h, ${counted(pods, 'pod')}`;
  const known = balance_usd === null ? balance_text : cents(balance_usd);
  const balance = known !== null ? `$${known}` : isWhole ? 'not offered by its API' : 'not known';
  const left =
    requests === null
      ? ''
      : `, ${requests.remaining} of ${requests.limit} requests left this hour (${requests.used} used)`;
  return `${cloud}: ${burning}, balance ${balance}${left}.`;
}

function podLines({ pods, clouds }: Spend): string[] {
  if (pods.length === 0) return clouds.some((cloud) => cloud.pods === null) ? [] : ['No pods.'];
  const rows = pods.map((pod) => [
    pod.ref,
    pod.name,
    pod.state,
    rate(pod.usd_per_hour, pod.usd_per_hour_max),
    pod.total_cost_usd === null ? null : cents(pod.total_cost_usd),
    [pod.lease_ends_at === null ? null : `lease ends ${pod.lease_ends_at}`, pod.note]
      .filter(Boolean)
      .join('; '),
  ]);
  return [table(['pod', 'name', 'state', '$/h', '$ so far', 'note'], rows)];
}

/** The spending report in words. */
function spendText({ spend, next }: Output): string {
  const { caps, since_start: since } = spend;
  const lines = [
    `Burning $${usd(spend.usd_per_hour)}/h; headroom $${usd(spend.headroom_usd_per_hour)}/h${spend.reserved_usd_per_hour > 0 ? `, $${usd(spend.reserved_usd_per_hour)}/h reserved by orders in flight` : ''}. Caps: $${usd(caps.max_usd_per_hour)}/h, $${usd(caps.max_job_usd)} for a job, ${counted(caps.max_pods, 'pod')}.`,
    ...spend.clouds.map((row) => cloudLine(spend, row)),
    ...podLines(spend),
    ...spend.jobs.map(
      (job) =>
        `job ${job.ref}${job.name === null ? '' : ` ${quote(job.name)}`} (${job.state}): $${sum(job.usd_upfront)} was debited upfront.`,
    ),
    `Since this server started: $${cents(since.debits_usd)} debited, $${cents(since.refunds_usd)} refunded${since.metered_usd > 0 || since.unpriced_uses > 0 ? `, $${cents(since.metered_usd)} metered use and ${since.unpriced_uses} uses whose price is not known` : ''}.`,
    ...spend.notices.map((notice) => `! ${notice}`),
    ...(next === undefined ? [] : [next]),
  ];
  return lines.join('\n') + errorLines(spend.errors);
}

const dearestFirst = (pods: Spend['pods']): Spend['pods'] =>
  pods.toSorted((a, b) => (b.usd_per_hour_max ?? 1e9) - (a.usd_per_hour_max ?? 1e9));

/** The report with at most `max` rows of each kind: the dearest pods, the newest jobs and notices. */
function cutTo(spend: Spend, max: number): Output {
  const shown = {
    ...spend,
    pods: dearestFirst(spend.pods).slice(0, max),
    jobs: spend.jobs.slice(0, max),
    notices: spend.notices.slice(-max).map((notice) => clean(notice, MAX_NOTICE)),
  };
  const left_out = {
    pods: spend.pods.length - shown.pods.length,
    jobs: spend.jobs.length - shown.jobs.length,
    notices: spend.notices.length - shown.notices.length,
  };
  const counts = [
    ...(left_out.pods > 0 ? [`${counted(left_out.pods, 'more pod')} (list_pods)`] : []),
    ...(left_out.jobs > 0 ? [`${counted(left_out.jobs, 'more job')} (list_jobs)`] : []),
    ...(left_out.notices > 0 ? [counted(left_out.notices, 'older notice')] : []),
  ];
  if (counts.length === 0) return { spend: shown };
  return { spend: shown, left_out, next: `Not shown, but counted: ${counts.join(', ')}.` };
}

const fits = (report: Output): boolean =>
  Math.max(spendText(report).length, JSON.stringify(shownTo(report)).length) <= MAX_CHARACTERS;

/** A report that one answer can hold. */
function bounded(spend: Spend): Output {
  const reports = ROWS.map((max) => cutTo(spend, max));
  return reports.find(fits) ?? cutTo(spend, 1);
}

/** What is being spent now. */
export const getSpend = defineTool({
  name: 'get_spend',
  title: 'Show spending',
  description:
    'Show spending: rate now, cost so far, caps and headroom, balance, job debits, stopped pods that may still cost.',
  toolset: 'billing',
  effect: 'read',
  input: z.strictObject({}),
  output,
  endpoints: [
    'GET nebula /users/credits',
    'GET volt /pods',
    'GET nebula /computing/instances',
    'GET volt /fine-tuning',
  ],
  run: async (_input, ctx) => bounded(await ctx.spending.report()),
  text: (report) => spendText(report),
});
