import type { ToolContext } from '../core/context.ts';
import { resolve } from '../core/context.ts';
import { GpuError, isCode } from '../core/errors.ts';
import { JOB_STATES, type Job, POD_STATES, type Pod } from '../core/model.ts';
import { resolveJob } from './jobs.ts';
import { type Observation, observe } from './observe.ts';

/** A pod or job as it was seen, or that it is gone. */
export interface Seen {
  state: string;
  raw_state: string | null;
  /** It stays in this state by itself, so that waiting for another one is pointless. */
  settled: boolean;
  warnings: readonly string[];
  thing: { pod?: Pod; job?: Job };
}

/** What is waited for, and how to look. */
export interface Goal {
  until: string;
  /** Looks of the shared poller for `ms` milliseconds. A look at nothing says that the thing is gone. */
  follow: (ms: number, withFirst: boolean) => AsyncGenerator<Observation<Seen>, void>;
  /** One look of our own, in full detail and up to date. Null where the thing is gone. */
  read: () => Promise<Seen | null>;
}

function refuseUntil(allowed: readonly string[], until: string): GpuError {
  return new GpuError('invalid_input', `until: "${until}" is not a state to wait for here.`, {
    hint: `Use one of: ${allowed.join(', ')}.`,
  });
}

const seePod = (pod: Pod): Seen => ({
  state: pod.state,
  raw_state: pod.raw_state,
  settled: pod.state === 'failed' || pod.state === 'deleted',
  warnings: pod.warnings,
  thing: { pod },
});

const seeJob = (job: Job): Seen => ({
  state: job.state,
  raw_state: job.raw_state,
  settled: job.is_terminal,
  warnings: job.warnings,
  thing: { job },
});

async function* mapped<T>(
  source: AsyncGenerator<Observation<T>, void>,
  see: (thing: T) => Seen,
): AsyncGenerator<Observation<Seen>, void> {
  for await (const observation of source) {
    if (observation.kind !== 'seen') yield observation;
    else yield { kind: 'seen', thing: observation.thing === null ? null : see(observation.thing) };
  }
}

const orGone = (seen: Promise<Seen>): Promise<Seen | null> =>
  seen.catch((error: unknown) => {
    if (isCode(error, 'not_found')) return null;
    throw error;
  });

function podGoal(ctx: ToolContext, ref: string, until = 'running'): Goal {
  const { at, id } = resolve(ctx, ref, 'pod', 'ref');
  const allowed: readonly string[] = POD_STATES.filter((state) => state !== 'unknown');
  if (!allowed.includes(until)) throw refuseUntil(allowed, until);
  const target = { cloud: at.id, kind: 'pod' as const, id };
  return {
    until,
    follow: (ms, withFirst) => mapped(observe(ctx, target, ms, withFirst), seePod),
    read: () => orGone(at.pods.get({ ...ctx.io, fresh: true }, id).then(seePod)),
  };
}

function jobGoal(ctx: ToolContext, ref: string, until = 'terminal'): Goal {
  const { at, id, jobs } = resolveJob(ctx, ref, 'ref');
  const allowed: readonly string[] = ['terminal', ...JOB_STATES.filter((state) => state !== 'unknown')];
  if (!allowed.includes(until)) throw refuseUntil(allowed, until);
  const target = { cloud: at.id, kind: 'job' as const, id };
  return {
    until,
    follow: (ms, withFirst) => mapped(observe(ctx, target, ms, withFirst), seeJob),
    read: () => orGone(jobs.get({ ...ctx.io, fresh: true }, id).then(seeJob)),
  };
}

/** The goal of a wait. @throws GpuError `invalid_input` for a wrong ref or state, `not_configured` */
export const goalOf = (ctx: ToolContext, ref: string, until: string | undefined): Goal =>
  /^[a-z]+:job:/.test(ref) ? jobGoal(ctx, ref, until) : podGoal(ctx, ref, until);
