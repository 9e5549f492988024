import * as z from 'zod';
import type { ActionReply, PodChange } from '../core/cloud.ts';
import { resolve, type ToolContext } from '../core/context.ts';
import { GpuError, isCode } from '../core/errors.ts';
import { type Pod, podSchema } from '../core/model.ts';
import { offered } from '../core/offers.ts';
import { noCost } from '../core/plan.ts';
import { formatRef } from '../core/ref.ts';
import { clean, quote, usd } from '../core/text.ts';
import { removeAllField, withRemoved } from './emptied.ts';
import { DONE, gatedOutput, nameField, refField, says, sentences } from './fields.ts';
import { readUnlessGone } from './gone.ts';
import { after, describePod, podChallenge, podFacts, podReaders, target } from './pod-actions.ts';
import { podText } from './pods-read.ts';
import { defineTool } from './tool.ts';

const updateInput = z.strictObject({
  pod: refField.describe('pod ref'),
  name: nameField.optional(),
  ssh_keys: z.array(refField).max(20).optional().describe('Replaces all keys of the pod'),
  volume_gb: z.number().int().min(1).max(100_000).optional().describe('Needs a stopped pod'),
  remove_all: removeAllField(['ssh_keys']),
});
type UpdateInput = z.infer<typeof updateInput>;

const wanted = (given: UpdateInput): UpdateInput => withRemoved(given, { ssh_keys: [] });

function toChange(ctx: ToolContext, given: UpdateInput): PodChange {
  const { cloud } = resolve(ctx, given.pod, 'pod');
  const keyId = (text: string): string => {
    const key = resolve(ctx, text, 'ssh_key', 'ssh_keys');
    if (key.cloud === cloud) return key.id;
    throw new GpuError('invalid_input', `ssh_keys: a key of ${key.cloud} cannot go on a pod of ${cloud}.`, {
      hint: `Use list_ssh_keys with cloud=${cloud}.`,
    });
  };
  const change: PodChange = {
    ...(given.name !== undefined && { name: given.name }),
    ...(given.ssh_keys !== undefined && { ssh_key_ids: [...new Set(given.ssh_keys.map(keyId))] }),
    ...(given.volume_gb !== undefined && { volume_gb: given.volume_gb }),
  };
  if (Object.keys(change).length > 0) return change;
  throw new GpuError('invalid_input', 'name, ssh_keys, volume_gb, remove_all: at least one is needed.', {
    hint: 'Pass what should change.',
  });
}

const sorted = (ids: readonly string[] | null | undefined): string => [...(ids ?? [])].sort().join(', ');

function shows(pod: Pod, change: PodChange): boolean {
  return (
    (change.ssh_key_ids === undefined || sorted(change.ssh_key_ids) === sorted(pod.ssh_key_ids)) &&
    (change.name === undefined || clean(change.name) === pod.name) &&
    (change.volume_gb === undefined || change.volume_gb === pod.root_disk_gb)
  );
}

function keyEffects(pod: Pod, keys: readonly string[]): string[] {
  const names = (refs: readonly string[]) => refs.map((ref) => quote(ref)).join(', ') || 'none';
  const becomes = `Its SSH keys become exactly: ${names(keys)}.`;
  if (pod.ssh_key_ids === null) {
    return [
      becomes,
      'It is not known which SSH keys are taken off: the cloud does not name the present ones.',
    ];
  }
  const present = pod.ssh_key_ids.map((id) => formatRef(pod.cloud, 'ssh_key', id));
  return [becomes, `SSH keys that are taken off: ${names(present.filter((ref) => !keys.includes(ref)))}.`];
}

function volumeEffects({ root_disk_gb: now }: Pod, gb: number): string[] {
  const becomes = `Its volume becomes ${gb} GB (now ${now === null ? 'unknown' : `${now} GB`}).`;
  return now === null || gb >= now
    ? [becomes]
    : [becomes, 'It becomes smaller: no document says that the data on it is kept. Back up first.'];
}

const effectsOf = (given: UpdateInput, pod: Pod): string[] => [
  ...(given.name === undefined ? [] : [`Its name becomes ${quote(given.name)}.`]),
  ...(given.ssh_keys === undefined ? [] : keyEffects(pod, given.ssh_keys)),
  ...(given.volume_gb === undefined ? [] : volumeEffects(pod, given.volume_gb)),
];

const output = gatedOutput({ pod: podSchema.optional() });

/** Renames a pod, replaces its SSH keys, or resizes its volume. */
export const updatePod = defineTool({
  name: 'update_pod',
  title: 'Change a pod',
  description:
    "Change a Volt pod's name, SSH keys (replaces them all) or volume size. A person must confirm.",
  toolset: 'pods',
  effect: 'change',
  needs: 'pods.update',
  only: { volume_gb: ({ pods }) => pods.has_volumes },
  input: updateInput,
  output,
  endpoints: ['PUT volt /pods/:id'],
  async plan(input, ctx) {
    const given = wanted(input);
    const { at } = resolve(ctx, given.pod, 'pod');
    offered(at, 'pods.update');
    const change = toChange(ctx, given);
    const found = await target(ctx, given.pod, 'update');
    if (change.volume_gb !== undefined && found.pod.state !== 'stopped') {
      throw new GpuError(
        'wrong_state',
        `volume_gb: ${found.pod.ref} is ${found.pod.state}; a volume can change only while the pod is stopped.`,
        {
          hint: 'Use stop_pod and wait_for until=stopped first, or leave volume_gb out.',
          cloud: at.id,
        },
      );
    }
    return {
      plan: {
        ref: given.pod,
        summary: `Change ${describePod(found)}.`,
        effects: effectsOf(given, found.pod),
        cost: noCost(
          ctx.now().toISOString(),
          'no price for an update is documented; a larger volume may cost more',
        ),
        consequences: at.pods.notes.update,
        challenge: 'update',
      },
      cloud: at.id,
      facts: {
        ...podFacts(found),
        ...(given.ssh_keys !== undefined && { ssh_keys: sorted(found.pod.ssh_key_ids) }),
        ...(given.volume_gb !== undefined && { volume_gb: found.pod.root_disk_gb }),
      },
      data: found.pod,
    };
  },
  async run(given, ctx, { data }) {
    const { at, id } = resolve(ctx, given.pod, 'pod');
    const update = offered(at, 'pods.update');
    return {
      done: await after(
        ctx,
        { at, id, pod: data },
        await update(ctx.io, id, toChange(ctx, wanted(given))),
        'update',
      ),
    };
  },
  async reconcile(given: UpdateInput, ctx: ToolContext) {
    const { at, id } = resolve(ctx, given.pod, 'pod');
    const pod = await at.pods.get({ ...ctx.io, fresh: true }, id);
    if (!shows(pod, toChange(ctx, wanted(given)))) {
      return { notFound: `${pod.ref} does not show the change.`, candidates: [pod.ref] };
    }
    const message = `update took effect: ${pod.ref} now has what was asked for.`;
    return { found: { status: DONE, pod, message } };
  },
  text: ({ message, pod }) => (pod === undefined ? message : `${message}\n${podText(pod)}`),
});

type Left = 'gone' | 'going' | Pod;

const leftOf = (pod: Pod | null): Left => {
  if (pod === null || pod.state === 'deleted') return 'gone';
  return pod.state === 'deleting' ? 'going' : pod;
};

/** What is left after the cloud accepted a deletion: as its reply says, else read; its own "not found" is enough then. */
async function leftAfterReply(ctx: ToolContext, ref: string, reply: ActionReply): Promise<Left> {
  if (reply.state === 'deleted') return 'gone';
  if (reply.state === 'deleting') return 'going';
  const { at, id } = resolve(ctx, ref, 'pod');
  const pod = await at.pods.get({ ...ctx.io, fresh: true }, id).catch((error: unknown) => {
    if (isCode(error, 'not_found')) return null;
    throw error;
  });
  return leftOf(pod);
}

const ENDS = {
  gone: (ref: string) => `${ref} is deleted; it is no longer billed.`,
  going: (ref: string) => `${ref} is being deleted; look once more with list_pods.`,
};

/** Deletes a pod and what is on it. */
export const deletePod = defineTool({
  name: 'delete_pod',
  title: 'Delete a pod',
  description:
    'Delete a pod for good: data on it is lost, billing ends. A person must confirm by typing its name.',
  toolset: 'pods',
  effect: 'destroy',
  input: z.strictObject({ pod: refField.describe('pod ref') }),
  output: gatedOutput({ ref: z.string().optional() }),
  endpoints: ['DELETE volt /pods/:id', 'DELETE nebula /computing/instance/:id'],
  async plan(given, ctx) {
    const found = await target(ctx, given.pod, 'delete');
    const { pod, at } = found;
    const spent = pod.total_cost_usd === null ? [] : [`It has cost $${usd(pod.total_cost_usd)} so far.`];
    return {
      plan: {
        ref: given.pod,
        summary: `Delete ${describePod(found)} for good.`,
        effects: ['The pod and its local disk are gone; its billing ends.', ...spent],
        consequences: at.pods.notes.delete,
        challenge: podChallenge(found),
      },
      cloud: at.id,
      facts: podFacts(found),
      ends_billing: true,
      data: found.pod,
    };
  },
  async run(given, ctx) {
    const { at, id } = resolve(ctx, given.pod, 'pod');
    const reply = await at.pods.delete(ctx.io, id);
    const left = await leftAfterReply(ctx, given.pod, reply).catch(() => null);
    const end =
      left === 'gone' || left === 'going'
        ? ENDS[left](given.pod)
        : `The deletion of ${given.pod} was accepted, but ${left === null ? 'it could not be read again' : `it is still ${left.state}`}: check with list_pods, it may still cost money.`;
    const said = says(at.title, reply.message);
    return { done: { status: DONE, ref: given.pod, message: sentences(end, said, ...reply.notes) } };
  },
  async reconcile(given, ctx) {
    const { at, id } = resolve(ctx, given.pod, 'pod');
    const left = leftOf(await readUnlessGone(ctx.io, given.pod, podReaders(at, id)));
    if (left === 'gone' || left === 'going') {
      return { found: { status: DONE, ref: given.pod, message: ENDS[left](given.pod) } };
    }
    return { notFound: `${left.ref} is still ${left.state}.`, candidates: [left.ref] };
  },
});
