import * as z from 'zod';
import type { ActionReply, Cloud, Io } from '../../core/cloud.ts';
import { resolve, type ToolContext } from '../../core/context.ts';
import { requireFeature } from '../../core/features.ts';
import { type Pod, type PodState, podSchema } from '../../core/model.ts';
import type { Outcome } from '../../core/outcome.ts';
import { type Lease, type PlanDraft, type Planned, PROCESSES_END } from '../../core/plan.ts';
import { briefPod } from '../../core/shown.ts';
import { usd } from '../../core/text.ts';
import { DONE, gatedOutput, podHead, refField, sentences, untilEnded } from '../fields.ts';
import { defineTool } from '../tool.ts';
import { leaseWords } from './leases.ts';
import { actionResult, allows, describePod, podFacts, readTarget, type Target, withPod } from './pod.ts';

const input = z.strictObject({ pod: refField('pod').describe('pod ref') });
/** The output of a change to one pod. */
export const output = gatedOutput({ pod: podSchema.optional() });
type Output = z.input<typeof output>;
/** The text of a change to one pod. */
export const text = ({ message, pod }: z.infer<typeof output>): string => withPod(message, pod);

/** The outcome of an action whose reply was lost: found if the pod is in a state that only this action leads to. */
async function reached(
  ctx: ToolContext,
  ref: string,
  states: readonly PodState[],
  verb: string,
): Promise<Outcome<Output>> {
  const { at, id } = resolve(ctx, ref, 'pod');
  const pod = await at.pods.get({ ...ctx.io, fresh: true }, id);
  if (states.includes(pod.state)) {
    return {
      found: {
        status: DONE,
        pod: briefPod(pod),
        message: `${verb} took effect: ${pod.ref} is ${pod.state}.`,
      },
    };
  }
  return {
    notFound: `${pod.ref} is ${pod.state}: whether ${verb} will still take effect is not known.`,
    candidates: [pod.ref],
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
  async run({ pod: ref }: z.infer<typeof input>, ctx: ToolContext, { data }: Planned<Pod>) {
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
  reconcile: ({ pod }: z.infer<typeof input>, ctx: ToolContext) => reached(ctx, pod, proof, verb),
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
    const lease = leases.find(({ ref }) => ref === found.pod.ref) ?? null;
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
        effects: [`Costs ${price === null ? 'money' : `$${usd(price)}/h`} again once it is running.`],
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
        consequences: [
          ...found.at.pods.notes.start,
          ...(lease === null ? [] : [leaseWords(found.at, lease.ends_at, lease.kind)]),
        ],
        challenge: usd(price),
      },
      head: podHead('Start', found.at, found.pod, 'start', untilEnded(found.at, untilOf(lease))),
      cloud: found.at.id,
      facts: { ...podFacts(found), lease_ends_at: lease?.ends_at ?? null },
      adds: { usd_per_hour: price === null ? null : Math.max(0, price - counted), usd_upfront: 0, pods: 0 },
      data: found.pod,
    };
  },
});

/** The plan to stop a pod. */
export const stopPlan = (found: Target): PlanDraft<Pod> => ({
  plan: {
    ref: found.pod.ref,
    summary: `Stop ${describePod(found)}.`,
    effects: [PROCESSES_END],
    consequences: found.at.pods.notes.stop,
    challenge: 'stop',
  },
  head: podHead('Stop', found.at, found.pod, 'stop'),
  cloud: found.at.id,
  facts: podFacts(found),
  ends_billing: found.at.pods.notes.stop_ends_billing,
  data: found.pod,
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
    const { at } = resolve(ctx, given.pod, 'pod');
    requireFeature(at, 'pods.restart');
    const found = await readTarget(ctx, given.pod, 'restart');
    return {
      plan: {
        ref: given.pod,
        summary: `Reboot ${describePod(found)}.`,
        effects: [PROCESSES_END],
        consequences: found.at.pods.notes.restart,
        challenge: 'restart',
      },
      head: podHead('Reboot', found.at, found.pod, 'restart'),
      cloud: found.at.id,
      facts: podFacts(found),
      data: found.pod,
    };
  },
});
