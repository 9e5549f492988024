import * as z from 'zod';
import type { Cloud, PodRate } from '../../core/cloud.ts';
import { resolve, type ToolContext } from '../../core/context.ts';
import { GpuError } from '../../core/errors.ts';
import { gather } from '../../core/list.ts';
import type { Job, Pod } from '../../core/model.ts';
import { kindOf, parseRef } from '../../core/ref.ts';
import { jobReaders, resolveJob } from '../jobs.ts';
import { podReaders } from '../pods/pod.ts';
import { readUnlessGone } from '../reconcile.ts';

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

/** Reads one thing that a ref names. @throws GpuError `not_found` and what its cloud answers */
async function readThing(ctx: ToolContext, ref: string): Promise<Thing> {
  if (isJob(ref)) {
    const { at, id, jobs } = resolveJob(ctx, ref, 'refs');
    return { kind: 'job', at, ref, job: await jobs.get(ctx.io, id) };
  }
  const { at, id } = resolve(ctx, ref, 'pod', 'refs');
  const [thing] = await podsOf(ctx, at, [await at.pods.get(ctx.io, id)]);
  if (thing === undefined) throw new GpuError('not_found', `${ref} was not found.`);
  return thing;
}

/** The same; null if it is proved gone. */
async function readThingUnlessGone(ctx: ToolContext, ref: string): Promise<Thing | null> {
  if (isJob(ref)) {
    const { at, id, jobs } = resolveJob(ctx, ref, 'refs');
    const job = await readUnlessGone(ctx.io, ref, jobReaders(jobs, id));
    return job === null ? null : { kind: 'job', at, ref, job };
  }
  const { at, id } = resolve(ctx, ref, 'pod', 'refs');
  const pod = await readUnlessGone(ctx.io, ref, podReaders(at, id));
  return pod === null ? null : ((await podsOf(ctx, at, [pod]))[0] ?? null);
}

/** All things that refs name; every ref is checked before anything is read. @throws GpuError for the first that cannot be read */
export function readThings(ctx: ToolContext, refs: readonly string[]): Promise<Thing[]> {
  const all = [...new Set(refs)];
  for (const ref of all) parseRef(ref, isJob(ref) ? 'job' : 'pod', 'refs');
  const job = all.find(isJob);
  if (job !== undefined && !hasJobsToolset(ctx)) {
    throw new GpuError('not_configured', `refs: ${job} is a job, and ${JOBS_OFF}.`, {
      hint: 'Leave jobs out. The operator can change --toolsets.',
    });
  }
  return Promise.all(all.map((ref) => readThing(ctx, ref)));
}

/** The things of an agreed list as they are now. One that cannot be read does not stop the others from being ended. */
export async function readAgreed(
  ctx: ToolContext,
  refs: readonly string[],
): Promise<{ things: Thing[]; gone: Left[]; unread: Unread[] }> {
  const read = await Promise.all(
    refs.map((ref) =>
      readThingUnlessGone(ctx, ref).then(
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
