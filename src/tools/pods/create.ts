import * as z from 'zod';
import type { Cloud, CreateOrder } from '../../core/cloud.ts';
import { plannedCloud, resolve, type ToolContext } from '../../core/context.ts';
import { GpuError, isCode, withHint } from '../../core/errors.ts';
import { hasFeature } from '../../core/features.ts';
import { type Machine, type Pod, podSchema } from '../../core/model.ts';
import { type Alternative, alternativesTo, describeAlternatives, samePrice } from '../../core/offer.ts';
import { addedSince } from '../../core/outcome.ts';
import { withoutDoubt } from '../../core/pods-shown.ts';
import type { CreatePodRequest } from '../../core/requests.ts';
import { briefPod } from '../../core/shown.ts';
import { clean, counted, usd } from '../../core/text.ts';
import {
  DONE,
  dryRunField,
  gatedOutput,
  head,
  nameField,
  refField,
  sentences,
  untilEnded,
} from '../fields.ts';
import { adoptTheOne, cloudTime, matchOrder, namesakes, unlikeOrder, unlikePrice } from '../reconcile.ts';
import { defineTool } from '../tool.ts';
import { keepLease, leasePlan } from './leases.ts';
import { withPod } from './pods.ts';

const input = z.strictObject({
  name: nameField,
  machine: refField('machine').optional().describe('machine ref'),
  resource_name: z
    .string()
    .max(60)
    .optional()
    .describe('[volt: Targon size: h200-small, h200-large, b200-small or b200-large]'),
  gpu_count: z.number().int().min(1).max(1024).optional(),
  template: refField('template').optional().describe('template ref[volt: ; needed for Volt lium machines]'),
  image: refField('image')
    .optional()
    .describe('[nebula: Nebula: image ref (list_images).][volt: Targon: container image.]'),
  ssh_keys: z
    .array(refField('ssh_key'))
    .max(20)
    .default([])
    .describe('ssh key refs[nebula: ; Nebula: exactly one]'),
  volume_gb: z.number().int().min(1).max(100_000).optional(),
  max_usd_per_hour: z.number().min(0).optional().describe("User's limit for the whole pod"),
  max_lifetime_hours: z
    .number()
    .positive()
    .max(8760)
    .optional()
    .describe('Stop it after so many hours[nebula: (Nebula: only a reminder)], if a server runs then'),
  dry_run: dryRunField,
});
type Input = z.infer<typeof input>;

/** The data of a plan for `run` and `reconcile`: the checked order and the agreed lifetime. */
interface Data {
  order: CreateOrder;
  /** ISO time of the plan by the cloud's clock. */
  planned_at: string;
  lifetime_hours: number | null;
}

function findCloud(ctx: ToolContext, given: Input): Cloud {
  if (given.machine !== undefined) return resolve(ctx, given.machine, 'machine').at;
  const all = ctx.clouds.all();
  const byName = all.find((cloud) => cloud.pods.resource_names !== undefined);
  if (given.resource_name !== undefined && byName !== undefined) return byName;
  // The only cloud names everything that the order lacks; with several it is not known which one is meant.
  if (all[0] !== undefined && all.length === 1) return all[0];
  throw new GpuError('invalid_input', 'machine: needed.', {
    hint: 'Pass the ref of a machine from list_machines, and the fields that its cloud needs.',
  });
}

function toRequest(ctx: ToolContext, at: Cloud, given: Input): CreatePodRequest {
  const idOf = (text: string, kind: 'machine' | 'template' | 'image' | 'ssh_key', field: string): string => {
    const ref = resolve(ctx, text, kind, field);
    if (ref.cloud === at.id) return ref.id;
    throw new GpuError('invalid_input', `${field}: belongs to ${ref.cloud}, but the machine to ${at.id}.`, {
      hint: 'Everything in one order must come from one cloud.',
    });
  };
  return {
    name: given.name,
    machine_id: given.machine === undefined ? null : idOf(given.machine, 'machine', 'machine'),
    resource_name: given.resource_name ?? null,
    gpu_count: given.gpu_count ?? null,
    template_id: given.template === undefined ? null : idOf(given.template, 'template', 'template'),
    image:
      given.image === undefined
        ? null
        : at.images === undefined
          ? given.image
          : idOf(given.image, 'image', 'image'),
    ssh_key_ids: [...new Set(given.ssh_keys.map((key) => idOf(key, 'ssh_key', 'ssh_keys')))],
    volume_gb: given.volume_gb ?? null,
  };
}

async function created(
  ctx: ToolContext,
  pod: Pod,
  name: string,
  { order, lifetime_hours }: Data,
  since: string,
) {
  const ends = ctx.clouds.get(pod.cloud).pods.notes.stop_ends_billing ? 'stopped or deleted' : 'deleted';
  const [agreed, real] = [order.cost.usd_per_hour, pod.hourly_cost_usd];
  const costsMore = agreed !== null && real !== null && real > agreed && !samePrice(real, agreed);
  const { gpu_model, gpu_count } = pod;
  return {
    status: DONE,
    pod: { ...briefPod(withoutDoubt(ctx.clouds.get(pod.cloud), pod, agreed)), gpu_model, gpu_count },
    message: sentences(
      `Pod ${pod.ref} is ${pod.state}; billing runs until it is ${ends}.`,
      costsMore
        ? `WARNING: the cloud reports $${usd(real)}/h, more than the $${usd(agreed)}/h that was agreed to. Tell the user; delete_pod ends it.`
        : null,
      await keepLease(ctx, pod, name, lifetime_hours, since),
      'Use wait_for to learn when it is up.',
    ),
  };
}

/** The machines of the other clouds, as far as they were read within the last minute: nothing is sent for them. */
async function othersJustRead(ctx: ToolContext, at: Cloud): Promise<Machine[]> {
  const others = ctx.clouds.all().filter(({ id }) => id !== at.id);
  const read = await Promise.allSettled(
    others.map(({ machines }) => machines.list({ ...ctx.io, kept: true })),
  );
  return read.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}

/** Machines that can be rented instead of a checked order, if a limit or its cloud refuses it. */
async function readAlternatives(
  ctx: ToolContext,
  at: Cloud,
  { machine_id, gpu_count }: CreatePodRequest,
  { expects }: CreateOrder,
  others: readonly Machine[],
): Promise<Alternative[]> {
  // The check of the order has just read them, so nothing is sent.
  const own = await at.machines.list({ ...ctx.io, kept: true }).catch(() => []);
  const machine = own.find(({ id }) => id === machine_id);
  const gpu_model = machine?.gpu_model ?? expects?.gpu_models[0] ?? null;
  const gpus = gpu_count ?? expects?.gpu_count ?? 1;
  return alternativesTo({ ...machine, gpu_model }, gpus, [...own, ...others]);
}

/** All live pods, which the gate reads at the same time for the caps. @throws GpuError if those of `at` could not be read */
async function livePods(ctx: ToolContext, at: Cloud): Promise<Pod[]> {
  const { pods, errors } = await ctx.spending.fleet();
  const failed = errors.find(({ cloud }) => cloud === at.id);
  if (failed !== undefined) throw failed.error;
  return pods.map(({ pod }) => pod);
}

/**
 * The sentence for an order of which no pod is listed, with the other new pods: the cloud may have renamed it, or they are
 * other people's. `unlike`: sentences about pods of its name that do not fit.
 */
function describeMissing(name: string, before: readonly string[], pods: readonly Pod[], unlike: string) {
  const notFound = `No new pod named "${name}" is listed yet; it may still appear, and then it costs money.${unlike}`;
  const added = pods.filter(({ ref }) => !before.includes(ref));
  const candidates = added.map(({ ref }) => ref);
  const others = added.filter((pod) => pod.name !== clean(name)).map(({ ref }) => ref);
  if (others.length === 0) return candidates.length === 0 ? notFound : { notFound, candidates };
  const count = counted(others.length, 'new pod of another name is', 'new pods of other names are');
  return {
    notFound: `${notFound} ${count} listed, which may be this order's or somebody else's: ${others.join(', ')}.`,
    candidates,
  };
}

/** Rents a machine. */
export const createPod = defineTool({
  name: 'create_pod',
  title: 'Rent a machine',
  description:
    'Rent a machine as a pod. COSTS MONEY until stopped or deleted; a person must confirm. Choose with list_machines first.[volt: Volt lium: machine + template (+ ssh_keys, gpu_count, volume_gb). Volt Targon (confidential): resource_name + image (+ machine for its price), no ssh_keys or gpu_count.][nebula: Nebula: machine + image + one ssh key.]',
  toolset: 'pods',
  effect: 'spend',
  always_load: true,
  changes_list: true,
  also_called: ['rent_machine', 'create_machine', 'rent_gpu', 'launch_gpu'],
  input,
  only: {
    resource_name: ({ pods }) => pods.resource_names !== undefined,
    template: (cloud) => hasFeature(cloud, 'templates'),
    volume_gb: ({ pods }) => pods.has_volumes,
  },
  output: gatedOutput({ pod: podSchema.optional() }),
  async plan(given, ctx, agreed) {
    const at = findCloud(ctx, given);
    const request = toRequest(ctx, at, given);
    const others = await othersJustRead(ctx, at);
    const [order, live] = await Promise.all([
      at.pods.prepareCreate(ctx.io, request, others, agreed),
      livePods(ctx, at),
    ]);
    const instead = await readAlternatives(ctx, at, request, order, others);
    const price = order.cost.usd_per_hour;
    const hours = given.max_lifetime_hours ?? ctx.spending.default_lifetime_hours;
    const same = namesakes(live, clean(given.name));
    return {
      plan: {
        ref: given.machine ?? null,
        summary: `Rent ${order.summary} as pod "${given.name}".`,
        effects: order.effects,
        cost: order.cost,
        consequences: [...same.consequences, ...order.consequences, ...leasePlan(at, hours, price)],
        challenge: usd(price),
      },
      head: head(
        `Rent ${order.what}`,
        given.name,
        order.worst,
        untilEnded(at, hours === null ? null : `after ${hours} h`),
      ),
      cloud: at.id,
      before: live.flatMap(({ cloud, ref }) => (cloud === at.id ? [ref] : [])),
      facts: { ...order.facts, ...same.facts },
      adds: { usd_per_hour: price, usd_upfront: 0, pods: 1 },
      callerLimits: { usd_per_hour: given.max_usd_per_hour },
      instead,
      data: { order, planned_at: cloudTime(ctx, at), lifetime_hours: hours },
    };
  },
  async run(given, ctx, planned) {
    const pod = await plannedCloud(ctx, planned)
      .pods.create(ctx.io, planned.data.order)
      .catch((error: unknown) => {
        if (!isCode(error, 'wrong_state') || planned.instead === null) throw error;
        throw withHint(error, describeAlternatives(planned.instead));
      });
    if (pod === null)
      return { unnamed: 'The cloud accepted the order; its reply does not name the new pod.' };
    return { done: await created(ctx, pod, given.name, planned.data, ctx.now().toISOString()), ref: pod.ref };
  },
  async reconcile(given, ctx, planned, isAccepted) {
    const { data, plan, before } = planned;
    const pods = await plannedCloud(ctx, planned).pods.list(ctx.io);
    const named = addedSince(before, pods, clean(given.name));
    // An accepted order made a pod: the only new one of its name is that one, at any price.
    const isOnly = isAccepted && named.length === 1;
    const { fitting, others } = matchOrder(
      named,
      (pod) =>
        unlikeOrder(pod, data.order, data.planned_at) ?? (isOnly ? null : unlikePrice(pod, data.order)),
    );
    const outcomes = {
      notFound: describeMissing(given.name, before, pods, others.sentence),
      ambiguous: `${fitting.length} new pods are named "${given.name}"; it is not known which one is yours.`,
    };
    return adoptTheOne(fitting, outcomes, (pod) => created(ctx, pod, given.name, data, plan.cost.quoted_at));
  },
  text: ({ message, pod }) => withPod(message, pod),
});
