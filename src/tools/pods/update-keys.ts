import type { Cloud } from '../../core/cloud.ts';
import { resolve, type ToolContext } from '../../core/context.ts';
import { GpuError, isCode } from '../../core/errors.ts';
import type { Pod, SshKey } from '../../core/model.ts';
import { formatRef } from '../../core/ref.ts';
import { quote } from '../../core/text.ts';
import { sorted } from '../update.ts';

// The SSH keys of a pod after update_pod, and their lines in the plan.

const KEY_FIELDS = ['ssh_keys', 'add_ssh_keys', 'remove_ssh_keys'] as const;
/** The arguments of update_pod that name keys: the whole list, or what is added and removed. */
type KeyArguments = { pod: string } & { [F in (typeof KEY_FIELDS)[number]]?: string[] | undefined };
type KeyIds = Partial<Record<(typeof KEY_FIELDS)[number], string[]>>;

/** The ids of the keys that are named, by field. @throws GpuError `invalid_input` for a wrong ref, another cloud's, or both ways at once */
export function namedKeys(ctx: ToolContext, given: KeyArguments): KeyIds {
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

/** The keys of the account; null if they may not be read. */
export const keysOfAccount = async ({ sshKeys }: Cloud, ctx: ToolContext): Promise<SshKey[] | null> =>
  (await sshKeys?.list(ctx.io).catch((error: unknown) => {
    if (!isCode(error, 'forbidden')) throw error;
    return null;
  })) ?? null;

/** Keys as a person knows them: name and ref. */
const named = ({ cloud }: Pod, ids: readonly string[], keys: readonly SshKey[] | null): string =>
  ids
    .map((id) => {
      const name = keys?.find((key) => key.id === id)?.name ?? null;
      const ref = formatRef(cloud, 'ssh_key', id);
      return name === null ? quote(ref) : `${quote(name)} (${ref})`;
    })
    .join(', ');

/**
 * The ids of the keys that the pod will have; undefined = as they are, and nothing is sent for them.
 * @throws GpuError `invalid_input` for a key to remove that is not on the pod, or if the present ones must be known and are not
 */
export function keysAfter(
  ctx: ToolContext,
  given: KeyArguments,
  pod: Pod,
  keys: readonly SshKey[] | null = null,
): string[] | undefined {
  const { ssh_keys, add_ssh_keys: add = [], remove_ssh_keys: remove = [] } = namedKeys(ctx, given);
  const { cloud, ssh_key_ids: present } = pod;
  const isWhole = add.length === 0 && remove.length === 0;
  if (present === null) {
    if (isWhole) return ssh_keys;
    throw new GpuError(
      'invalid_input',
      'add_ssh_keys, remove_ssh_keys: the cloud does not name the present keys of this pod.',
      { hint: 'Pass ssh_keys, the whole new list.', cloud },
    );
  }
  const absent = remove.filter((id) => !present.includes(id));
  if (absent.length > 0) {
    throw new GpuError('invalid_input', `remove_ssh_keys: not on ${pod.ref}: ${named(pod, absent, keys)}.`, {
      hint: `Its SSH keys are: ${named(pod, present, keys) || 'none'}. Nothing was sent.`,
      cloud,
    });
  }
  const ids = isWhole ? ssh_keys : [...new Set([...present, ...add])].filter((id) => !remove.includes(id));
  return ids === undefined || sorted(ids) === sorted(present) ? undefined : ids;
}

/** @throws GpuError `invalid_input` for a key that is put on the pod and does not exist */
export function refuseAbsent(pod: Pod, ids: readonly string[], keys: readonly SshKey[] | null): void {
  const known = new Set([...(keys ?? []).map(({ id }) => id), ...(pod.ssh_key_ids ?? [])]);
  const absent = keys === null ? [] : ids.filter((id) => !known.has(id));
  if (absent.length === 0) return;
  const refs = absent.map((id) => formatRef(pod.cloud, 'ssh_key', id)).join(', ');
  throw new GpuError('invalid_input', `ssh_keys: the account has no ${refs}.`, {
    hint: 'Take the refs from list_ssh_keys. Nothing was sent.',
    cloud: pod.cloud,
  });
}

/** The effects of a change of keys, for the plan. */
export function keyEffects(pod: Pod, ids: readonly string[], keys: readonly SshKey[] | null): string[] {
  const becomes = `Its SSH keys become exactly: ${named(pod, ids, keys) || 'none'}.`;
  if (pod.ssh_key_ids === null) {
    return [becomes, 'It is not known which SSH keys are removed: the cloud does not name the present ones.'];
  }
  const off = pod.ssh_key_ids.filter((id) => !ids.includes(id));
  return [becomes, `SSH keys that are removed: ${named(pod, off, keys) || 'none'}.`];
}

/** The worst consequences of a change of keys. */
export const WORST_OF_KEYS = {
  none_left: 'No SSH key is left on it: you may be locked out.',
  unknown: 'SSH keys that are not in the new list are removed.',
  removed: 'SSH keys are removed: who has only these can no longer log in.',
  added: 'Who has the private half of an added key can log in.',
} as const;

/** The worst consequence of a change of keys, one short sentence; null if no key changes. */
export function worstOfKeys(
  { ssh_key_ids: present }: Pod,
  ids: readonly string[] | undefined,
): string | null {
  if (ids === undefined) return null;
  if (ids.length === 0) return WORST_OF_KEYS.none_left;
  if (present === null) return WORST_OF_KEYS.unknown;
  return present.some((id) => !ids.includes(id)) ? WORST_OF_KEYS.removed : WORST_OF_KEYS.added;
}
