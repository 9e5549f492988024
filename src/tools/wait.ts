import * as z from 'zod';
import type { Io } from '../core/cloud.ts';
import { resolve, type ToolContext } from '../core/context.ts';
import { asGpuError, GpuError, isCode } from '../core/errors.ts';
import type { Target, Things } from '../core/live.ts';
import { JOB_STATES, type Job, POD_STATES, type Pod } from '../core/model.ts';
import { withoutDoubt } from '../core/pods-shown.ts';
import { kindOf } from '../core/ref.ts';
import { refField, wordField } from './fields.ts';
import { jobReaders, resolveJob, withJob } from './jobs.ts';
import { podReaders, withPod } from './pods/pods.ts';
import { type Readers, readUnlessGone } from './reconcile.ts';
import { defineTool } from './tool.ts';
import {
  describeState,
  type End,
  reaches,
  refuseUntil,
  resultOf,
  type Seen,
  stuck,
  waitOutput,
} from './wait-result.ts';

/** The state that is waited for, and how the thing is read. */
interface Goal {
  until: string;
  /** Readings of the shared poller for `ms` milliseconds; nothing = the thing is gone. */
  follow: (ms: number, firstIn: number | null) => AsyncGenerator<Observation, void>;
  /** One fresh reading in full detail. Null if the thing is proved gone. */
  read: (io: Io) => Promise<Seen | null>;
}

const seePod = (pod: Pod): Seen => ({
  state: pod.state,
  raw_state: pod.raw_state,
  isFinal: pod.state === 'failed' || pod.state === 'deleted',
  warnings: pod.warnings,
  thing: { pod },
});

const seeJob = (job: Job): Seen => ({
  state: job.state,
  raw_state: job.raw_state,
  isFinal: job.is_terminal,
  warnings: job.warnings,
  thing: { job },
});

/** The result of one reading of the poller; `thing: null` = it no longer exists. */
type Observation =
  | { kind: 'seen'; thing: Seen | null }
  | { kind: 'error'; error: GpuError }
  | { kind: 'timeout' };

/**
 * Follows one thing for at most `ms` milliseconds on the poller of the process. `firstIn`: the first observation is the
 * state as it is known so many milliseconds from now; null = it is the first change from now on. Ends after `timeout`;
 * leaving the loop or an abort of the call ends the watch.
 * @throws the abort's reason
 */
async function* observe<K extends 'pod' | 'job'>(
  { live, io }: ToolContext,
  target: Target<K>,
  see: (thing: Things[K]) => Seen,
  ms: number,
  firstIn: number | null,
): AsyncGenerator<Observation, void> {
  const queue: Observation[] = [];
  let wake = () => {};
  const put = (observation: Observation) => {
    queue.push(observation);
    wake();
  };
  const seen = ([thing]: readonly Things[K][]) =>
    put({ kind: 'seen', thing: thing === undefined ? null : see(thing) });
  const aborted = () => wake();
  io.signal.throwIfAborted();
  io.signal.addEventListener('abort', aborted);
  const cancel = live.after(ms, () => put({ kind: 'timeout' }));
  let stop = () => {};
  const start = () => {
    const watching = live.watch(target, {
      isWaiting: true,
      onPoll: seen,
      onError: (error) => put({ kind: 'error', error }),
    });
    if (firstIn !== null) watching.first.then(seen, () => {});
    stop = watching.stop;
  };
  if (firstIn === null) start();
  else stop = live.after(firstIn, start);
  try {
    for (;;) {
      io.signal.throwIfAborted();
      const observation = queue.shift();
      if (observation === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      yield observation;
      if (observation.kind === 'timeout') return;
    }
  } finally {
    cancel();
    stop();
    io.signal.removeEventListener('abort', aborted);
  }
}

/** The goal of a wait for one thing. @throws GpuError `invalid_input` for a state that it cannot have */
function goalFor<K extends 'pod' | 'job'>(
  ctx: ToolContext,
  target: Target<K>,
  { ref, until, states }: { ref: string; until: string; states: readonly string[] },
  readers: Readers<Things[K]>,
  see: (thing: Things[K]) => Seen,
): Goal {
  const allowed = states.filter((state) => state !== 'unknown');
  if (!allowed.includes(until)) throw refuseUntil(allowed, until);
  let listed: Things[K] | undefined;
  const seeListed = (thing: Things[K]): Seen => {
    listed = thing;
    return see(thing);
  };
  return {
    until,
    follow: (ms, firstIn) => observe(ctx, target, seeListed, ms, firstIn),
    async read(io) {
      const thing = await readUnlessGone(io, ref, readers, listed);
      return thing === null ? null : see(thing);
    },
  };
}

function podGoal(ctx: ToolContext, ref: string, until = 'running'): Goal {
  const { at, id } = resolve(ctx, ref, 'pod', 'ref');
  // A wait for a state reports no doubt about the price; get_pod does.
  const see = (pod: Pod): Seen => seePod(withoutDoubt(at, pod, pod.hourly_cost_usd));
  const target = { cloud: at.id, kind: 'pod' as const, id };
  return goalFor(ctx, target, { ref, until, states: POD_STATES }, podReaders(at, id), see);
}

function jobGoal(ctx: ToolContext, ref: string, until = 'terminal'): Goal {
  const { at, id, jobs } = resolveJob(ctx, ref, 'ref');
  const target = { cloud: at.id, kind: 'job' as const, id };
  return goalFor(
    ctx,
    target,
    { ref, until, states: ['terminal', ...JOB_STATES] },
    jobReaders(jobs, id),
    seeJob,
  );
}

/** The goal of a wait. @throws GpuError `invalid_input` for a wrong ref or state, `not_configured` */
const goalOf = (ctx: ToolContext, ref: string, until: string | undefined): Goal =>
  kindOf(ref) === 'job' ? jobGoal(ctx, ref, until) : podGoal(ctx, ref, until);

/** For so long a pod that was just started may still be listed as stopped, seconds (our choice). */
const LAG_SECONDS = 10;

const ends = (goal: Goal, seen: Seen, elapsed: number): boolean =>
  reaches(goal, seen) || seen.isFinal || (elapsed >= LAG_SECONDS && stuck(goal, seen) !== null);

/** Errors that a later reading will not mend. */
const isPermanent = (error: GpuError): boolean =>
  isCode(error, 'unauthorized', 'forbidden', 'not_configured', 'unsupported', 'invalid_input');

interface Clock {
  elapsed: () => number;
  left: () => number;
}

/** From the first reading, of the thing alone, to the first poll of its list, milliseconds (our choice). */
const FIRST_POLL_MS = 2500;

/**
 * Reads the thing, and waits on the shared poller until it has reached its goal or cannot reach it any more, or time is up.
 * A list shows few fields and may lag behind: the detail decides, and has the ssh command.
 */
async function waitOn(ctx: ToolContext, goal: Goal, ref: string, clock: Clock, total: number): Promise<End> {
  let last: Seen | null = null;
  let trouble: GpuError | null = null;
  let candidate: Seen | null = null;
  const report = (doing: string) =>
    ctx.progress(clock.elapsed(), total, `${last === null ? ref : describeState(ref, last)}${doing}`);
  const waiting = () => `, waiting for ${goal.until} (${clock.elapsed()} s)`;
  for (let round = 0; ; round += 1) {
    const fallback = candidate;
    // The first reading goes on with that of the names; each later one is of its own moment.
    const io = round === 0 ? ctx.io : { ...ctx.io, reading: undefined };
    const seen: Seen | null | undefined = await goal.read(io).catch((error: unknown) => {
      const known = asGpuError(error);
      if (fallback !== null && known.code !== 'cancelled') return fallback;
      if (round > 0 || known.code === 'cancelled' || isPermanent(known)) throw error;
      trouble = known;
      return undefined;
    });
    if (seen === null && last === null && goal.until !== 'deleted') throw unknown(ref);
    if (seen === null) return { kind: 'gone' };
    last = seen ?? last;
    if (seen !== undefined && seen !== fallback) trouble = null;
    if (seen !== undefined && ends(goal, seen, clock.elapsed())) return { kind: 'seen', seen };
    if (seen !== undefined) report(waiting());
    for await (const observation of goal.follow(clock.left() * 1000, round === 0 ? FIRST_POLL_MS : null)) {
      if (observation.kind === 'timeout' && last !== null)
        return { kind: 'timeout', seen: last, error: trouble };
      if (observation.kind === 'timeout') break;
      if (observation.kind === 'error') {
        trouble = observation.error;
        if (isPermanent(trouble)) throw trouble;
        report(`; the last reading failed (${trouble.code})`);
        continue;
      }
      trouble = null;
      candidate = observation.thing;
      if (candidate === null && last !== null) return { kind: 'gone' };
      if (candidate === null || ends(goal, candidate, clock.elapsed())) break;
      last = candidate;
      report(waiting());
    }
  }
}

const unknown = (ref: string): GpuError =>
  new GpuError('not_found', `${ref} does not exist, or not any more.`, {
    hint: 'Take the ref from list_pods or list_jobs.',
  });

/** Waits for a pod or job to reach a state. */
export const waitFor = defineTool({
  name: 'wait_for',
  title: 'Wait for a pod or job',
  description:
    'Wait until a pod is running (or in another state) or a job has ended, instead of polling. Free; on time-out call again.',
  toolset: 'pods',
  effect: 'read',
  always_load: true,
  also_called: ['wait', 'wait_for_pod', 'wait_for_job'],
  input: z.strictObject({
    ref: refField('pod', 'job').describe('pod or job ref'),
    until: wordField(20).optional().describe('Default running or terminal; or a state such as stopped'),
    timeout_seconds: z.number().int().min(1).max(600).default(45),
  }),
  output: waitOutput,
  async run(input, ctx) {
    const goal = goalOf(ctx, input.ref, input.until);
    const started = ctx.monotonic();
    const elapsed = () => Math.round((ctx.monotonic() - started) / 100) / 10;
    const clock = { elapsed, left: () => Math.max(0, input.timeout_seconds - elapsed()) };
    const end = await waitOn(ctx, goal, input.ref, clock, input.timeout_seconds);
    return resultOf(goal, input.ref, end, elapsed(), ctx.now());
  },
  text: ({ message, pod, job }) => (job === undefined ? withPod(message, pod) : withJob(message, job)),
});
