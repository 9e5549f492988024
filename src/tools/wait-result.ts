import * as z from 'zod';
import { GpuError } from '../core/errors.ts';
import { type Job, jobSchema, type Pod, podSchema } from '../core/model.ts';
import { briefJob, briefPod } from '../core/shown.ts';
import { HOUR_MS } from '../core/spend.ts';
import { nearest, quote } from '../core/text.ts';

/** A pod or job as it was last read. */
export interface Seen {
  state: string;
  raw_state: string | null;
  /** It does not leave this state by itself. */
  isFinal: boolean;
  warnings: readonly string[];
  thing: { pod?: Pod; job?: Job };
}

/** The end of a wait. `error`: the failure of the last reading. */
export type End =
  | { kind: 'seen'; seen: Seen }
  | { kind: 'gone' }
  | { kind: 'timeout'; seen: Seen; error: GpuError | null };

/** The state that is waited for. */
interface Goal {
  until: string;
}

/** True if what was waited for has come. */
export const reaches = ({ until }: Goal, seen: Seen): boolean =>
  seen.state === until || (until === 'terminal' && seen.isFinal);

/** The ref and its state in a few words, with the cloud's own word. */
export const describeState = (ref: string, { state, raw_state }: Pick<Seen, 'state' | 'raw_state'>): string =>
  `${ref} is ${state}${raw_state !== null && raw_state.toLowerCase() !== state ? ` (${raw_state})` : ''}`;

/** What wait_for returns. */
export const waitOutput = z.object({
  ref: z.string(),
  until: z.string(),
  state: z.string(),
  reached: z.boolean(),
  timed_out: z.boolean(),
  waited_seconds: z.number(),
  message: z.string(),
  pod: podSchema.optional(),
  job: jobSchema.optional(),
});

/** The subject of a message that is shown with its ref. */
const IT = 'It';

/** The open point about the login of a running pod; empty if there is none. */
function loginNote({ thing: { pod } }: Seen): string {
  if (pod?.state !== 'running') return '';
  if (pod.ssh_command !== null) return ' That it runs does not prove that its login works yet.';
  return pod.public_ip === null
    ? ' Its ssh command is not known yet; get_pod shows it as soon as the cloud reports it.'
    : '';
}

const reasons = (seen: Seen): string =>
  seen.warnings.length === 0 ? '' : ` ${seen.warnings.map((warning) => quote(warning)).join(' ')}`;

/** A job that ends later than this is not waited for in one turn of a conversation. */
const LONG_WAIT_MS = 10 * 60 * 1000;

/** The next step after a time-out: wait again, or report the expected end of a job that takes hours. */
function nextStep({ thing: { job } }: Seen, now: Date): string {
  const hours = job?.hours_requested ?? null;
  if (job === undefined || hours === null) return 'Call wait_for again to go on waiting.';
  const begun = job.started_at_utc ?? null;
  const end = (begun === null ? now.getTime() : Date.parse(begun)) + hours * HOUR_MS;
  if (Number.isNaN(end) || end - now.getTime() < LONG_WAIT_MS) return 'Call wait_for again to go on waiting.';
  const when = `${begun === null ? 'not before' : 'about'} ${new Date(end).toISOString()} (in ${Math.round((end - now.getTime()) / 60_000)} min)`;
  return `Expected end: ${when}. Tell the user, and do not wait in this turn. Call wait_for again when they ask.`;
}

/** Why a pod will not reach the goal by itself; null if it may. */
export const stuck = ({ until }: Goal, { state, thing }: Seen): string | null =>
  thing.pod !== undefined && state === 'stopped' && (until === 'running' || until === 'starting')
    ? 'It is stopped and does not start by itself: start_pod. (If it was started just now, call wait_for again in some seconds.)'
    : null;

/** The tool that brings a pod into a state which it does not reach by itself. */
const BROUGHT_BY: Readonly<Record<string, string>> = {
  stopping: 'stop_pod',
  stopped: 'stop_pod',
  deleting: 'delete_pod',
  deleted: 'delete_pod',
};

/** Why waiting again does not help; null if it may. */
function pointless(goal: Goal, seen: Seen): string | null {
  const { state, thing } = seen;
  if (thing.pod === undefined) return null;
  if (state === 'stopping' && goal.until === 'running')
    return 'It is stopping and does not start by itself: wait_for until=stopped, then start_pod.';
  const tool = BROUGHT_BY[goal.until];
  if (tool === 'stop_pod' && state === 'stopped') return 'It is stopped already.';
  if (tool !== undefined && (state === 'running' || state === 'stopped'))
    return `It stays ${state} until somebody ends that: ${tool}. Wait again only if it was called just now, or a lease or another person will end it.`;
  return stuck(goal, seen);
}

/** The thing as a result shows it. */
const briefThing = ({ thing: { pod, job } }: Seen): Seen['thing'] => ({
  ...(pod !== undefined && { pod: briefPod(pod) }),
  ...(job !== undefined && { job: briefJob(job) }),
});

/** The result of a wait. `elapsed`: seconds. */
export function resultOf(
  goal: Goal,
  ref: string,
  end: End,
  elapsed: number,
  now: Date,
): z.input<typeof waitOutput> {
  const base = { ref, until: goal.until, reached: false, timed_out: false, waited_seconds: elapsed };
  if (end.kind === 'gone') {
    const reached = goal.until === 'deleted';
    const message = `${ref} is deleted${reached ? '' : ` and will not become ${goal.until}`}.`;
    return { ...base, state: 'deleted', reached, message };
  }
  const { seen } = end;
  if (end.kind === 'seen') {
    const known = { ...base, state: seen.state, ...briefThing(seen) };
    if (reaches(goal, seen)) {
      const message = `${describeState(IT, seen)}.${loginNote(seen)}${seen.state === 'failed' ? reasons(seen) : ''}`;
      return { ...known, reached: true, message };
    }
    const message =
      `${describeState(IT, seen)} and will not become ${goal.until}. ${stuck(goal, seen) ?? ''}${reasons(seen)}`.trim();
    return { ...known, message };
  }
  const failed =
    end.error === null ? '' : ` The last reading failed: ${end.error.code}: ${end.error.message}`;
  const message = `${describeState(IT, seen)} after ${elapsed} s, not yet ${goal.until}.${failed} ${pointless(goal, seen) ?? nextStep(seen, now)}`;
  return { ...base, state: seen.state, timed_out: true, message, ...briefThing(seen) };
}

/** Words for states in other programs; the first state that the thing can have is suggested. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  ready: ['running'],
  up: ['running'],
  active: ['running'],
  online: ['running'],
  started: ['running', 'training'],
  running: ['training'],
  off: ['stopped'],
  paused: ['stopped'],
  terminated: ['deleted', 'cancelled'],
  removed: ['deleted'],
  gone: ['deleted'],
  done: ['terminal'],
  ended: ['terminal'],
  complete: ['terminal'],
  completed: ['terminal'],
  finished: ['terminal'],
  stopped: ['terminal'],
  success: ['succeeded'],
  error: ['failed'],
};

/** The refusal of a state that a thing cannot have, with the one that was probably meant. */
export function refuseUntil(allowed: readonly string[], until: string): GpuError {
  const known = Object.hasOwn(MEANT, until) ? MEANT[until] : undefined;
  const meant = known?.find((one) => allowed.includes(one)) ?? nearest(until, allowed);
  return new GpuError('invalid_input', `until: ${quote(until)} is not a state to wait for here.`, {
    hint: `${meant === null ? '' : `Did you mean ${meant}? `}Use one of: ${allowed.join(', ')}.`,
  });
}
