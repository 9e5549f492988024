import { createHash, randomBytes } from 'node:crypto';

/** What became of a presented token. `changed`: genuine, but price or state is no longer what was shown. */
export type TokenVerdict = 'valid' | 'changed' | 'expired' | 'unknown' | 'other_call' | 'other_session';

/** What a token is bound to. `call` = digest of tool and canonical input, which may be long or hold a password; `state` = ref, summary and facts of the plan; prices in USD. */
export interface Binding {
  call: string;
  state: string;
  session: string;
  usd_per_hour: number | null;
  usd_upfront: number | null;
}

export interface TokenBox {
  mint(binding: Binding): { token: string; expires_at: string };
  /** Judges a token and uses it up: whatever the verdict, the same token is never valid again. */
  take(token: string, binding: Binding): TokenVerdict;
}

/** Lifetime of a token, milliseconds. */
export const TOKEN_TTL_MS = 10 * 60 * 1000;
const MOST_TOKENS = 10_000;

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url');

const notDearer = (was: number | null, is: number | null): boolean =>
  was !== null && is !== null && is <= was + 1e-6;

const same = (was: Binding, is: Binding): boolean =>
  was.state === is.state &&
  notDearer(was.usd_per_hour, is.usd_per_hour) &&
  notDearer(was.usd_upfront, is.usd_upfront);

/** Random single-use tokens, kept as digests in memory: a restart voids them all. */
export function createTokenBox(now: () => number): TokenBox {
  const kept = new Map<string, Binding & { expires: number }>();
  const sweep = () => {
    for (const [key, { expires }] of kept) if (expires <= now() || kept.size >= MOST_TOKENS) kept.delete(key);
  };
  return {
    mint(binding) {
      if (kept.size >= MOST_TOKENS / 2) sweep();
      const token = randomBytes(18).toString('base64url');
      const expires = now() + TOKEN_TTL_MS;
      kept.set(digest(token), { ...binding, expires });
      return { token, expires_at: new Date(expires).toISOString() };
    },
    take(token, binding) {
      const key = digest(token);
      const found = kept.get(key);
      if (found === undefined) return 'unknown';
      kept.delete(key);
      if (found.session !== binding.session) return 'other_session';
      if (found.expires <= now()) return 'expired';
      if (found.call !== binding.call) return 'other_call';
      return same(found, binding) ? 'valid' : 'changed';
    },
  };
}
