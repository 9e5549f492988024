import type { ActionReply, Cloud } from '../../core/cloud.ts';
import { resolve, type ToolContext } from '../../core/context.ts';
import { GpuError } from '../../core/errors.ts';
import { IN_TRANSITION, type Pod, type PodState } from '../../core/model.ts';
import { clean, quote } from '../../core/text.ts';
import { DONE, quoteReply, sentences } from '../fields.ts';
import { readUnlessGone } from '../reconcile.ts';
import { podReaders } from './pods.ts';

// The pod that a tool acts on, before and after.

/** States in which each action is possible; in `unknown` and `failed` the cloud decides. */
const ALLOWED_FROM = {
  start: ['stopped', 'unknown', 'failed'],
  stop: ['running', 'unknown', 'failed'],
  restart: ['running', 'unknown', 'failed'],
  update: ['running', 'stopped', 'unknown', 'failed'],
  delete: ['provisioning', 'running', 'starting', 'stopping', 'stopped', 'restarting', 'unknown', 'failed'],
} as const satisfies Record<string, readonly PodState[]>;
type PodAction = keyof typeof ALLOWED_FROM;

/** A pod that a tool is about to act on. */
export interface Target {
  at: Cloud;
  id: string;
  pod: Pod;
}

function nextStep(state: PodState, action: PodAction): string {
  if (state === 'deleted' || state === 'deleting') return 'It is deleted or being deleted; see list_pods.';
  if (IN_TRANSITION.has(state)) return 'Use wait_for until the state is final, or get_pod to read it again.';
  if ((action === 'start' && state === 'running') || (action === 'stop' && state === 'stopped')) {
    return `It is ${state} already; there is nothing to do.`;
  }
  return state === 'stopped' ? 'Call start_pod first.' : 'Use get_pod to read it again.';
}

/** True if the action is possible in this state, or if only the cloud knows. */
export const allows = (action: PodAction, state: PodState): boolean =>
  ALLOWED_FROM[action].some((one) => one === state);

/** Reads the pod that an action is for; null = it is possible in any state. @throws GpuError `wrong_state` if its state does not allow the action, `not_found` */
export async function readTarget(ctx: ToolContext, ref: string, action: PodAction | null): Promise<Target> {
  const { at, id } = resolve(ctx, ref, 'pod');
  const pod = await at.pods.get(ctx.io, id);
  if (action === null || allows(action, pod.state)) return { at, id, pod };
  const needed = ALLOWED_FROM[action].slice(0, -2).join(' or ');
  throw new GpuError('wrong_state', `pod: ${pod.ref} is ${pod.state}; ${action} needs ${needed}.`, {
    hint: nextStep(pod.state, action),
    cloud: at.id,
  });
}

/** The pod in one phrase for a plan, which names its ref too: quoted name, cloud, GPUs. Its facts come from fields, never from the name. */
export function describePod({ at, pod }: Target): string {
  const gpus = pod.gpu_model === null ? '' : `, ${pod.gpu_count ?? '?'} x ${clean(pod.gpu_model, 40)}`;
  return `pod ${quote(pod.name)} (${at.title}${gpus}, ${pod.state})`;
}

/** Facts that must still hold when the action is executed. */
export const podFacts = ({ pod }: Target) => ({ name: pod.name, state: pod.state, raw_state: pod.raw_state });

/** The pod in the state that the reply names; null if it names none. */
export const asReplied = ({ pod }: Target, { state, raw_state }: ActionReply): Pod | null =>
  state === undefined ? null : { ...pod, state, raw_state };

const GONE = 'It no longer exists: the rental has ended, and the data on it may be lost. Tell the user.';
const UNREAD = 'It could not be read again; use get_pod.';

/**
 * The result of an action: the cloud's message, our notes, and the pod as it is now: as the reply shows it (`replied`),
 * else read again, and absent if that fails.
 */
export async function actionResult(
  ctx: ToolContext,
  found: Target,
  reply: ActionReply,
  verb: 'start' | 'stop' | 'restart' | 'update',
  replied: Pod | null = asReplied(found, reply),
) {
  const { at, id, pod } = found;
  const now =
    replied ??
    (await readUnlessGone(ctx.io, pod.ref, podReaders(at, id)).then(
      (read) => read ?? GONE,
      () => UNREAD,
    ));
  const isRead = typeof now !== 'string';
  return {
    status: DONE,
    ...(isRead && { pod: now }),
    message: sentences(
      isRead ? `The ${verb} was accepted.` : `The ${verb} of ${pod.ref} was accepted.`,
      quoteReply(at.title, reply.message),
      ...reply.notes,
      isRead ? null : now,
    ),
  };
}
