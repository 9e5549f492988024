import * as z from 'zod';
import type { Cloud, PodRate } from '../core/cloud.ts';
import { resolve, type ToolContext } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { gather } from '../core/list.ts';
import type { Job, Pod } from '../core/model.ts';
import { PROCESSES_END } from '../core/plan.ts';
import { kindOf, parseRef } from '../core/ref.ts';
import { clean, quote, table, usd } from '../core/text.ts';
import { jobReaders, resolveJob } from './jobs.ts';
import { podReaders } from './pods/pods.ts';
import { allows } from './pods/target.ts';
import { type Readers, readUnlessGone } from './reconcile.ts';

/** A pod with what it costs, or a job: something that is paid for. */
export type Thing = { at: Cloud; ref: string } & (
  | { kind: 'pod'; pod: Pod; rate: PodRate }
  | { kind: 'job'; job: Job }
);

/** A thing that is left as it is, because there is nothing to do or it is gone. */
export const leftSchema = z.object({
  ref: z.string(),
  why: z.string(),
  /** It costs money now, or may. */
  costs: z.boolean(),
});
export type Left = z.infer<typeof leftSchema>;

/** A thing of the agreed list that could not be read: it may still cost money. */
export interface Unread {
  ref: string;
  error: GpuError;
}

/** Why jobs are left alone. */
export const JOBS_OFF = 'the toolset of jobs is switched off here';

/** True if jobs are listed and cancelled here. */
export const hasJobsToolset = ({ toolsets }: Pick<ToolContext, 'toolsets'>): boolean => toolsets.has('jobs');

const isJob = (ref: string): boolean => kindOf(ref) === 'job';

/** The rate of a pod for which its cloud names none. */
const unknownRate = (ref: string): PodRate => ({
  ref,
  usd_per_hour: null,
  usd_per_hour_max: null,
  note: null,
});

async function podsOf(ctx: ToolContext, at: Cloud, pods: Pod[]): Promise<Thing[]> {
  const rates = new Map((await at.pods.rates(ctx.io, pods)).map((rate) => [rate.ref, rate]));
  return pods.map((pod) => ({
    kind: 'pod' as const,
    at,
    ref: pod.ref,
    pod,
    rate: rates.get(pod.ref) ?? unknownRate(pod.ref),
  }));
}

/** One thing that a ref names, read as `read` does; null if that finds none. @throws GpuError what its cloud answers */
async function readThing(
  ctx: ToolContext,
  ref: string,
  read: <T extends { ref: string }>(readers: Readers<T>) => Promise<T | null>,
): Promise<Thing | null> {
  if (isJob(ref)) {
    const { at, id, jobs } = resolveJob(ctx, ref, 'refs');
    const job = await read(jobReaders(jobs, id));
    return job === null ? null : { kind: 'job', at, ref, job };
  }
  const { at, id } = resolve(ctx, ref, 'pod', 'refs');
  const pod = await read(podReaders(at, id));
  return pod === null ? null : ((await podsOf(ctx, at, [pod]))[0] ?? null);
}

/** All things that refs name; every ref is checked before anything is read. @throws GpuError for the first that cannot be read */
export async function readThings(ctx: ToolContext, refs: readonly string[]): Promise<Thing[]> {
  const all = [...new Set(refs)];
  for (const ref of all) parseRef(ref, isJob(ref) ? 'job' : 'pod', 'refs');
  const job = all.find(isJob);
  if (job !== undefined && !hasJobsToolset(ctx)) {
    throw new GpuError('not_configured', `refs: ${job} is a job, and ${JOBS_OFF}.`, {
      hint: 'Leave jobs out. The operator can change --toolsets.',
    });
  }
  const things = await Promise.all(all.map((ref) => readThing(ctx, ref, ({ get }) => get(ctx.io))));
  return things.flatMap((thing) => thing ?? []);
}

/** The things of an agreed list as they are now. One that cannot be read does not stop the others from being ended. */
export async function readAgreed(
  ctx: ToolContext,
  refs: readonly string[],
): Promise<{ things: Thing[]; gone: Left[]; unread: Unread[] }> {
  const read = await Promise.all(
    refs.map((ref) =>
      readThing(ctx, ref, (readers) => readUnlessGone(ctx.io, ref, readers)).then(
        (thing): Thing | Left => thing ?? { ref, why: 'it is gone', costs: false },
        (error: unknown): Unread => {
          if (!(error instanceof GpuError) || error.code === 'cancelled') throw error;
          return { ref, error };
        },
      ),
    ),
  );
  return {
    things: read.flatMap((one) => ('kind' in one ? [one] : [])),
    gone: read.flatMap((one) => ('why' in one ? [one] : [])),
    unread: read.flatMap((one) => ('error' in one ? [one] : [])),
  };
}

/**
 * All live pods and jobs of all clouds; jobs only if their toolset is not switched off.
 * @throws GpuError if one cloud cannot be read: what "all" means is not known then
 */
export async function readAll(ctx: ToolContext): Promise<Thing[]> {
  const { rows, errors } = await gather(
    ctx,
    undefined,
    () => true,
    async (at) => {
      const [pods, jobs] = await Promise.all([
        at.pods.list(ctx.io),
        (hasJobsToolset(ctx) ? at.jobs?.list(ctx.io) : undefined) ?? [],
      ]);
      const live = jobs.filter((job) => !job.is_terminal);
      return [
        ...(await podsOf(ctx, at, pods)),
        ...live.map((job): Thing => ({ kind: 'job', at, ref: job.ref, job })),
      ];
    },
  );
  const [failed] = errors;
  if (failed === undefined) return rows;
  throw new GpuError(
    'upstream_unavailable',
    `all: ${failed.cloud} could not be read (${failed.code}: ${failed.message}), so what all would end is not known. Nothing was done.`,
    {
      hint: 'Pass the refs of what to end (list_pods and list_jobs with cloud), or try again later.',
      cloud: failed.cloud,
    },
  );
}

/** The action on pods; jobs are cancelled either way. */
export type How = 'stop' | 'delete';

/** The price of a pod an hour, at the higher reading. */
const priceOf = (thing: Thing): number | null =>
  thing.kind === 'pod' ? (thing.rate.usd_per_hour_max ?? thing.rate.usd_per_hour) : null;

/** The price of a pod an hour after the action. */
const priceAfter = (thing: Thing, how: How): number | null =>
  how === 'delete' || thing.at.pods.notes.stop_ends_billing ? 0 : priceOf(thing);

const hourly = (price: number | null): string =>
  price === null ? 'an unknown sum an hour' : `$${usd(price)}/h`;

/** Why there is nothing to do for a thing now, and whether it still costs money; null if there is something to do. */
export function idleNow(thing: Thing, how: How): Left | null {
  const { ref } = thing;
  if (thing.kind === 'job') {
    const { is_terminal, raw_state, state } = thing.job;
    return is_terminal ? { ref, why: `it has ended already (${raw_state ?? state})`, costs: false } : null;
  }
  const { state } = thing.pod;
  if (allows(how, state)) return null;
  if (how === 'delete' || state === 'deleting' || state === 'deleted')
    return { ref, why: 'it is deleted or being deleted already', costs: false };
  if (state !== 'stopped' && state !== 'stopping') {
    const next = 'wait_for until=running, then stop it, or delete it now';
    return { ref, why: `it is ${state} and costs ${hourly(priceOf(thing))}: ${next}`, costs: true };
  }
  const costs = priceAfter(thing, 'stop');
  return costs === 0
    ? { ref, why: `it is ${state} already`, costs: false }
    : { ref, why: `it is ${state} already, and costs ${hourly(costs)} until it is deleted`, costs: true };
}

/** The fact that must still hold when the thing is ended. */
export const factOf = (thing: Thing): string =>
  thing.kind === 'pod'
    ? (thing.pod.name ?? '')
    : `${thing.job.name ?? ''}, refund ${thing.job.refund_if_cancelled_now.replace('_', ' ')}`;

function refundOf(thing: Thing): string | null {
  if (thing.kind === 'pod') return null;
  const { refund_if_cancelled_now: refund, total_cost_usd: paid } = thing.job;
  const amount = paid === null ? '' : ` of $${usd(paid)}`;
  return refund === 'not_promised' ? `not promised${amount}` : `${refund}${amount}`;
}

function rowOf(thing: Thing, how: How): (string | null)[] {
  const { at, ref } = thing;
  if (thing.kind === 'job') {
    const { name, raw_state, state } = thing.job;
    const what = `cancel ${ref} ${quote(name)} (${clean(raw_state ?? state, 40)})`;
    return [what, null, null, refundOf(thing), 'training lost'];
  }
  const what = `${how} ${ref} ${quote(thing.pod.name)} (${thing.pod.state})`;
  return [what, usd(priceOf(thing)), usd(priceAfter(thing, how)), null, at.pods.notes.data[how]];
}

const sumOf = (prices: readonly (number | null)[]): number | null =>
  prices.reduce<number | null>((sum, price) => (sum === null || price === null ? null : sum + price), 0);

/** The sums for the first line of the question: USD an hour now and after, and the certain refund. */
export function sumsOf(things: readonly Thing[], how: How): string {
  const pods = things.filter(({ kind }) => kind === 'pod');
  const refund = sumOf(
    things.flatMap((thing) =>
      thing.kind === 'job' && thing.job.refund_if_cancelled_now === 'full' ? [thing.job.total_cost_usd] : [],
    ),
  );
  const [now, after] = [sumOf(pods.map(priceOf)), sumOf(pods.map((pod) => priceAfter(pod, how)))];
  return [
    ...(pods.length === 0 ? [] : [`${hourly(now)} becomes ${hourly(after)}`]),
    ...(refund === 0 ? [] : [refund === null ? 'refund unknown' : `refund $${usd(refund)}`]),
  ].join(', ');
}

const COLUMNS = ['what', '$/h now', '$/h after', 'refund', 'data'];

/** The action for each thing, as the lines of one table. */
export const tableOf = (things: readonly Thing[], how: How): string[] =>
  table(
    COLUMNS,
    things.map((thing) => rowOf(thing, how)),
  ).split('\n');

const namesOf = (things: readonly Thing[]): string => things.map(({ ref }) => ref).join(', ');

/** The consequences, the worst first: what cannot be undone, and what still costs money. */
export function consequencesOf(things: readonly Thing[], how: How): string[] {
  const pods = things.filter((thing) => thing.kind === 'pod');
  const jobs = things.filter((thing) => thing.kind === 'job');
  const paid = jobs.filter(({ job }) => job.refund_if_cancelled_now !== 'full');
  const costly = how === 'stop' ? pods.filter(({ at }) => !at.pods.notes.stop_ends_billing) : [];
  const left = sumOf(costly.map(priceOf));
  const notes = [
    ...pods.flatMap(({ at }) => at.pods.notes[how].map((note) => `${at.title}: ${note}`)),
    ...jobs.flatMap(({ at, job }) => at.jobs?.cancelNotes(job) ?? []),
  ];
  return [
    ...(how === 'delete' && pods.length > 0
      ? ['Deleting pods cannot be undone: what is only on them is lost.']
      : []),
    ...(jobs.length > 0 ? [`Cancelling jobs cannot be undone: ${namesOf(jobs)}.`] : []),
    ...(paid.length > 0
      ? [`No refund is promised for ${namesOf(paid)}: paid already, so letting it run costs nothing more.`]
      : []),
    ...(costly.length > 0
      ? [
          `Stopping does not end the cost of ${namesOf(costly)}: ${hourly(left)} goes on until ${costly.length === 1 ? 'it is' : 'they are'} deleted.`,
        ]
      : []),
    ...new Set(notes),
  ];
}

/** The worst consequences of stopping several things. */
export const WORST = {
  unrefunded: 'Permanent: what is cancelled is lost, and a refund is not promised.',
  all_unrefunded: 'Permanent: what is deleted or cancelled is lost; a refund is not promised.',
  permanent: 'Permanent: what is deleted or cancelled is lost.',
  interrupted: PROCESSES_END,
} as const;

/** The worst consequence, one short sentence: a cancelled job cannot be restored. */
export function worstOf(things: readonly Thing[], how: How): string {
  const jobs = things.filter((thing) => thing.kind === 'job');
  if (jobs.some(({ job }) => job.refund_if_cancelled_now !== 'full'))
    return how === 'delete' && jobs.length < things.length ? WORST.all_unrefunded : WORST.unrefunded;
  return how === 'delete' || jobs.length > 0 ? WORST.permanent : WORST.interrupted;
}

/** The things that are left as they are, and why. */
export const leftAlone = (idle: readonly Left[]): string =>
  `Left as it is: ${idle.map(({ ref, why }) => `${ref} (${why})`).join('; ')}.`;
