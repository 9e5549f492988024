import * as z from 'zod';
import type { ActionReply, Cloud } from '../../core/cloud.ts';
import { resolve, type ToolContext } from '../../core/context.ts';
import { GpuError, isCode } from '../../core/errors.ts';
import { IN_TRANSITION, type Pod, type PodState } from '../../core/model.ts';
import type { PlanDraft } from '../../core/plan.ts';
import type { PodInFull } from '../../core/pods-shown.ts';
import { formatRef } from '../../core/ref.ts';
import { challengeFor, clean, dollars, facts, quote, usd } from '../../core/text.ts';
import { DONE, gatedOutput, podHead, quoteReply, refField, sentences } from '../fields.ts';
import { type Readers, readUnlessGone } from '../reconcile.ts';
import { defineTool } from '../tool.ts';

/** The GPUs of a pod in a few words. */
export const gpusOf = (pod: Pod): string | null =>
  pod.gpu_model === null ? null : `${pod.gpu_count ?? '?'} x ${pod.gpu_model}`;

/** The state of a pod, with the cloud's own word if it is not a known one. */
export const stateOf = (pod: Pod): string =>
  pod.state === 'unknown' ? `unknown (${pod.raw_state ?? '?'})` : pod.state;

/** Root disk and ephemeral disk, GB. */
export const diskOf = (root: number | null, ephemeral: number | null): string | number | null =>
  ephemeral === null ? root : `${root ?? '?'} + ${ephemeral}`;

/** The login of a pod: its ssh command, else its known address and user. */
const loginOf = (pod: Pod): (readonly [string, string | number | null])[] =>
  pod.ssh_command !== null
    ? [['ssh', pod.ssh_command]]
    : [
        ['ip', pod.public_ip],
        ['ssh port', pod.ssh_port],
        ['ssh user', pod.ssh_user],
      ];

const keysOf = ({ cloud, ssh_key_ids: ids }: Pod): string | null =>
  ids === null ? null : ids.map((id) => formatRef(cloud, 'ssh_key', id)).join(', ');

/** The message of an action and the pod in lines; its ref only if the message does not name it. */
export const withPod = (message: string, pod: Pod | undefined): string =>
  pod === undefined ? message : `${message}\n${podText(pod, undefined, message.includes(pod.ref))}`;

/** A pod as lines for the model: what it is, what it costs, how to reach it. */
export function podText(pod: Pod, more?: Omit<PodInFull, keyof Pod>, isNamed = false): string {
  const known = facts([
    ['pod', isNamed ? null : pod.ref],
    ['name', pod.name === null ? null : quote(pod.name)],
    ['state', stateOf(pod)],
    ['gpu', gpusOf(pod)],
    ['usd_per_hour', pod.hourly_cost_usd === null ? null : usd(pod.hourly_cost_usd)],
    ['cost so far', pod.total_cost_usd === null ? null : `$${usd(pod.total_cost_usd)}`],
    ['up', pod.uptime_hours === null ? null : `${pod.uptime_hours} h`],
    ...loginOf(pod),
    ['private ip', pod.private_ip],
    ['ssh keys', more?.ssh_keys?.join(', ') ?? keysOf(pod)],
    ['ports of its template', more?.ports?.join(', ')],
    ['lease ends', more?.lease_ends_at],
    ['login', pod.login_method],
    ['CPUs', pod.cpu_cores],
    ['RAM GB', pod.memory_gb],
    ['disk GB', diskOf(pod.root_disk_gb, pod.ephemeral_disk_gb)],
    ['image', pod.image],
    ['kind', [pod.provider, pod.machine_kind].filter(Boolean).join(' ')],
    ['region', pod.region],
    ['confidential', pod.confidential === true ? (pod.attestation ?? 'yes') : null],
    ['created', pod.created_at_utc],
    ['started', pod.started_at_utc ?? pod.started_at_raw],
  ]);
  return [known, ...pod.warnings.map((warning) => `! ${warning}`)].join('\n');
}

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

/** Reads the pod that an action is for. @throws GpuError `wrong_state` if its state does not allow the action, `not_found` */
export async function readTarget(ctx: ToolContext, ref: string, action: PodAction): Promise<Target> {
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

/** The pod in one phrase for a plan, which names its ref too: quoted name, cloud, GPUs. Its facts come from fields, never from the name. */
export function describePod({ at, pod }: Target): string {
  const gpus = pod.gpu_model === null ? '' : `, ${pod.gpu_count ?? '?'} x ${clean(pod.gpu_model, 40)}`;
  return `pod ${quote(pod.name)} (${at.title}${gpus}, ${pod.state})`;
}

/** The text that a person types to destroy a pod: its name, else the last six characters of its id. */
const podChallenge = ({ pod }: Target): string => challengeFor(pod.name, pod.id);

/** Facts that must still hold when the action is executed. */
export const podFacts = ({ pod }: Target) => ({ name: pod.name, state: pod.state, raw_state: pod.raw_state });

/** Readers of a pod, to know whether it still exists. */
export const podReaders = ({ pods }: Cloud, id: string): Readers<Pod> => ({
  get: (io) => pods.get(io, id),
  list: (io) => pods.list(io),
  isGone: ({ state }) => state === 'deleted',
});

/** The pod in the state that the reply names; null if it names none. */
export const asReplied = ({ pod }: Target, { state, raw_state }: ActionReply): Pod | null =>
  state === undefined ? null : { ...pod, state, raw_state };

/** The pod after an action: as it is now, `gone`, or `unread` if it could not be read. */
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
  const { at, pod } = found;
  const now = replied ?? (await readAgain(ctx, found));
  const read = now === 'gone' || now === 'unread' ? null : now;
  return {
    status: DONE,
    ...(read !== null && { pod: read }),
    message: sentences(
      read === null ? `The ${verb} of ${pod.ref} was accepted.` : `The ${verb} was accepted.`,
      quoteReply(at.title, reply.message),
      ...reply.notes,
      now === 'gone' || now === 'unread' ? NOT_THERE[now] : null,
    ),
  };
}

type Left = 'deleted' | 'deleting' | Pod;

const leftOf = (pod: Pod | null): Left => {
  if (pod === null || pod.state === 'deleted') return 'deleted';
  return pod.state === 'deleting' ? 'deleting' : pod;
};

/** The pod after the cloud accepted its deletion: as the reply shows it, else read; "not found" is enough then. */
async function leftAfterReply(ctx: ToolContext, ref: string, reply: ActionReply): Promise<Left> {
  if (reply.state === 'deleted') return 'deleted';
  if (reply.state === 'deleting') return 'deleting';
  const { at, id } = resolve(ctx, ref, 'pod');
  const pod = await at.pods.get({ ...ctx.io, fresh: true }, id).catch((error: unknown) => {
    if (isCode(error, 'not_found')) return null;
    throw error;
  });
  return leftOf(pod);
}

/** What is said of a pod after it was deleted, by its state. */
export const ENDS = {
  deleted: (ref: string) => `${ref} is deleted; it is no longer billed.`,
  deleting: (ref: string) => `${ref} is being deleted; check again with list_pods.`,
};

/** The plan to delete a pod. */
export function deletePlan(found: Target): PlanDraft<Pod> {
  const { pod, at } = found;
  const spent = pod.total_cost_usd === null ? [] : [`It has cost ${dollars(pod.total_cost_usd)} so far.`];
  return {
    plan: {
      ref: pod.ref,
      summary: `Delete ${describePod(found)} for good.`,
      effects: ['The pod and its local disk are gone; its billing ends.', ...spent],
      consequences: at.pods.notes.delete,
      challenge: podChallenge(found),
    },
    head: podHead('Delete', at, pod, 'delete'),
    cloud: at.id,
    facts: podFacts(found),
    ends_billing: true,
    data: pod,
  };
}

/** Deletes a pod with its data. */
export const deletePod = defineTool({
  name: 'delete_pod',
  title: 'Delete a pod',
  description: 'Delete a pod for good: data on it is lost, billing ends. A person must confirm.',
  toolset: 'pods',
  effect: 'destroy',
  always_load: true,
  ends_costs: true,
  changes_list: true,
  input: z.strictObject({ pod: refField('pod').describe('pod ref') }),
  output: gatedOutput({ ref: z.string().optional() }),
  plan: async (given, ctx) => deletePlan(await readTarget(ctx, given.pod, 'delete')),
  async run(given, ctx) {
    const { at, id } = resolve(ctx, given.pod, 'pod');
    const reply = await at.pods.delete(ctx.io, id);
    const left = await leftAfterReply(ctx, given.pod, reply).catch(() => null);
    const end =
      left === 'deleted' || left === 'deleting'
        ? ENDS[left](given.pod)
        : `The deletion of ${given.pod} was accepted, but ${left === null ? 'it could not be read again' : `it is still ${left.state}`}: check with list_pods, it may still cost money.`;
    const message = sentences(end, quoteReply(at.title, reply.message), ...reply.notes);
    return { done: { status: DONE, ref: given.pod, message } };
  },
  async reconcile(given, ctx) {
    const { at, id } = resolve(ctx, given.pod, 'pod');
    const left = leftOf(await readUnlessGone(ctx.io, given.pod, podReaders(at, id)));
    if (left === 'deleted' || left === 'deleting') {
      return { found: { status: DONE, ref: given.pod, message: ENDS[left](given.pod) } };
    }
    return { notFound: `${left.ref} is still ${left.state}.`, candidates: [left.ref] };
  },
});
