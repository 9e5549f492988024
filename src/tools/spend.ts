import * as z from 'zod';
import { errorLines } from '../core/gather.ts';
import { type Spend, spendSchema } from '../core/spend.ts';
import { counted, table, usd } from '../core/text.ts';
import { defineTool } from './tool.ts';

const MAX_ROWS = 20;

const rate = (min: number | null, max: number | null): string =>
  min === max ? usd(max) : `${usd(min)} to ${usd(max)}`;

function cloudLine(spend: Spend, row: Spend['clouds'][number]): string {
  const { cloud, usd_per_hour, pods, balance_text, requests } = row;
  const isWhole = spend.errors.every((error) => error.cloud !== cloud);
  const burning =
    pods === null
      ? 'unknown, its pods could not be read'
      : `$${usd(usd_per_hour)}/h, ${counted(pods, 'pod')}`;
  const balance =
    balance_text !== null ? `$${balance_text}` : isWhole ? 'not offered by its API' : 'not known';
  const left =
    requests === null ? '' : `, ${requests.remaining} of ${requests.limit} requests left this hour`;
  return `${cloud}: ${burning}, balance ${balance}${left}.`;
}

function podLines({ pods, clouds }: Spend): string[] {
  if (pods.length === 0) return clouds.some((cloud) => cloud.pods === null) ? [] : ['No pods.'];
  const highestFirst = [...pods].sort((a, b) => (b.usd_per_hour_max ?? 1e9) - (a.usd_per_hour_max ?? 1e9));
  const rows = highestFirst
    .slice(0, MAX_ROWS)
    .map((pod) => [
      pod.ref,
      pod.name,
      pod.state,
      rate(pod.usd_per_hour, pod.usd_per_hour_max),
      [pod.lease_ends_at === null ? null : `lease ends ${pod.lease_ends_at}`, pod.note]
        .filter(Boolean)
        .join('; '),
    ]);
  const more =
    pods.length > MAX_ROWS ? [`… and ${counted(pods.length - MAX_ROWS, 'more pod')} (list_pods).`] : [];
  return [table(['pod', 'name', 'state', '$/h', 'note'], rows), ...more];
}

/** The spending report in words. */
function spendText(spend: Spend): string {
  const { caps, since_start: since } = spend;
  const lines = [
    `Burning $${usd(spend.usd_per_hour)}/h; cap $${usd(caps.max_usd_per_hour)}/h, headroom $${usd(spend.headroom_usd_per_hour)}/h${spend.reserved_usd_per_hour > 0 ? `, $${usd(spend.reserved_usd_per_hour)}/h reserved by orders in flight` : ''}.`,
    ...spend.clouds.map((row) => cloudLine(spend, row)),
    ...podLines(spend),
    ...spend.jobs.map(
      (job) => `job ${job.ref} (${job.state}): $${usd(job.usd_upfront)} was debited upfront.`,
    ),
    `Since this server started: $${usd(since.debits_usd)} debited, $${usd(since.refunds_usd)} refunded${since.metered_usd > 0 || since.unpriced_uses > 0 ? `, $${usd(since.metered_usd)} metered use and ${since.unpriced_uses} uses whose price is not known` : ''}.`,
    ...spend.notices.map((notice) => `! ${notice}`),
  ];
  return lines.join('\n') + errorLines(spend.errors);
}

/** What is being spent now. */
export const getSpend = defineTool({
  name: 'get_spend',
  title: 'Show spending',
  description:
    'Show what is being spent now: burn rate per cloud and pod, caps and headroom, balance, job debits, stopped pods that may still cost.',
  toolset: 'billing',
  effect: 'read',
  input: z.strictObject({}),
  output: z.object({ spend: spendSchema }),
  endpoints: [
    'GET nebula /users/credits',
    'GET volt /pods',
    'GET nebula /computing/instances',
    'GET volt /fine-tuning',
  ],
  run: async (_input, ctx) => ({ spend: await ctx.spending.report() }),
  text: ({ spend }) => spendText(spend),
});
