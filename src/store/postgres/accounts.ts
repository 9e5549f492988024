import type { CloudId } from '../../core/ref.ts';

/** The accounts that a store acts on. Records of others are never read. */
export interface Accounts {
  ids: readonly string[];
  /** The fingerprint of the present key of a cloud; null = not known. */
  keyOf(cloud: CloudId | null): string | null;
  /** The fingerprints of all present keys. */
  keys: readonly string[];
  /** The account on a cloud; what belongs to no one cloud stands under the first. @throws without such an account */
  of(cloud: CloudId | null): string;
}

/** `byCloud`: the name of the account on each cloud; `also`: earlier names of the same accounts. */
export function createAccounts(
  byCloud: Readonly<Record<CloudId, string>>,
  keys: Readonly<Partial<Record<CloudId, string>>> = {},
  also: readonly string[] = [],
): Accounts {
  const clouds = Object.keys(byCloud).toSorted();
  return {
    ids: [...new Set([...Object.values(byCloud), ...also])],
    keys: Object.values(keys).filter((key) => key !== undefined),
    keyOf: (cloud) => (cloud === null ? null : (keys[cloud] ?? null)),
    of(cloud) {
      const account = byCloud[cloud ?? clouds[0] ?? ''];
      if (account === undefined) throw new Error(`this server has no account on ${cloud ?? 'any cloud'}`);
      return account;
    },
  };
}
