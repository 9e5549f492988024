import * as z from 'zod';
import type { PodChange } from '../core/cloud.ts';
import { resolve, type ToolContext } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import type { Pod } from '../core/model.ts';
import { offered } from '../core/offers.ts';
import { noCost } from '../core/plan.ts';
import { formatRef } from '../core/ref.ts';
import { clean, quote } from '../core/text.ts';
import { DONE, head, nameField, refField, removeAllField, withRemoved } from './fields.ts';
import { after, describePod, podFacts, target } from './pods.ts';
import { output, text } from './pods-change.ts';
import { defineTool } from './tool.ts';

const input = z.strictObject({
  pod: refField.describe('pod ref'),
  name: nameField.optional(),
  ssh_keys: z.array(refField).max(20).optional().describe('Replaces all keys of the pod'),
  volume_gb: z.number().int().min(1).max(100_000).optional().describe('Needs a stopped pod'),
  remove_all: removeAllField(['ssh_keys']),
});
type Input = z.infer<typeof input>;

const wanted = (given: Input): Input => withRemoved(given, { ssh_keys: [] });

function toChange(ctx: ToolContext, given: Input): PodChange {
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

/** The worst of an update, by what it changes. */
function worstOf({ ssh_keys, volume_gb }: Input): string {
  if (ssh_keys !== undefined) return 'SSH keys that are not in the new list are taken off.';
  return volume_gb === undefined ? 'Nothing else of it changes.' : 'The volume changes: back up first.';
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

const effectsOf = (given: Input, pod: Pod): string[] => [
  ...(given.name === undefined ? [] : [`Its name becomes ${quote(given.name)}.`]),
  ...(given.ssh_keys === undefined ? [] : keyEffects(pod, given.ssh_keys)),
  ...(given.volume_gb === undefined ? [] : volumeEffects(pod, given.volume_gb)),
];

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
  input: input,
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
      head: head(`Change ${at.title} pod`, found.pod.name, worstOf(given)),
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
  async reconcile(given: Input, ctx: ToolContext) {
    const { at, id } = resolve(ctx, given.pod, 'pod');
    const pod = await at.pods.get({ ...ctx.io, fresh: true }, id);
    if (!shows(pod, toChange(ctx, wanted(given)))) {
      return { notFound: `${pod.ref} does not show the change.`, candidates: [pod.ref] };
    }
    const message = `update took effect: ${pod.ref} now has what was asked for.`;
    return { found: { status: DONE, pod, message } };
  },
  text,
});
