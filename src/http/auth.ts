import type { MiddlewareHandler } from 'hono';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { type HttpSettings, isProtected } from '../config/http.ts';
import type { Caller, HttpEnv } from './exchange.ts';
import { errorResponse } from './messages.ts';
import { createOauth, metadataUrl, type OauthDeps, type Verdict } from './oauth.ts';
import { bearerIn, type Tokens } from './tokens.ts';

/** Counts events by key and minute. */
interface Rate {
  /** Counts one. Returns null, or the seconds to wait if there are too many. */
  take(key: string): Promise<number | null>;
}

/** At most `perMinute` a key and minute, in memory; a key is forgotten when its minute is over. */
export function createRate(perMinute: number): Rate {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  return {
    async take(key) {
      try {
        await limiter.consume(key);
        return null;
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
      }
    },
  };
}

/** Answers 429 to a caller who asks too often, with the seconds to wait. */
export const rateCheck =
  (rate: Rate): MiddlewareHandler<HttpEnv> =>
  async (c, next) => {
    const wait = await rate.take(c.get('caller')?.id ?? '');
    if (wait === null) return next();
    return errorResponse({
      status: 429,
      message: `Too many requests in a minute. Nothing was done; try again after ${wait} s.`,
      headers: { 'retry-after': String(wait) },
    });
  };

/** The caller if no authentication is required: everybody who can reach this machine's loopback. */
const LOCAL: Caller = { id: 'local', access: 'write', proof: '', until: null };

/** Authenticates callers. */
export interface Authenticator {
  /** Checks an Authorization header; `missing` if there is none. */
  judge(authorization: string | undefined): Promise<Verdict | { kind: 'missing' }>;
  /** False once this caller's token was withdrawn or has expired. */
  stillGood(caller: Caller): boolean;
}

interface AuthDeps extends OauthDeps {
  settings: HttpSettings;
  /** What OAuth tokens must be for. */
  audience: string;
  tokens: Tokens;
}

/** Static tokens first, then the authorization server's; without either everybody is `local`. */
export function createAuthenticator({ settings, audience, tokens, ...deps }: AuthDeps): Authenticator {
  const oauth = settings.oauth === null ? null : createOauth(settings.oauth.issuer, audience, deps);
  const open = !isProtected(settings);
  return {
    async judge(authorization) {
      if (open) return { kind: 'accepted', caller: LOCAL };
      if (authorization === undefined) return { kind: 'missing' };
      const token = bearerIn(authorization);
      if (token === undefined) {
        return { kind: 'refused', error: 'invalid_token', words: 'A bearer token is needed.' };
      }
      const known = tokens.find(token);
      if (known !== null) {
        const { name, access, hash } = known;
        const proof = hash.toString('hex');
        return { kind: 'accepted', caller: { id: `token:${name}`, access, proof, until: null } };
      }
      if (oauth !== null) return oauth(token);
      return { kind: 'refused', error: 'invalid_token', words: 'This bearer token is not known here.' };
    },
    stillGood: ({ id, proof, until }) =>
      until === null
        ? !id.startsWith('token:') || tokens.has(proof)
        : until.wall > deps.now() && until.monotonic > deps.monotonic(),
  };
}

const STATUS = { invalid_token: 401, insufficient_scope: 403 } as const;

/**
 * Refuses callers without a valid token: 401 with what is needed (RFC 6750 section 3, RFC 9728
 * section 5.1), 403 if the token has no scope of ours, 503 if it cannot be checked, 429 after too many wrong ones.
 */
export function authenticate(
  settings: HttpSettings,
  authenticator: Authenticator,
  refusals: Rate,
): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const verdict = await authenticator.judge(c.env.incoming.headers.authorization);
    if (verdict.kind === 'accepted') {
      c.set('caller', verdict.caller);
      return next();
    }
    if (verdict.kind === 'unavailable') {
      return errorResponse({ status: 503, message: verdict.words, headers: { 'retry-after': '10' } });
    }
    const peer = c.get('peer');
    const wait = await refusals.take(peer.address);
    if (wait !== null) {
      const headers = { 'retry-after': String(wait) };
      return errorResponse({
        status: 429,
        message: 'Too many wrong credentials from this address.',
        headers,
      });
    }
    const parts = ['realm="gpu-cloud-mcp"'];
    if (verdict.kind === 'refused')
      parts.push(`error="${verdict.error}"`, `error_description="${verdict.words}"`);
    if (settings.oauth !== null) {
      parts.push('scope="gpu:read gpu:write"', `resource_metadata="${metadataUrl(settings, peer)}"`);
    }
    return errorResponse({
      status: verdict.kind === 'refused' ? STATUS[verdict.error] : 401,
      message:
        verdict.kind === 'refused' ? verdict.words : 'A bearer token is needed (Authorization: Bearer …).',
      headers: { 'www-authenticate': `Bearer ${parts.join(', ')}` },
    });
  };
}
