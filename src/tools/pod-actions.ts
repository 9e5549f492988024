import type { ActionReply, Cloud } from '../core/cloud.ts';
import { resolve, type ToolContext } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { IN_TRANSITION, type Pod, type PodState } from '../core/model.ts';
import { challengeFor, clean, quote } from '../core/text.ts';
import { DONE, says, sentences } from './fields.ts';
import { type Readers, readUnlessGone } from './gone.ts';

/** States from which each action makes sense; in `unknown` and `failed` the cloud decides. */
const ALLOWED_FROM = {
  start: ['stopped', 'unknown', 'failed'],
  stop: ['running', 'unknown', 'failed'],
  restart: ['running', 'unknown', 'failed'],
  update: ['running', 'stopped', 'unknown', 'failed'],
  delete: ['provisioning', 'running', 'starting', 'stopping', 'stopped', 'restarting', 'unknown', 'failed'],
} as const satisfies Record<string, readonly PodState[]>;
export type PodAction = keyof typeof ALLOWED_FROM;

/** A pod that a tool is about to act on. */
export interface Target {
  at: Cloud;
  id: string;
  pod: Pod;
}

function nextStep(state: PodState, action: PodAction): string {
  if (state === 'deleted' || state === 'deleting') return 'It is gone or going; see list_pods.';
  if (IN_TRANSITION.has(state)) return 'Use wait_for to wait until it settles, or get_pod to look again.';
  if ((action === 'start' && state === 'running') || (action === 'stop' && state === 'stopped')) {
    return `It is ${state} already; there is nothing to do.`;
  }
  return state === 'stopped' ? 'Call start_pod first.' : 'Use get_pod to look again.';
}

/** Reads the pod and refuses the action if its state does not allow it. @throws GpuError `wrong_state`, `not_found` */
export async function target(ctx: ToolContext, ref: string, action: PodAction): Promise<Target> {
  const { at, id } = resolve(ctx, ref, 'pod');
  const pod = await at.pods.get({ ...ctx.io, fresh: true }, id);
  const allowed: readonly PodState[] = ALLOWED_FROM[action];
  if (allowed.includes(pod.state)) return { at, id, pod };
  throw new GpuError(
    'wrong_state',
    `pod: ${pod.ref} is ${pod.state}; ${action} needs ${allowed.slice(0, -2).join(' or ')}.`,
    { hint: nextStep(pod.state, action), cloud: at.id },
  );
}

/** The pod in one phrase for a plan: quoted name, cloud, id, GPUs. Its facts come from fields, never from the name. */
export function describePod({ at, id, pod }: Target): string {
  const gpus = pod.gpu_model === null ? '' : `, ${pod.gpu_count ?? '?'} x ${clean(pod.gpu_model, 40)}`;
  return `pod ${quote(pod.name)} (${at.title} id ${clean(id, 80)}${gpus}, ${pod.state})`;
}

/** What a person types to destroy a pod: its name, or the last six characters of its id if it has none. */
export const podChallenge = ({ pod }: Target): string => challengeFor(pod.name, pod.id);

/** What must still hold when the action is executed. */
export const podFacts = ({ pod }: Target) => ({ name: pod.name, state: pod.state, raw_state: pod.raw_state });

/** How a pod is read, to know whether it still exists. */
export const podReaders = ({ pods }: Cloud, id: string): Readers<Pod> => ({
  get: (io) => pods.get(io, id),
  list: (io) => pods.list(io),
});

/** The pod as the reply shows it, or undefined if the reply names no state. */
const asReplied = ({ pod }: Target, { state, raw_state }: ActionReply): Pod | undefined =>
  state === undefined ? undefined : { ...pod, state, raw_state };

/** What is left of a pod after an action: the pod as it is now, `gone`, or `unread`. */
const readAgain = (ctx: ToolContext, { at, id, pod }: Target): Promise<Pod | 'gone' | 'unread'> =>
  readUnlessGone(ctx.io, pod.ref, podReaders(at, id)).then(
    (now) => now ?? 'gone',
    () => 'unread',
  );

const NOT_THERE = {
  gone: 'It no longer exists: the rental has ended, and the data on it may be lost. Tell the user.',
  unread: 'It could not be read again; use get_pod.',
};

/**
 * The result of an action: the cloud's words, our notes, and the pod as it is now: in the state that the reply names,
 * else (and after an update, whose reply shows too little) read again, and absent if that fails.
 */
export async function after(
  ctx: ToolContext,
  found: Target,
  reply: ActionReply,
  verb: 'start' | 'stop' | 'restart' | 'update',
) {
  const { at, pod } = found;
  const replied = verb === 'update' ? undefined : asReplied(found, reply);
  const now = replied ?? (await readAgain(ctx, found));
  const read = now === 'gone' || now === 'unread' ? null : now;
  return {
    status: DONE,
    ...(read !== null && { pod: read }),
    message: sentences(
      `${verb} was accepted for ${pod.ref}.`,
      says(at.title, reply.message),
      ...reply.notes,
      now === 'gone' || now === 'unread' ? NOT_THERE[now] : `It is now ${now.state}.`,
    ),
  };
}
