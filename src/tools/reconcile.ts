import type { Cloud, CreateOrder, Io } from '../core/cloud.ts';
import type { ToolContext } from '../core/context.ts';
import { isCode } from '../core/errors.ts';
import { type Job, type Pod, UNZONED } from '../core/model.ts';
import { samePrice } from '../core/offer.ts';
import type { Outcome } from '../core/outcome.ts';
import type { FinetuneRequest } from '../core/requests.ts';
import { sameGpu } from '../core/search-words.ts';
import { quote, usd } from '../core/text.ts';

/** The sentences for a result that is not found, or is ambiguous. */
interface Sentences {
  /** `candidates`: things that may be related. */
  notFound: string | { notFound: string; candidates: string[] };
  ambiguous: string;
}

/**
 * The outcome of a write whose reply was lost, by the new things that may be its result: exactly one is the result,
 * none or several leave the outcome open. `adopt` makes the output from the one.
 */
export async function adoptTheOne<T extends { ref: string }, O>(
  found: readonly T[],
  { notFound, ambiguous }: Sentences,
  adopt: (one: T) => O | Promise<O>,
): Promise<Outcome<O>> {
  const [only] = found;
  if (only === undefined) return typeof notFound === 'string' ? { notFound } : notFound;
  if (found.length === 1) return { found: await adopt(only), ref: only.ref };
  return { ambiguous: found.map(({ ref }) => ref), why: ambiguous };
}

/** The same for a thing that was added under a name: `noun` in the singular. */
export const adoptNamed = <T extends { ref: string }, O>(
  noun: string,
  name: string,
  found: readonly T[],
  adopt: (one: T) => O,
  doubt = 'it is not known which one is yours',
): Promise<Outcome<O>> =>
  adoptTheOne(
    found,
    {
      notFound: `No new ${noun} named ${quote(name)} is listed.`,
      ambiguous: `${found.length} new ${noun}s are named ${quote(name)}; ${doubt}.`,
    },
    adopt,
  );

/** New things of an order's name: those that may be its result, and why the others are not. `unlike`: the difference, in words. */
export function matchOrder<T extends { ref: string }>(
  found: readonly T[],
  unlike: (one: T) => string | null,
): { fitting: T[]; others: { refs: string[]; sentence: string } } {
  const judged = found.map((one) => ({ one, why: unlike(one) }));
  const others = judged.filter(({ why }) => why !== null);
  return {
    fitting: judged.flatMap(({ one, why }) => (why === null ? [one] : [])),
    others: {
      refs: others.map(({ one }) => one.ref),
      sentence: others
        .map(
          ({ one, why }) =>
            ` ${one.ref} has that name, but ${why}: it is not taken for the result of this order.`,
        )
        .join(''),
    },
  };
}

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

/** Readers of one thing and of the list of its kind. */
export interface Readers<T extends { ref: string }> {
  /** `listed`: the thing as a list that was just read shows it. */
  get: (io: Io, listed?: T) => Promise<T>;
  list: (io: Io) => Promise<T[]>;
  /** True if the thing's own state is a deleted one. Left out: never. */
  isGone?: (thing: T) => boolean;
}

/**
 * A thing as it is now, or null if it is proved gone: the cloud answers "not found", and a complete list does not show it.
 * Neither alone proves it: a thing that is still listed is returned as listed. A thing that the cloud shows as deleted is
 * returned so, if the list does not show it.
 * @throws GpuError if either could not be read, or if the list is incomplete
 */
export async function readUnlessGone<T extends { ref: string }>(
  io: Io,
  ref: string,
  { get, list, isGone = () => false }: Readers<T>,
  listed?: T,
): Promise<T | null> {
  const thing = await get({ ...io, fresh: true }, listed).catch((error: unknown) => {
    if (isCode(error, 'not_found')) return null;
    throw error;
  });
  if (thing !== null && !isGone(thing)) return thing;
  // A list that was read before the detail proves nothing, so it belongs to no reading.
  const rows = await list({ ...io, fresh: true, purpose: 'gate', reading: undefined });
  return rows.find((row) => row.ref === ref) ?? thing;
}
