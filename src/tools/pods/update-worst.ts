import type { Pod } from '../../core/model.ts';
import type { PodChange } from '../../core/requests.ts';

/** The worst consequences of a change of keys. */
export const WORST_OF_KEYS = {
  none_left: 'No SSH key is left on it: you may be locked out.',
  unknown: 'SSH keys that are not in the new list are removed.',
  removed: 'SSH keys are removed: who has only these can no longer log in.',
  added: 'Who has the private half of an added key can log in.',
} as const;

/** The worst consequence of a change of keys, one short sentence; null if no key changes. */
function worstOfKeys({ ssh_key_ids: present }: Pod, ids: readonly string[] | undefined): string | null {
  if (ids === undefined) return null;
  if (ids.length === 0) return WORST_OF_KEYS.none_left;
  if (present === null) return WORST_OF_KEYS.unknown;
  return present.some((id) => !ids.includes(id)) ? WORST_OF_KEYS.removed : WORST_OF_KEYS.added;
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
