import { createHash } from 'node:crypto';
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import * as z from 'zod';
import { type HttpSettings, isLoopback } from '../config/http.ts';
import type { Access, Caller, Peer } from './exchange.ts';
import { json } from './messages.ts';

/** The scopes that tokens can carry. `gpu:write` includes `gpu:read`. */
const SCOPES = ['gpu:read', 'gpu:write'] as const;

/** The result of checking a token. `unavailable`: the authorization server did not answer. */
export type Verdict =
  | { kind: 'accepted'; caller: Caller }
  | { kind: 'refused'; error: 'invalid_token' | 'insufficient_scope'; words: string }
  | { kind: 'unavailable'; words: string };

const TIMEOUT_MS = 5000;
const RETRY_MS = 10_000;
/** How long published keys are kept, and the min time until an unknown key causes another reading (jose's defaults). */
const KEYS_MS = 600_000;
const COOLDOWN_MS = 30_000;
const CLOCK_SKEW_SECONDS = 30;
/** Only asymmetric algorithms: with a shared secret, everybody who can check tokens could make them. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const metadata = z.looseObject({ issuer: z.string(), jwks_uri: z.string() });

/** The possible addresses of an issuer's metadata (RFC 8414 section 3.1, OpenID Connect Discovery 1.0 section 4). */
function discoveryUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/+$/, '');
  const urls = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
  return [...new Set(urls)];
}

/** Sends a request without a key through the proxies of the environment. Rejects if there is no answer. */
export type Fetch = (
  url: string,
  init: { headers?: Record<string, string>; redirect?: 'error' | 'manual'; signal: AbortSignal },
) => Promise<Response>;

/** What checking tokens needs. Milliseconds: `now` is the wall clock, for the times in tokens; `monotonic` is for ages. */
export interface OauthDeps {
  fetch: Fetch;
  now: () => number;
  monotonic: () => number;
}

/** The metadata at an address; undefined if there is none, e.g. a redirect to a login page. */
async function metadataAt(fetch: Fetch, url: string, signal: AbortSignal) {
  try {
    const headers = { accept: 'application/json' };
    const reply = await fetch(url, { headers, redirect: 'error', signal });
    if (reply.ok) return metadata.safeParse(await reply.json()).data;
    await reply.body?.cancel();
  } catch {
    return undefined;
  }
  return undefined;
}

/** The keys at an address, by a clock that never jumps: jose counts their age by the wall clock. */
function keysAt(url: URL, { fetch, monotonic }: OauthDeps): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: TIMEOUT_MS,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: Number.POSITIVE_INFINITY,
    [customFetch]: (address, { headers, redirect, signal }) =>
      fetch(address, { headers: Object.fromEntries(headers), redirect, signal }),
  });
  let readAt = Number.NEGATIVE_INFINITY;
  const read = async () => {
    await keys.reload();
    readAt = monotonic();
  };
  return async (header, token) => {
    if (monotonic() - readAt >= KEYS_MS) await read();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || monotonic() - readAt < COOLDOWN_MS) throw error;
      await read();
      return keys(header, token);
    }
  };
}

async function discover(issuer: string, deps: OauthDeps): Promise<JWTVerifyGetKey> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  for (const url of discoveryUrls(issuer)) {
    const found = await metadataAt(deps.fetch, url, signal);
    if (found === undefined || found.issuer.replace(/\/$/, '') !== issuer.replace(/\/$/, '')) continue;
    const keys = new URL(found.jwks_uri);
    if (keys.protocol !== 'https:' && !isLoopback(keys.hostname)) continue;
    return keysAt(keys, deps);
  }
  throw new Error(`no metadata of ${issuer} names its keys`);
}

const words = z.union([z.string().transform((text) => text.split(' ')), z.array(z.string())]).catch([]);

function accessOf({ scope, scp }: JWTPayload): Access | null {
  const scopes = [...words.parse(scope), ...words.parse(scp)];
  return scopes.includes('gpu:write') ? 'write' : scopes.includes('gpu:read') ? 'read' : null;
}

/** `at`: the time by which the token was judged. */
function verdictOn(issuer: string, payload: JWTPayload, at: number, { monotonic }: OauthDeps): Verdict {
  const who = payload.sub ?? payload.client_id ?? payload.azp;
  if (typeof who !== 'string' || who === '') {
    return { kind: 'refused', error: 'invalid_token', words: 'The token does not say whose it is.' };
  }
  const access = accessOf(payload);
  if (access === null) {
    const wanted = 'The token has neither the scope gpu:read nor gpu:write.';
    return { kind: 'refused', error: 'insufficient_scope', words: wanted };
  }
  const proof = createHash('sha256').update(`${issuer}\n${who}`).digest('hex');
  const ends = (payload.exp ?? 0) * 1000;
  const until = { wall: ends, monotonic: monotonic() + ends - at };
  return { kind: 'accepted', caller: { id: `oauth:${proof.slice(0, 16)}`, access, proof, until } };
}

/** Max tokens whose first use is remembered; the oldest are dropped. */
const MAX_SEEN = 10_000;

/**
 * The time at which a token is checked, milliseconds: the wall clock, or, if that went back since the token was first used,
 * the time of its first use plus the time passed since. So setting a clock back makes no expired token valid.
 */
function createTimes({ now, monotonic }: OauthDeps) {
  const offsets = new Map<string, number>();
  // Only the signed part: the signature has several spellings.
  const keyOf = (token: string) =>
    createHash('sha256')
      .update(token.slice(0, token.lastIndexOf('.')))
      .digest('base64');
  return {
    of: (token: string): number => Math.max(now(), monotonic() + (offsets.get(keyOf(token)) ?? -Infinity)),
    /** Remembers a token that the issuer signed. */
    seen(token: string): void {
      const key = keyOf(token);
      if (offsets.has(key)) return;
      offsets.set(key, now() - monotonic());
      const [oldest] = offsets.keys();
      if (offsets.size > MAX_SEEN && oldest !== undefined) offsets.delete(oldest);
    },
  };
}

/**
 * Checks access tokens (JWT, RFC 9068) of one issuer: signature by its published keys, issuer, audience, times, scopes.
 * The keys are fetched at the first token and kept; after a failure not again for 10 s.
 */
export function createOauth(
  issuer: string,
  audience: string,
  deps: OauthDeps,
): (token: string) => Promise<Verdict> {
  let keys: Promise<JWTVerifyGetKey> | null = null;
  let failedAt = Number.NEGATIVE_INFINITY;
  const times = createTimes(deps);
  const unavailable: Verdict = {
    kind: 'unavailable',
    words: 'The authorization server cannot be asked for its keys now.',
  };
  const keysOf = async (): Promise<JWTVerifyGetKey | null> => {
    if (keys === null && deps.monotonic() - failedAt < RETRY_MS) return null;
    try {
      keys ??= discover(issuer, deps);
      return await keys;
    } catch {
      keys = null;
      failedAt = deps.monotonic();
      return null;
    }
  };
  return async (token) => {
    const key = await keysOf();
    if (key === null) return unavailable;
    const at = times.of(token);
    try {
      const { payload } = await jwtVerify(token, key, {
        issuer: [issuer, issuer.endsWith('/') ? issuer.slice(0, -1) : `${issuer}/`],
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_SKEW_SECONDS,
        requiredClaims: ['exp'],
        currentDate: new Date(at),
      });
      times.seen(token);
      return verdictOn(issuer, payload, at, deps);
    } catch (error) {
      if (error instanceof errors.JWTExpired) times.seen(token);
      return isTokenFault(error)
        ? { kind: 'refused', error: 'invalid_token', words: faultWords(error) }
        : unavailable;
    }
  };
}

const isTokenFault = (error: unknown): error is errors.JOSEError =>
  error instanceof errors.JOSEError &&
  !(error instanceof errors.JWKSTimeout) &&
  !(error instanceof errors.JWKSInvalid) &&
  error.code !== 'ERR_JOSE_GENERIC';

function faultWords(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired.';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The token is not for this server (${error.claim}).`;
  return 'The token is not valid.';
}

/** The paths of the metadata for a resource at the root, and for the resource `/mcp` (RFC 9728 section 3.1). */
export const METADATA_PATHS = [
  '/.well-known/oauth-protected-resource',
  '/.well-known/oauth-protected-resource/mcp',
] as const;

type Reached = Pick<HttpSettings, 'publicUrl'>;

const baseOf = ({ publicUrl }: Reached, { scheme, host }: Peer): string => publicUrl ?? `${scheme}://${host}`;

/** The address of the metadata for the other end. */
export const metadataUrl = (settings: Reached, peer: Peer): string => {
  const { origin, pathname } = new URL(baseOf(settings, peer));
  return `${origin}${METADATA_PATHS[0]}${pathname.replace(/\/$/, '')}/mcp`;
};

/** OAuth 2.0 Protected Resource Metadata (RFC 9728 section 2): which authorization server issues tokens for us. */
export function resourceMetadata(settings: HttpSettings, peer: Peer): Response {
  if (settings.oauth === null) return json(404, { error: 'This server does not use OAuth.' });
  return json(200, {
    resource: `${baseOf(settings, peer)}/mcp`,
    authorization_servers: [settings.oauth.issuer],
    scopes_supported: SCOPES,
    bearer_methods_supported: ['header'],
    resource_name: 'gpu-cloud-mcp',
  });
}
