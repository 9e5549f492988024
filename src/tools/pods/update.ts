import * as z from 'zod';
import type { ActionReply, Cloud } from '../../core/cloud.ts';
import { resolve, type ToolContext } from '../../core/context.ts';
import { GpuError } from '../../core/errors.ts';
import { requireFeature } from '../../core/features.ts';
import type { Pod, SshKey } from '../../core/model.ts';
import type { Written } from '../../core/outcome.ts';
import { noCost, type Planned } from '../../core/plan.ts';
import type { PodChange } from '../../core/requests.ts';
import { HOUR_MS } from '../../core/spend.ts';
import { clean, quote } from '../../core/text.ts';
import { DONE, head, nameField, refField, removeAllField, sentences, withRemoved } from '../fields.ts';
import { defineTool } from '../tool.ts';
import { leaseEnd, leaseWords } from './leases.ts';
import { actionResult, asReplied, describePod, podFacts, readTarget, type Target } from './pod.ts';
import { output, text } from './power.ts';
import { keyEffects, keysAfter, keysOfAccount, namedKeys, refuseAbsent, sorted } from './update-keys.ts';
import { worstOf } from './update-worst.ts';

const keysField = z.array(refField('ssh_key')).max(20).optional();

const input = z.strictObject({
  pod: refField('pod').describe('pod ref'),
  name: nameField.optional(),
  add_ssh_keys: keysField,
  remove_ssh_keys: keysField,
  ssh_keys: keysField.describe('Replaces all keys'),
  volume_gb: z.number().int().min(1).max(100_000).optional().describe('Needs a stopped pod'),
  max_lifetime_hours: z.number().min(0).max(8760).optional().describe('Lease from now; 0 lifts it'),
  remove_all: removeAllField(['ssh_keys']),
});
type Input = z.infer<typeof input>;

/** The change without empty lists of keys, which some hosts send for every argument. */
function wanted(given: Input): Input {
  const { add_ssh_keys = [], remove_ssh_keys = [], ...rest } = withRemoved(given, { ssh_keys: [] });
  return {
    ...rest,
    ...(add_ssh_keys.length > 0 && { add_ssh_keys }),
    ...(remove_ssh_keys.length > 0 && { remove_ssh_keys }),
  };
}

function toChange(
  ctx: ToolContext,
  given: Input,
  pod: Pod,
  keys: readonly SshKey[] | null = null,
): PodChange {
  const ssh_key_ids = keysAfter(ctx, given, pod, keys);
  return {
    ...(given.name !== undefined && { name: given.name }),
    ...(ssh_key_ids !== undefined && { ssh_key_ids }),
    ...(given.volume_gb !== undefined && { volume_gb: given.volume_gb }),
  };
}

const CHANGES = [
  'name',
  'add_ssh_keys',
  'remove_ssh_keys',
  'ssh_keys',
  'volume_gb',
  'max_lifetime_hours',
] as const;

/** @throws GpuError `invalid_input` if no change is given */
function refuseNothing(given: Input): void {
  if (CHANGES.some((field) => given[field] !== undefined)) return;
  throw new GpuError('invalid_input', `${CHANGES.join(', ')}, remove_all: at least one is needed.`, {
    hint: 'Pass what should change.',
  });
}

/** @throws GpuError `wrong_state` if the pod already has these keys */
function refuseUnchanged(pod: Pod, change: PodChange, given: Input): void {
  if (Object.keys(change).length > 0 || given.max_lifetime_hours !== undefined) return;
  throw new GpuError('wrong_state', `${pod.ref} has exactly these SSH keys already; nothing changes.`, {
    hint: 'There is nothing to do; get_pod shows its keys.',
    cloud: pod.cloud,
  });
}

/** The changed fields that a pod does not show. */
const unshown = (pod: Pod, change: PodChange): string[] => [
  ...(change.name === undefined || clean(change.name) === pod.name ? [] : ['name']),
  ...(change.ssh_key_ids === undefined || sorted(change.ssh_key_ids) === sorted(pod.ssh_key_ids)
    ? []
    : ['ssh_keys']),
  ...(change.volume_gb === undefined || change.volume_gb === pod.root_disk_gb ? [] : ['volume_gb']),
];

/** The pod as the reply to an update shows it; null if the reply leaves open what was changed, as it does with a volume. */
function afterUpdate(found: Target, change: PodChange, reply: ActionReply): Pod | null {
  const { name = null, ssh_key_ids = null } = reply;
  const isOpen =
    change.volume_gb !== undefined ||
    (change.name !== undefined && name === null) ||
    (change.ssh_key_ids !== undefined && ssh_key_ids === null);
  if (isOpen) return null;
  const pod = asReplied(found, reply) ?? found.pod;
  return { ...pod, name: name ?? pod.name, ssh_key_ids: ssh_key_ids ?? pod.ssh_key_ids };
}

function volumeEffects({ root_disk_gb: now }: Pod, gb: number): string[] {
  const becomes = `Its volume becomes ${gb} GB (now ${now === null ? 'unknown' : `${now} GB`}).`;
  return now === null || gb >= now
    ? [becomes]
    : [becomes, 'It becomes smaller: no document says that the data on it is kept. Back up first.'];
}

/** The change of the lease. `present` and `ends_at`: its end now and then, null = it has none. */
function leaseEffects(at: Cloud, ends_at: string | null, present: string | null): string[] {
  const was = present === null ? 'it has none now' : `it ends at ${present} now`;
  if (ends_at === null)
    return [`Its lease is lifted (${was}): it runs, and costs money, until somebody ends it.`];
  return [`${leaseWords(at, ends_at)} (${was})`];
}

/** The end of the lease that was agreed to, ISO; null = it is lifted, undefined = it stays as it is. */
function agreedEnd(
  { max_lifetime_hours: hours }: Input,
  { facts, plan }: Planned<Pod>,
): string | null | undefined {
  if (hours === undefined || hours === 0) return hours === 0 ? null : undefined;
  const { lease_new_end: end } = facts;
  return typeof end === 'string' ? end : leaseEnd(hours, plan.cost.quoted_at);
}

/** True if only the lease changes: it is stored here, so the state of the pod does not matter. */
const isOnlyLease = (given: Input): boolean =>
  CHANGES.every((field) => (field === 'max_lifetime_hours') === (given[field] !== undefined));

async function readPod(ctx: ToolContext, ref: string): Promise<Target> {
  const { at, id } = resolve(ctx, ref, 'pod');
  return { at, id, pod: await at.pods.get({ ...ctx.io, fresh: true }, id) };
}

/** Renames a pod, changes its SSH keys or its lease, or resizes its volume. */
export const updatePod = defineTool({
  name: 'update_pod',
  title: 'Change a pod',
  description: "Change a pod's name, SSH keys, volume size or lease. A person must confirm.",
  toolset: 'pods',
  effect: 'change',
  needs: 'pods.update',
  only: { volume_gb: ({ pods }) => pods.has_volumes },
  input,
  output,
  async plan(input, ctx, agreed) {
    const given = wanted(input);
    const { at } = resolve(ctx, given.pod, 'pod');
    requireFeature(at, 'pods.update');
    refuseNothing(given);
    const isAboutKeys = Object.keys(namedKeys(ctx, given)).length > 0;
    const [found, keys, leases] = await Promise.all([
      isOnlyLease(given) ? readPod(ctx, given.pod) : readTarget(ctx, given.pod, 'update'),
      isAboutKeys ? keysOfAccount(at, ctx) : null,
      given.max_lifetime_hours === undefined ? [] : ctx.spending.leases.all(),
    ]);
    const { pod } = found;
    const change = toChange(ctx, given, pod, keys);
    refuseUnchanged(pod, change, given);
    refuseAbsent(pod, change.ssh_key_ids ?? [], keys);
    if (change.volume_gb !== undefined && pod.state !== 'stopped') {
      throw new GpuError(
        'wrong_state',
        `volume_gb: ${pod.ref} is ${pod.state}; a volume can change only while the pod is stopped.`,
        {
          hint: 'Use stop_pod and wait_for until=stopped first, or leave volume_gb out.',
          cloud: at.id,
        },
      );
    }
    const present = leases.find(({ ref }) => ref === pod.ref)?.ends_at ?? null;
    const hours = given.max_lifetime_hours;
    const shown = agreed?.lease_new_end;
    const end = typeof shown === 'string' ? shown : leaseEnd(hours ?? 0, ctx.now().toISOString());
    const ends_at = hours === 0 ? null : end;
    const { update } = at.pods.notes;
    return {
      plan: {
        ref: given.pod,
        summary: `Change ${describePod(found)}.`,
        effects: [
          ...(given.name === undefined ? [] : [`Its name becomes ${quote(given.name)}.`]),
          ...(change.ssh_key_ids === undefined ? [] : keyEffects(pod, change.ssh_key_ids, keys)),
          ...(isAboutKeys && change.ssh_key_ids === undefined ? ['Its SSH keys stay as they are.'] : []),
          ...(given.volume_gb === undefined ? [] : volumeEffects(pod, given.volume_gb)),
          ...(hours === undefined ? [] : leaseEffects(at, ends_at, present)),
        ],
        ...(given.volume_gb !== undefined && {
          cost: noCost(
            ctx.now().toISOString(),
            'no price for an update is documented; a larger volume may cost more',
          ),
        }),
        consequences: [
          ...(given.name === undefined ? [] : (update.name ?? [])),
          ...(change.ssh_key_ids === undefined ? [] : (update.ssh_keys ?? [])),
          ...(given.volume_gb === undefined ? [] : (update.volume_gb ?? [])),
        ],
        challenge: 'update',
      },
      head: head(`Change ${at.title} pod`, found.pod.name, worstOf(pod, change, hours)),
      cloud: at.id,
      facts: {
        ...podFacts(found),
        ...(isAboutKeys && { ssh_keys: sorted(pod.ssh_key_ids) }),
        ...(given.volume_gb !== undefined && { volume_gb: pod.root_disk_gb }),
        ...(hours !== undefined && { lease_ends_at: present, lease_new_end: ends_at }),
      },
      data: pod,
    };
  },
  async run(input, ctx, planned): Promise<Written<z.input<typeof output>>> {
    const { data: pod } = planned;
    const given = wanted(input);
    const { at, id } = resolve(ctx, given.pod, 'pod');
    const change = toChange(ctx, given, pod);
    const ends_at = agreedEnd(given, planned);
    if (Object.keys(change).length === 0) {
      return {
        done: {
          status: DONE,
          pod,
          message: (await changeLease(ctx, given, pod, ends_at)) ?? '',
        },
      };
    }
    const reply = await requireFeature(at, 'pods.update')(ctx.io, id, change);
    // The lease is saved before the pod is read, so that a failed read does not prevent it.
    const lease = await leaseAfterWrite(ctx, given, pod, ends_at);
    const found = { at, id, pod };
    const done = await actionResult(ctx, found, reply, 'update', afterUpdate(found, change, reply));
    const missing = done.pod === undefined ? [] : unshown(done.pod, change);
    const unlike =
      missing.length === 0
        ? null
        : `WARNING: ${at.title} accepted the change, but does not show it for: ${missing.join(', ')}.`;
    return { done: { ...done, message: sentences(done.message, unlike, lease) } };
  },
  async reconcile(input, ctx, planned) {
    const given = wanted(input);
    const { at, id } = resolve(ctx, given.pod, 'pod');
    const ends_at = agreedEnd(given, planned);
    const pod = await at.pods.get({ ...ctx.io, fresh: true }, id);
    if (unshown(pod, toChange(ctx, given, planned.data)).length > 0) {
      const lease = ends_at === undefined ? null : 'Its lease is as before.';
      return { notFound: sentences(`${pod.ref} does not show the change.`, lease), candidates: [pod.ref] };
    }
    const lease = await leaseAfterWrite(ctx, given, pod, ends_at);
    const message = sentences(`update took effect: ${pod.ref} now has what was asked for.`, lease);
    return { found: { status: DONE, pod, message } };
  },
  text,
});

/** Saves or lifts the lease; null if it stays as it is. @throws GpuError if it cannot be saved */
async function changeLease(
  ctx: ToolContext,
  given: Input,
  pod: Pod,
  ends_at: string | null | undefined,
): Promise<string | null> {
  const { leases } = ctx.spending;
  if (ends_at === undefined) return null;
  if (ends_at === null) {
    await leases.lift(pod.ref);
    return `${pod.ref} has no lease any more: it runs until somebody ends it.`;
  }
  const for_ms = (given.max_lifetime_hours ?? 0) * HOUR_MS;
  await leases.add({ ref: pod.ref, name: given.name ?? pod.name ?? pod.id, ends_at, for_ms });
  return leaseWords(ctx.clouds.get(pod.cloud), ends_at, leases.kind);
}

/** The same after the cloud accepted a change, which took effect even if the lease cannot be saved. */
const leaseAfterWrite = (...args: Parameters<typeof changeLease>): Promise<string | null> =>
  changeLease(...args).catch(() => 'WARNING: its lease could not be changed: it is as before.');
