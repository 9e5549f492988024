import * as z from 'zod';
import type { ActionReply, Cloud } from '../../core/cloud.ts';
import { resolve, type ToolContext } from '../../core/context.ts';
import { GpuError } from '../../core/errors.ts';
import { requireFeature } from '../../core/features.ts';
import type { Pod } from '../../core/model.ts';
import type { Written } from '../../core/outcome.ts';
import { noCost, type PlanDraft } from '../../core/plan.ts';
import type { PodChange } from '../../core/requests.ts';
import { HOUR_MS } from '../../core/spend.ts';
import { clean, quote } from '../../core/text.ts';
import { DONE, head, nameField, refField, sentences } from '../fields.ts';
import { defineTool } from '../tool.ts';
import { notShown, refuseNothing, removeAllField, sorted, withRemoved } from '../update.ts';
import { output, text } from './acts.ts';
import { leaseEnd, leaseWords } from './leases.ts';
import { actionResult, asReplied, describePod, podFacts, readTarget, type Target } from './target.ts';
import { keyEffects, keysAfter, keysOfAccount, namedKeys, refuseAbsent, worstOfKeys } from './update-keys.ts';

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

const CHANGES = [
  'name',
  'add_ssh_keys',
  'remove_ssh_keys',
  'ssh_keys',
  'volume_gb',
  'max_lifetime_hours',
] as const;

/** For `run` and `reconcile`: what is sent, and the end of the lease that was agreed to, null = it is lifted, undefined = it stays. */
interface Data {
  pod: Pod;
  change: PodChange;
  ends_at: string | null | undefined;
}

/** @throws GpuError `wrong_state` if the pod already has these keys */
function refuseUnchanged(pod: Pod, change: PodChange, given: Input): void {
  if (Object.keys(change).length > 0 || given.max_lifetime_hours !== undefined) return;
  throw new GpuError('wrong_state', `${pod.ref} has exactly these SSH keys already; nothing changes.`, {
    hint: 'There is nothing to do; get_pod shows its keys.',
    cloud: pod.cloud,
  });
}

/** The price of another volume. */
const VOLUME_PRICE = 'no price for an update is documented; a larger volume may cost more';

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

/** What became of the lease when the change of its pod did not go as planned. */
export const LEASE_MESSAGES = {
  as_before: 'Its lease is as before.',
  unsaved: 'WARNING: its lease could not be changed: it is as before.',
} as const;

/** The change of the lease. `present` and `ends_at`: its end now and then, null = it has none. */
function leaseEffects(at: Cloud, ends_at: string | null, present: string | null): string[] {
  const was = present === null ? 'it has none now' : `it ends at ${present} now`;
  if (ends_at === null)
    return [`Its lease is lifted (${was}): it runs, and costs money, until somebody ends it.`];
  return [`${leaseWords(at, ends_at)} (${was})`];
}

/** True if only the lease changes: it is stored here, so the state of the pod does not matter. */
const isOnlyLease = (given: Input): boolean =>
  CHANGES.every((field) => (field === 'max_lifetime_hours') === (given[field] !== undefined));

/** The pod of a change. @throws GpuError as `readTarget`, `wrong_state` for a volume of a pod that is not stopped */
async function readPod(ctx: ToolContext, given: Input): Promise<Target> {
  const found = await readTarget(ctx, given.pod, isOnlyLease(given) ? null : 'update');
  const { at, pod } = found;
  if (given.volume_gb === undefined || pod.state === 'stopped') return found;
  throw new GpuError(
    'wrong_state',
    `volume_gb: ${pod.ref} is ${pod.state}; a volume can change only while the pod is stopped.`,
    { hint: 'Use stop_pod and wait_for until=stopped first, or leave volume_gb out.', cloud: at.id },
  );
}

/** The worst consequences of an update that changes no keys. */
export const WORST = {
  smaller: 'The volume becomes smaller: data on it may be lost. Back up first.',
  maybe_smaller: 'The volume may become smaller: back up first.',
  no_lease: 'Without a lease it runs, and costs money, until somebody ends it.',
  volume: 'The volume changes: back up first.',
  nothing: 'Nothing else of it changes.',
} as const;

/** The worst consequence of an update: first lost data, then who can log in, then what still costs money. */
export function worstOf(pod: Pod, { volume_gb, ssh_key_ids }: PodChange, hours: number | undefined): string {
  const { root_disk_gb: now } = pod;
  if (volume_gb !== undefined && now !== null && volume_gb < now) return WORST.smaller;
  const keys = worstOfKeys(pod, ssh_key_ids);
  if (volume_gb !== undefined && now === null) return WORST.maybe_smaller;
  if (keys !== null) return keys;
  if (hours === 0) return WORST.no_lease;
  return volume_gb === undefined ? WORST.nothing : WORST.volume;
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
  async plan(input, ctx, agreed): Promise<PlanDraft<Data>> {
    const given = wanted(input);
    const { name, volume_gb, max_lifetime_hours: hours } = given;
    const { at } = resolve(ctx, given.pod, 'pod');
    requireFeature(at, 'pods.update');
    refuseNothing(given, CHANGES, 'Pass what should change.');
    const isAboutKeys = Object.keys(namedKeys(ctx, given)).length > 0;
    const [found, keys, leases] = await Promise.all([
      readPod(ctx, given),
      isAboutKeys ? keysOfAccount(at, ctx) : null,
      hours === undefined ? [] : ctx.spending.leases.all(),
    ]);
    const { pod } = found;
    const ids = keysAfter(ctx, given, pod, keys);
    const change: PodChange = {
      ...(name !== undefined && { name }),
      ...(ids !== undefined && { ssh_key_ids: ids }),
      ...(volume_gb !== undefined && { volume_gb }),
    };
    refuseUnchanged(pod, change, given);
    refuseAbsent(pod, ids ?? [], keys);
    const present = leases.find(({ ref }) => ref === pod.ref)?.ends_at ?? null;
    const shown = agreed?.lease_new_end;
    const end = typeof shown === 'string' ? shown : leaseEnd(hours ?? 0, ctx.now().toISOString());
    const ends_at = hours === 0 ? null : end;
    const { update } = at.pods.notes;
    return {
      plan: {
        ref: given.pod,
        summary: `Change ${describePod(found)}.`,
        effects: [
          ...(name === undefined ? [] : [`Its name becomes ${quote(name)}.`]),
          ...(ids === undefined ? [] : keyEffects(pod, ids, keys)),
          ...(isAboutKeys && ids === undefined ? ['Its SSH keys stay as they are.'] : []),
          ...(volume_gb === undefined ? [] : volumeEffects(pod, volume_gb)),
          ...(hours === undefined ? [] : leaseEffects(at, ends_at, present)),
        ],
        ...(volume_gb !== undefined && { cost: noCost(ctx.now().toISOString(), VOLUME_PRICE) }),
        consequences: [
          ...(name === undefined ? [] : (update.name ?? [])),
          ...(ids === undefined ? [] : (update.ssh_keys ?? [])),
          ...(volume_gb === undefined ? [] : (update.volume_gb ?? [])),
        ],
        challenge: 'update',
      },
      head: head(`Change ${at.title} pod`, pod.name, worstOf(pod, change, hours)),
      cloud: at.id,
      facts: {
        ...podFacts(found),
        ...(isAboutKeys && { ssh_keys: sorted(pod.ssh_key_ids) }),
        ...(volume_gb !== undefined && { volume_gb: pod.root_disk_gb }),
        ...(hours !== undefined && { lease_ends_at: present, lease_new_end: ends_at }),
      },
      data: { pod, change, ends_at: hours === undefined ? undefined : ends_at },
    };
  },
  async run(given, ctx, { data }): Promise<Written<z.input<typeof output>>> {
    const { pod, change } = data;
    const { at, id } = resolve(ctx, given.pod, 'pod');
    if (Object.keys(change).length === 0) {
      const message = (await changeLease(ctx, given, data)) ?? '';
      return { done: { status: DONE, pod, message } };
    }
    const reply = await requireFeature(at, 'pods.update')(ctx.io, id, change);
    // The lease is saved before the pod is read, so that a failed read does not prevent it.
    const lease = await leaseAfterWrite(ctx, given, data);
    const found = { at, id, pod };
    const done = await actionResult(ctx, found, reply, 'update', afterUpdate(found, change, reply));
    const missing = done.pod === undefined ? [] : unshown(done.pod, change);
    return { done: { ...done, message: sentences(done.message, notShown(at, missing), lease) } };
  },
  async reconcile(given, ctx, { data }) {
    const { at, id } = resolve(ctx, given.pod, 'pod');
    const pod = await at.pods.get(ctx.io, id);
    if (unshown(pod, data.change).length > 0) {
      const lease = data.ends_at === undefined ? null : LEASE_MESSAGES.as_before;
      return { notFound: sentences(`${pod.ref} does not show the change.`, lease), candidates: [pod.ref] };
    }
    const lease = await leaseAfterWrite(ctx, given, data);
    const message = sentences(`update took effect: ${pod.ref} now has what was asked for.`, lease);
    return { found: { status: DONE, pod, message } };
  },
  text,
});

/** Saves or lifts the lease; null if it stays as it is. @throws GpuError if it cannot be saved */
async function changeLease(
  ctx: ToolContext,
  { max_lifetime_hours: hours = 0, name }: Input,
  { pod, ends_at }: Data,
): Promise<string | null> {
  const { leases } = ctx.spending;
  if (ends_at === undefined) return null;
  if (ends_at === null) {
    await leases.lift(pod.ref);
    return `${pod.ref} has no lease any more: it runs until somebody ends it.`;
  }
  await leases.add({ ref: pod.ref, name: name ?? pod.name ?? pod.id, ends_at, for_ms: hours * HOUR_MS });
  return leaseWords(ctx.clouds.get(pod.cloud), ends_at, leases.kind);
}

/** The same after the cloud accepted a change, which took effect even if the lease cannot be saved. */
const leaseAfterWrite = (...args: Parameters<typeof changeLease>): Promise<string | null> =>
  changeLease(...args).catch(() => LEASE_MESSAGES.unsaved);
