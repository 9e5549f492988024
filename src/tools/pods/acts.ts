import * as z from 'zod';
import type { ActionReply, Cloud, Io } from '../../core/cloud.ts';
import { resolve, type ToolContext } from '../../core/context.ts';
import { isCode } from '../../core/errors.ts';
import { requireFeature } from '../../core/features.ts';
import { type Pod, type PodState, podSchema } from '../../core/model.ts';
import { type Lease, type PlanDraft, type Planned, PROCESSES_END } from '../../core/plan.ts';
import { briefPod } from '../../core/shown.ts';
import { challengeFor, dollars, usd } from '../../core/text.ts';
import { DONE, gatedOutput, podHead, quoteReply, refField, sentences, untilEnded } from '../fields.ts';
import { readUnlessGone } from '../reconcile.ts';
import { defineTool } from '../tool.ts';
import { leaseWords } from './leases.ts';
import { podReaders, withPod } from './pods.ts';
import { actionResult, allows, describePod, podFacts, readTarget, type Target } from './target.ts';

const input = z.strictObject({ pod: refField('pod').describe('pod ref') });
type Input = z.infer<typeof input>;
/** The output of a change to one pod. */
export const output = gatedOutput({ pod: podSchema.optional() });
/** The text of a change to one pod. */
export const text = ({ message, pod }: z.infer<typeof output>): string => withPod(message, pod);

const VERBS = { start: 'Start', stop: 'Stop', restart: 'Reboot', delete: 'Delete' } as const;

/** The plan of an action beyond what all of them have. */
interface ActionPlan extends Partial<Omit<PlanDraft<Pod>, 'plan'>> {
  effects: string[];
  challenge: string;
  /** Left out: the notes of the cloud. */
  consequences?: string[];
  cost?: Planned['plan']['cost'];
  /** After the pod in the summary. */
  scope?: string;
  /** Until when the hourly price is paid. */
  until?: string;
}

/** The plan of an action on one pod. */
function podPlan(action: keyof typeof VERBS, found: Target, own: ActionPlan): PlanDraft<Pod> {
  const { at, pod } = found;
  const { effects, challenge, consequences = at.pods.notes[action], cost, scope = '', until, ...more } = own;
  return {
    plan: {
      ref: pod.ref,
      summary: `${VERBS[action]} ${describePod(found)}${scope}.`,
      effects,
      consequences,
      challenge,
      ...(cost !== undefined && { cost }),
    },
    head: podHead(VERBS[action], at, pod, action, until),
    cloud: at.id,
    facts: podFacts(found),
    data: pod,
    ...more,
  };
}

/** The warning that a stopped pod may still cost; null if stopping ends its billing. */
const stillCosts = ({ pods, title }: Cloud, { hourly_cost_usd: price }: Pod): string | null =>
  pods.notes.stop_ends_billing
    ? null
    : `WARNING: stopping is not known to end its cost on ${title}: still $${usd(price)}/h until it is deleted (delete_pod).`;

/** The common part of start, stop and restart. `proof`: the states that only this action leads to. */
const power = (
  verb: 'start' | 'stop' | 'restart',
  proof: readonly PodState[],
  send: (at: Cloud) => (io: Io, id: string) => Promise<ActionReply>,
) => ({
  toolset: 'pods' as const,
  input,
  output,
  async run({ pod: ref }: Input, ctx: ToolContext, { data }: Planned<Pod>) {
    const { at, id } = resolve(ctx, ref, 'pod');
    const { pod, ...done } = await actionResult(ctx, { at, id, pod: data }, await send(at)(ctx.io, id), verb);
    const costs = verb === 'stop' ? stillCosts(at, data) : null;
    return {
      done: {
        ...done,
        ...(pod !== undefined && { pod: briefPod(pod) }),
        message: sentences(done.message, costs),
      },
    };
  },
  async reconcile({ pod: ref }: Input, ctx: ToolContext) {
    const { at, id } = resolve(ctx, ref, 'pod');
    const pod = await at.pods.get(ctx.io, id);
    if (!proof.includes(pod.state)) {
      const notFound = `${ref} is ${pod.state}: whether ${verb} will still take effect is not known.`;
      return { notFound, candidates: [ref] };
    }
    return {
      found: { status: DONE, pod: briefPod(pod), message: `${verb} took effect: ${ref} is ${pod.state}.` },
    };
  },
  text,
});

/** The end of a lease to the minute, for a first line; null for a reminder, which ends nothing. */
const untilOf = (lease: Lease | null): string | null =>
  lease === null || lease.kind === 'reminder'
    ? null
    : `at ${lease.ends_at.slice(0, 16).replace('T', ' ')} UTC`;

/**
 * The pod as the fleet shows it, with which the caps are checked. It is read by itself only if that state does not allow
 * a start, because a list may lag behind. @throws GpuError `wrong_state`, `not_found`
 */
async function startable(ctx: ToolContext, ref: string): Promise<Target> {
  const { at, id } = resolve(ctx, ref, 'pod');
  const { pods } = await ctx.spending.fleet();
  const listed = pods.find(({ pod }) => pod.cloud === at.id && pod.id === id)?.pod;
  return listed !== undefined && allows('start', listed.state)
    ? { at, id, pod: listed }
    : readTarget(ctx, ref, 'start');
}

/** Starts a stopped pod; GPU billing resumes. */
export const startPod = defineTool({
  ...power('start', ['starting', 'running'], ({ pods }) => pods.start),
  name: 'start_pod',
  title: 'Start a pod',
  description: 'Start a stopped pod. COSTS MONEY again once it runs; a person must confirm.',
  effect: 'spend',
  async plan(given, ctx) {
    const [found, leases] = await Promise.all([startable(ctx, given.pod), ctx.spending.leases.all()]);
    const { at, pod } = found;
    const lease = leases.find(({ ref }) => ref === pod.ref) ?? null;
    const [now, running] = await Promise.all([
      at.pods.rates(ctx.io, [pod]),
      at.pods.rates(ctx.io, [{ ...pod, state: 'running' as const }]),
    ]);
    const price = running[0]?.usd_per_hour_max || null;
    const counted = now[0]?.usd_per_hour_max ?? 0;
    const basis =
      price === null
        ? 'the cloud reports no price, or 0, for this pod'
        : (running[0]?.note ?? 'the price the cloud reports for this pod');
    return podPlan('start', found, {
      effects: [`Costs ${price === null ? 'money' : `$${usd(price)}/h`} again once it is running.`],
      cost: {
        usd_per_hour: price,
        usd_upfront: 0,
        usd_upfront_max: 0,
        basis,
        quoted_at: ctx.now().toISOString(),
      },
      consequences: [
        ...at.pods.notes.start,
        ...(lease === null ? [] : [leaseWords(at, lease.ends_at, lease.kind)]),
      ],
      challenge: usd(price),
      until: untilEnded(at, untilOf(lease)),
      facts: { ...podFacts(found), lease_ends_at: lease?.ends_at ?? null },
      adds: { usd_per_hour: price === null ? null : Math.max(0, price - counted), usd_upfront: 0, pods: 0 },
    });
  },
});

/** The plan to stop a pod. */
export const stopPlan = (found: Target): PlanDraft<Pod> =>
  podPlan('stop', found, {
    effects: [PROCESSES_END],
    challenge: 'stop',
    ends_billing: found.at.pods.notes.stop_ends_billing,
  });

/** Stops a running pod. */
export const stopPod = defineTool({
  ...power('stop', ['stopping', 'stopped'], ({ pods }) => pods.stop),
  name: 'stop_pod',
  title: 'Stop a pod',
  description:
    'Stop a running pod; its processes end. A person must confirm.[volt: Volt: GPU billing pauses, disk stays.][nebula: Nebula: not known to end billing; delete_pod does.]',
  effect: 'interrupt',
  always_load: true,
  ends_costs: true,
  plan: async (given, ctx) => stopPlan(await readTarget(ctx, given.pod, 'stop')),
});

/** Reboots a pod. */
export const restartPod = defineTool({
  // A running pod may not have rebooted at all: only the state of the reboot itself is a proof.
  ...power('restart', ['restarting'], (at) => requireFeature(at, 'pods.restart')),
  name: 'restart_pod',
  title: 'Reboot a pod',
  description: 'Reboot a running pod; work in memory is lost. A person must confirm.',
  effect: 'interrupt',
  needs: 'pods.restart',
  async plan(given, ctx) {
    requireFeature(resolve(ctx, given.pod, 'pod').at, 'pods.restart');
    const found = await readTarget(ctx, given.pod, 'restart');
    return podPlan('restart', found, { effects: [PROCESSES_END], challenge: 'restart' });
  },
});

/** The plan to delete a pod. */
export function deletePlan(found: Target): PlanDraft<Pod> {
  const { total_cost_usd: spent, name, id } = found.pod;
  return podPlan('delete', found, {
    scope: ' for good',
    effects: [
      'The pod and its local disk are gone; its billing ends.',
      ...(spent === null ? [] : [`It has cost ${dollars(spent)} so far.`]),
    ],
    challenge: challengeFor(name, id),
    ends_billing: true,
  });
}

/** Messages about a pod after it was deleted, by its state. */
export const ENDS = {
  deleted: (ref: string) => `${ref} is deleted; it is no longer billed.`,
  deleting: (ref: string) => `${ref} is being deleted; check again with list_pods.`,
};

/** The sentence about a deleted pod by its state, null = it does not exist; null if it is not being deleted. */
const endOf = (ref: string, state: PodState | null): string | null =>
  state === null || state === 'deleted'
    ? ENDS.deleted(ref)
    : state === 'deleting'
      ? ENDS.deleting(ref)
      : null;

/** The sentence about a pod after the cloud accepted its deletion: by the reply, else by the pod itself; "not found" is enough then. */
async function afterDeletion(ctx: ToolContext, ref: string, reply: ActionReply): Promise<string> {
  const { at, id } = resolve(ctx, ref, 'pod');
  const known = reply.state === undefined ? null : endOf(ref, reply.state);
  if (known !== null) return known;
  const still = (what: string) =>
    `The deletion of ${ref} was accepted, but ${what}: check with list_pods, it may still cost money.`;
  return at.pods.get({ ...ctx.io, fresh: true }, id).then(
    ({ state }) => endOf(ref, state) ?? still(`it is still ${state}`),
    (error: unknown) =>
      isCode(error, 'not_found') ? ENDS.deleted(ref) : still('it could not be read again'),
  );
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
  input,
  output: gatedOutput({ ref: z.string().optional() }),
  plan: async (given, ctx) => deletePlan(await readTarget(ctx, given.pod, 'delete')),
  async run({ pod: ref }, ctx) {
    const { at, id } = resolve(ctx, ref, 'pod');
    const reply = await at.pods.delete(ctx.io, id);
    const end = await afterDeletion(ctx, ref, reply);
    return {
      done: {
        status: DONE,
        ref,
        message: sentences(end, quoteReply(at.title, reply.message), ...reply.notes),
      },
    };
  },
  async reconcile({ pod: ref }, ctx) {
    const { at, id } = resolve(ctx, ref, 'pod');
    const state = (await readUnlessGone(ctx.io, ref, podReaders(at, id)))?.state ?? null;
    const message = endOf(ref, state);
    return message === null
      ? { notFound: `${ref} is still ${state}.`, candidates: [ref] }
      : { found: { status: DONE, ref, message } };
  },
});
