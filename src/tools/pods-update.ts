import * as z from 'zod';
import type { Cloud, PodChange } from '../core/cloud.ts';
import { resolve, type ToolContext } from '../core/context.ts';
import { GpuError, isCode } from '../core/errors.ts';
import type { Pod, SshKey } from '../core/model.ts';
import { offered } from '../core/offers.ts';
import type { Written } from '../core/outcome.ts';
import { noCost } from '../core/plan.ts';
import { formatRef } from '../core/ref.ts';
import { clean, quote } from '../core/text.ts';
import { DONE, head, nameField, refField, removeAllField, sentences, withRemoved } from './fields.ts';
import { leaseEnd, leaseWords } from './leases.ts';
import { after, describePod, podFacts, type Target, target } from './pods.ts';
import { output, text } from './pods-change.ts';
import { defineTool } from './tool.ts';

const keysField = z.array(refField).max(20).optional();

const input = z.strictObject({
  pod: refField.describe('pod ref'),
  name: nameField.optional(),
  add_ssh_keys: keysField,
  remove_ssh_keys: keysField,
  ssh_keys: keysField.describe('Replaces all keys'),
  volume_gb: z.number().int().min(1).max(100_000).optional().describe('Needs a stopped pod'),
  max_lifetime_hours: z.number().min(0).max(8760).optional().describe('Lease from now; 0 lifts it'),
  remove_all: removeAllField(['ssh_keys']),
});
type Input = z.infer<typeof input>;

const wanted = (given: Input): Input => withRemoved(given, { ssh_keys: [] });

const KEY_FIELDS = ['ssh_keys', 'add_ssh_keys', 'remove_ssh_keys'] as const;
type KeyIds = Partial<Record<(typeof KEY_FIELDS)[number], string[]>>;

/** The ids of the keys that are named, by field. @throws GpuError `invalid_input` for a wrong ref, another cloud's, or both ways at once */
function namedKeys(ctx: ToolContext, given: Input): KeyIds {
  const { cloud } = resolve(ctx, given.pod, 'pod');
  const idOf = (field: string) => (ref: string) => {
    const key = resolve(ctx, ref, 'ssh_key', field);
    if (key.cloud === cloud) return key.id;
    throw new GpuError('invalid_input', `${field}: a key of ${key.cloud} cannot go on a pod of ${cloud}.`, {
      hint: `Use list_ssh_keys with cloud=${cloud}.`,
    });
  };
  const ids: KeyIds = {};
  for (const field of KEY_FIELDS) {
    const refs = given[field];
    if (refs !== undefined) ids[field] = [...new Set(refs.map(idOf(field)))];
  }
  if (ids.ssh_keys === undefined || Object.keys(ids).length === 1) return ids;
  throw new GpuError(
    'invalid_input',
    'ssh_keys: replaces all keys, so it does not go with add_ssh_keys or remove_ssh_keys.',
    { hint: 'Pass either the whole list, or what is added and removed.' },
  );
}

/** The ids of the keys that the pod will have; undefined = as they are. @throws GpuError `invalid_input` */
function keysAfter(
  ctx: ToolContext,
  given: Input,
  { cloud, ssh_key_ids: present }: Pod,
): string[] | undefined {
  const { ssh_keys, add_ssh_keys: add, remove_ssh_keys: remove = [] } = namedKeys(ctx, given);
  if (add === undefined && remove.length === 0) return ssh_keys;
  if (present === null) {
    throw new GpuError(
      'invalid_input',
      'add_ssh_keys, remove_ssh_keys: the cloud does not name the present keys of this pod.',
      { hint: 'Pass ssh_keys, the whole list that it shall have.', cloud },
    );
  }
  return [...new Set([...present, ...(add ?? [])])].filter((id) => !remove.includes(id));
}

function toChange(ctx: ToolContext, given: Input, pod: Pod): PodChange {
  const ssh_key_ids = keysAfter(ctx, given, pod);
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

/** @throws GpuError `invalid_input` if nothing is to be changed */
function refuseNothing(given: Input): void {
  if (CHANGES.some((field) => given[field] !== undefined)) return;
  throw new GpuError('invalid_input', `${CHANGES.join(', ')}, remove_all: at least one is needed.`, {
    hint: 'Pass what should change.',
  });
}

/** The worst of an update, by what it changes. */
function worstOf({ ssh_keys, add_ssh_keys, volume_gb, max_lifetime_hours }: Input): string {
  if (max_lifetime_hours === 0) return 'Without a lease it runs, and costs money, until somebody ends it.';
  if (add_ssh_keys !== undefined) return 'Who has the private half of an added key can log in.';
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

/** The keys of the account; null if they may not be read. */
const keysOfAccount = async ({ sshKeys }: Cloud, ctx: ToolContext): Promise<SshKey[] | null> =>
  (await sshKeys?.list(ctx.io).catch((error: unknown) => {
    if (!isCode(error, 'forbidden')) throw error;
    return null;
  })) ?? null;

/** @throws GpuError `invalid_input` for a key that is put on the pod and does not exist */
function refuseAbsent(pod: Pod, ids: readonly string[], keys: readonly SshKey[] | null): void {
  const known = new Set([...(keys ?? []).map(({ id }) => id), ...(pod.ssh_key_ids ?? [])]);
  const absent = keys === null ? [] : ids.filter((id) => !known.has(id));
  if (absent.length === 0) return;
  const refs = absent.map((id) => formatRef(pod.cloud, 'ssh_key', id)).join(', ');
  throw new GpuError('invalid_input', `ssh_keys: the account has no ${refs}.`, {
    hint: 'Take the refs from list_ssh_keys. Nothing was sent.',
    cloud: pod.cloud,
  });
}

function keyEffects(pod: Pod, ids: readonly string[], keys: readonly SshKey[] | null): string[] {
  const named = (list: readonly string[]) =>
    list
      .map((id) => {
        const name = keys?.find((key) => key.id === id)?.name ?? null;
        const ref = formatRef(pod.cloud, 'ssh_key', id);
        return name === null ? quote(ref) : `${quote(name)} (${ref})`;
      })
      .join(', ') || 'none';
  const becomes = `Its SSH keys become exactly: ${named(ids)}.`;
  if (pod.ssh_key_ids === null) {
    return [
      becomes,
      'It is not known which SSH keys are taken off: the cloud does not name the present ones.',
    ];
  }
  return [
    becomes,
    `SSH keys that are taken off: ${named(pod.ssh_key_ids.filter((id) => !ids.includes(id)))}.`,
  ];
}

function volumeEffects({ root_disk_gb: now }: Pod, gb: number): string[] {
  const becomes = `Its volume becomes ${gb} GB (now ${now === null ? 'unknown' : `${now} GB`}).`;
  return now === null || gb >= now
    ? [becomes]
    : [becomes, 'It becomes smaller: no document says that the data on it is kept. Back up first.'];
}

/** What becomes of the lease. `present`: its end now, null = it has none. */
function leaseEffects(ctx: ToolContext, at: Cloud, hours: number, present: string | null): string[] {
  const was = present === null ? 'it has none now' : `it ends at ${present} now`;
  if (hours === 0) return [`Its lease is lifted (${was}): it runs, and costs money, until somebody ends it.`];
  return [`${leaseWords(at, leaseEnd(hours, ctx.now().toISOString()))} (${was})`];
}

/** A lease is only written down here: it can change in every state of the pod. */
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
  description: "Change a Volt pod's name, SSH keys, volume size or lease. A person must confirm.",
  toolset: 'pods',
  effect: 'change',
  needs: 'pods.update',
  only: { volume_gb: ({ pods }) => pods.has_volumes },
  input,
  output,
  endpoints: ['PUT volt /pods/:id'],
  async plan(input, ctx) {
    const given = wanted(input);
    const { at } = resolve(ctx, given.pod, 'pod');
    offered(at, 'pods.update');
    refuseNothing(given);
    const isAboutKeys = Object.keys(namedKeys(ctx, given)).length > 0;
    const [found, keys, leases] = await Promise.all([
      isOnlyLease(given) ? readPod(ctx, given.pod) : target(ctx, given.pod, 'update'),
      isAboutKeys ? keysOfAccount(at, ctx) : null,
      given.max_lifetime_hours === undefined ? [] : ctx.spending.leases.all(),
    ]);
    const { pod } = found;
    const change = toChange(ctx, given, pod);
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
    const { update } = at.pods.notes;
    return {
      plan: {
        ref: given.pod,
        summary: `Change ${describePod(found)}.`,
        effects: [
          ...(given.name === undefined ? [] : [`Its name becomes ${quote(given.name)}.`]),
          ...(change.ssh_key_ids === undefined ? [] : keyEffects(pod, change.ssh_key_ids, keys)),
          ...(given.volume_gb === undefined ? [] : volumeEffects(pod, given.volume_gb)),
          ...(hours === undefined ? [] : leaseEffects(ctx, at, hours, present)),
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
      head: head(`Change ${at.title} pod`, found.pod.name, worstOf(given)),
      cloud: at.id,
      facts: {
        ...podFacts(found),
        ...(change.ssh_key_ids !== undefined && { ssh_keys: sorted(pod.ssh_key_ids) }),
        ...(given.volume_gb !== undefined && { volume_gb: pod.root_disk_gb }),
        ...(hours !== undefined && { lease_ends_at: present }),
      },
      data: pod,
    };
  },
  async run(input, ctx, { data: pod }): Promise<Written<z.input<typeof output>>> {
    const given = wanted(input);
    const { at, id } = resolve(ctx, given.pod, 'pod');
    const change = toChange(ctx, given, pod);
    const isWrite = Object.keys(change).length > 0;
    const done = isWrite
      ? await after(ctx, { at, id, pod }, await offered(at, 'pods.update')(ctx.io, id, change), 'update')
      : { status: DONE, pod, message: '' };
    return { done: { ...done, message: sentences(done.message, await changeLease(ctx, at, given, pod)) } };
  },
  async reconcile(input, ctx, { data }) {
    const given = wanted(input);
    const { at, id } = resolve(ctx, given.pod, 'pod');
    const pod = await at.pods.get({ ...ctx.io, fresh: true }, id);
    if (!shows(pod, toChange(ctx, given, data))) {
      return { notFound: `${pod.ref} does not show the change.`, candidates: [pod.ref] };
    }
    const lease = await changeLease(ctx, at, given, pod);
    const message = sentences(`update took effect: ${pod.ref} now has what was asked for.`, lease);
    return { found: { status: DONE, pod, message } };
  },
  text,
});

/** Writes the lease down, or lifts it; null if nothing is to be changed of it. */
async function changeLease(ctx: ToolContext, at: Cloud, given: Input, pod: Pod): Promise<string | null> {
  const { max_lifetime_hours: hours } = given;
  const { leases } = ctx.spending;
  if (hours === undefined) return null;
  if (hours === 0) {
    await leases.end({ ref: pod.ref });
    return `${pod.ref} has no lease any more: it runs until somebody ends it.`;
  }
  const ends_at = leaseEnd(hours, ctx.now().toISOString());
  await leases.add({ ref: pod.ref, name: given.name ?? pod.name ?? pod.id, ends_at });
  return leaseWords(at, ends_at);
}
