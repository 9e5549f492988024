import * as z from 'zod';
import type { ActionReply, Cloud, Io, PodChange } from '../core/cloud.ts';
import { resolve, type ToolContext } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { type Pod, type PodState, podSchema } from '../core/model.ts';
import { offered } from '../core/offers.ts';
import type { Outcome } from '../core/outcome.ts';
import { noCost, type Planned } from '../core/plan.ts';
import { formatRef } from '../core/ref.ts';
import { clean, quote, usd } from '../core/text.ts';
import { DONE, gatedOutput, nameField, refField, removeAllField, withRemoved } from './fields.ts';
import { after, describePod, podFacts, podText, target } from './pods.ts';
import { defineTool } from './tool.ts';

const input = z.strictObject({ pod: refField.describe('pod ref') });
const output = gatedOutput({ pod: podSchema.optional() });
type Output = z.input<typeof output>;
const text = ({ message, pod }: z.infer<typeof output>): string =>
  pod === undefined ? message : `${message}\n${podText(pod)}`;

/** One look after a lost reply: did the pod reach a state that only this action leads to? */
async function reached(
  ctx: ToolContext,
  ref: string,
  states: readonly PodState[],
  verb: string,
): Promise<Outcome<Output>> {
  const { at, id } = resolve(ctx, ref, 'pod');
  const pod = await at.pods.get({ ...ctx.io, fresh: true }, id);
  if (states.includes(pod.state)) {
    return { found: { status: DONE, pod, message: `${verb} took effect: ${pod.ref} is ${pod.state}.` } };
  }
  return {
    notFound: `${pod.ref} is ${pod.state}: whether ${verb} will still take effect is not known.`,
    candidates: [pod.ref],
  };
}

/** What start, stop and restart have in common. `proof`: the states that only this action leads to. */
const power = (
  verb: 'start' | 'stop' | 'restart',
  proof: readonly PodState[],
  send: (at: Cloud) => (io: Io, id: string) => Promise<ActionReply>,
) => ({
  toolset: 'pods' as const,
  input,
  output,
  async run({ pod: ref }: z.infer<typeof input>, ctx: ToolContext, { data }: Planned<Pod>) {
    const { at, id } = resolve(ctx, ref, 'pod');
    return { done: await after(ctx, { at, id, pod: data }, await send(at)(ctx.io, id), verb) };
  },
  reconcile: ({ pod }: z.infer<typeof input>, ctx: ToolContext) => reached(ctx, pod, proof, verb),
  text,
});

/** Starts a stopped pod; GPU billing resumes. */
export const startPod = defineTool({
  ...power('start', ['starting', 'running'], ({ pods }) => pods.start),
  name: 'start_pod',
  title: 'Start a pod',
  description: 'Start a stopped pod. COSTS MONEY again once it runs; a person must confirm.',
  effect: 'spend',
  endpoints: ['POST volt /pods/:id/start', 'GET nebula /computing/instance/:id/start'],
  async plan(given, ctx) {
    resolve(ctx, given.pod, 'pod');
    // The gate needs the fleet for this spend in any case; beginning it here puts both into one round trip.
    const [found] = await Promise.all([target(ctx, given.pod, 'start'), ctx.spending.fleet()]);
    const io = { ...ctx.io, fresh: true };
    const [now, running] = await Promise.all([
      found.at.pods.rates(io, [found.pod]),
      found.at.pods.rates(io, [{ ...found.pod, state: 'running' as const }]),
    ]);
    const price = running[0]?.usd_per_hour_max || null;
    const counted = now[0]?.usd_per_hour_max ?? 0;
    return {
      plan: {
        ref: given.pod,
        summary: `Start ${describePod(found)}.`,
        effects: [`Costs $${usd(price)}/h again once it is running.`],
        cost: {
          usd_per_hour: price,
          usd_upfront: 0,
          usd_upfront_max: 0,
          basis:
            price === null
              ? 'the cloud reports no price, or 0, for this pod'
              : (running[0]?.note ?? 'the price the cloud reports for this pod'),
          quoted_at: ctx.now().toISOString(),
        },
        consequences: found.at.pods.notes.start,
        challenge: usd(price),
      },
      cloud: found.at.id,
      facts: podFacts(found),
      adds: { usd_per_hour: price === null ? null : Math.max(0, price - counted), usd_upfront: 0, pods: 0 },
      data: found.pod,
    };
  },
});

/** Stops a running pod. */
export const stopPod = defineTool({
  ...power('stop', ['stopping', 'stopped'], ({ pods }) => pods.stop),
  name: 'stop_pod',
  title: 'Stop a pod',
  description:
    'Stop a running pod; its processes end. A person must confirm.[volt: Volt: GPU billing pauses, disk stays.][nebula: Nebula: not known to end billing; delete_pod does.]',
  effect: 'interrupt',
  endpoints: ['POST volt /pods/:id/stop', 'GET nebula /computing/instance/:id/stop'],
  async plan(given, ctx) {
    const found = await target(ctx, given.pod, 'stop');
    return {
      plan: {
        ref: given.pod,
        summary: `Stop ${describePod(found)}.`,
        effects: ['Running processes end.'],
        consequences: found.at.pods.notes.stop,
        challenge: 'stop',
      },
      cloud: found.at.id,
      facts: podFacts(found),
      ends_billing: found.at.pods.notes.stop_ends_billing,
      data: found.pod,
    };
  },
});

/** Reboots a pod. */
export const restartPod = defineTool({
  // A pod that runs again looks like one that never rebooted, so only the reboot itself proves anything.
  ...power('restart', ['restarting'], (at) => offered(at, 'pods.restart')),
  name: 'restart_pod',
  title: 'Reboot a pod',
  description: 'Reboot a running Nebula pod; work in memory is lost. A person must confirm.',
  effect: 'interrupt',
  needs: 'pods.restart',
  endpoints: ['GET nebula /computing/instance/:id/reboot'],
  async plan(given, ctx) {
    const { at } = resolve(ctx, given.pod, 'pod');
    offered(at, 'pods.restart');
    const found = await target(ctx, given.pod, 'restart');
    return {
      plan: {
        ref: given.pod,
        summary: `Reboot ${describePod(found)}.`,
        effects: ['Running processes end; work in memory is lost.'],
        consequences: found.at.pods.notes.restart,
        challenge: 'restart',
      },
      cloud: found.at.id,
      facts: podFacts(found),
      data: found.pod,
    };
  },
});

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
  text,
});
