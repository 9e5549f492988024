import type { ToolContext } from '../core/context.ts';
import { resolve } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { JOB_STATES, type Job, POD_STATES, type Pod } from '../core/model.ts';
import { type Readers, readUnlessGone } from './gone.ts';
import { resolveJob } from './jobs.ts';
import { type Observation, observe } from './observe.ts';
import { podReaders } from './pod-actions.ts';

/** A pod or job as it was seen, or that it is gone. */
export interface Seen {
  state: string;
  raw_state: string | null;
  /** It stays in this state by itself, so that waiting for another one is pointless. */
  settled: boolean;
  warnings: readonly string[];
  thing: { pod?: Pod; job?: Job };
}

/** What is waited for, and how it is read. */
export interface Goal {
  until: string;
  /** Readings of the shared poller for `ms` milliseconds; nothing = the thing is gone. */
  follow: (ms: number, withFirst: boolean) => AsyncGenerator<Observation<Seen>, void>;
  /** One reading of our own, in full detail and up to date. Null if the thing is proved gone. */
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

/** Reads the thing in detail; null if it is proved gone. */
const seen = async <T extends { ref: string }>(
  ctx: ToolContext,
  ref: string,
  readers: Readers<T>,
  see: (thing: T) => Seen,
): Promise<Seen | null> => {
  const thing = await readUnlessGone(ctx.io, ref, readers);
  return thing === null ? null : see(thing);
};

function podGoal(ctx: ToolContext, ref: string, until = 'running'): Goal {
  const { at, id } = resolve(ctx, ref, 'pod', 'ref');
  const allowed: readonly string[] = POD_STATES.filter((state) => state !== 'unknown');
  if (!allowed.includes(until)) throw refuseUntil(allowed, until);
  const target = { cloud: at.id, kind: 'pod' as const, id };
  return {
    until,
    follow: (ms, withFirst) => mapped(observe(ctx, target, ms, withFirst), seePod),
    read: () => seen(ctx, ref, podReaders(at, id), seePod),
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
    read: () => seen(ctx, ref, { get: (io) => jobs.get(io, id), list: (io) => jobs.list(io) }, seeJob),
  };
}

/** The goal of a wait. @throws GpuError `invalid_input` for a wrong ref or state, `not_configured` */
export const goalOf = (ctx: ToolContext, ref: string, until: string | undefined): Goal =>
  /^[a-z]+:job:/.test(ref) ? jobGoal(ctx, ref, until) : podGoal(ctx, ref, until);
