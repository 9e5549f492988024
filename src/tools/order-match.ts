import type { Cloud, CreateOrder } from '../core/cloud.ts';
import type { ToolContext } from '../core/context.ts';
import { type Job, type Pod, UNZONED } from '../core/model.ts';
import { samePrice } from '../core/offer.ts';
import type { FinetuneRequest } from '../core/requests.ts';
import { sameGpu } from '../core/search-words.ts';
import { usd } from '../core/text.ts';

// Things with the name of an order: those listed before it, and those listed after it, which the order may have made. A
// field that the cloud does not show is no difference.

/** Max. difference between a cloud's times and its clock, milliseconds (our choice). */
const CLOCKS_APART_MS = 2 * 60 * 1000;
/** Max. things of the same name in a plan. */
const MAX_NAMESAKES = 3;

/** A thing with the times that its cloud gives. */
interface Dated {
  created_at_utc: string | null;
  warnings: readonly string[];
}

/** True if the thing was created before the order was planned, by the cloud's clock. A time without a zone may be hours off, so it proves nothing. */
const isOlder = ({ created_at_utc, warnings }: Dated, planned_at: string): boolean =>
  created_at_utc !== null &&
  !warnings.includes(UNZONED) &&
  Date.parse(created_at_utc) < Date.parse(planned_at) - CLOCKS_APART_MS;

/** Live things of a new thing's name: a sentence for the plan, and what is compared before the order is sent. */
export function namesakes(
  rows: readonly { ref: string; name: string | null }[],
  name: string,
): { consequences: string[]; facts: { namesakes: string | null } } {
  const refs = rows.filter((row) => row.name === name).map(({ ref }) => ref);
  const shown = refs.slice(0, MAX_NAMESAKES).join(', ');
  const more = refs.length > MAX_NAMESAKES ? ` and ${refs.length - MAX_NAMESAKES} more` : '';
  return refs.length === 0
    ? { consequences: [], facts: { namesakes: null } }
    : {
        consequences: [`The name is in use already, by ${shown}${more}: this makes another one.`],
        facts: { namesakes: refs.toSorted().join(' ') },
      };
}

/** The time by the cloud's clock, ISO, for comparison with its own times. */
export const cloudTime = (ctx: Pick<ToolContext, 'now'>, at: Cloud): string =>
  (at.now?.() ?? ctx.now()).toISOString();

/** The difference between a pod and the order, apart from the price, in words; null if it may be the order's. `planned_at`: ISO time. */
export function unlikeOrder(pod: Pod, { expects }: CreateOrder, planned_at: string): string | null {
  const { gpu_model, gpu_count } = pod;
  if (isOlder(pod, planned_at)) return `it was created before the order, at ${pod.created_at_utc}`;
  if (expects === undefined) return null;
  const models = expects.gpu_models;
  if (gpu_model !== null && models.length > 0 && !models.some((model) => sameGpu(model, gpu_model)))
    return `it has another GPU, ${gpu_model}`;
  if (gpu_count !== null && expects.gpu_count !== null && gpu_count !== expects.gpu_count)
    return `it has ${gpu_count} GPUs`;
  return null;
}

/** The price of a pod, in words, if it differs from the order's; null if it does not, or if one of them is unknown. */
export function unlikePrice({ hourly_cost_usd: is }: Pod, { expects }: CreateOrder): string | null {
  const known = expects?.usd_per_hour ?? [];
  if (is === null || known.length === 0 || known.some((one) => samePrice(one, is))) return null;
  return `it costs $${usd(is)}/h`;
}

/** The same for a fine-tuning job. */
export function unlikeRequest(job: Job, request: FinetuneRequest, planned_at: string): string | null {
  if (isOlder(job, planned_at)) return `it was created before the order, at ${job.created_at_utc}`;
  for (const [what, is, wanted] of [
    ['model', job.base_model, request.model],
    ['task type', job.task_type, request.task_type],
    ['number of hours', job.hours_requested, request.hours],
  ] as const) {
    if (is !== null && String(is).toLowerCase() !== String(wanted).toLowerCase())
      return `it has another ${what}, ${is}`;
  }
  return null;
}
