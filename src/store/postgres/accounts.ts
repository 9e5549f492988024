import type { CloudId } from '../../core/ref.ts';

/** The accounts that a store acts on. Records of others are never looked at. */
export interface Accounts {
  ids: readonly string[];
  /** The account on a cloud; what belongs to no one cloud stands under the first. @throws without such an account */
  of(cloud: CloudId | null): string;
}

/** `byCloud`: the name of the account on each cloud. */
export function createAccounts(byCloud: Readonly<Record<CloudId, string>>): Accounts {
  const clouds = Object.keys(byCloud).toSorted();
  return {
    ids: [...new Set(Object.values(byCloud))],
    of(cloud) {
      const account = byCloud[cloud ?? clouds[0] ?? ''];
      if (account === undefined) throw new Error(`this server has no account on ${cloud ?? 'any cloud'}`);
      return account;
    },
  };
}
