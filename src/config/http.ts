import type { Given } from './given.ts';
import { type CredentialMode, HTTP } from './settings-http.ts';
import { ConfigError, looksSecret, quoteUnlessSecret } from './values.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * Bounds of one HTTP server: times in milliseconds, sizes in bytes. Our choice for a team of dozens on one small machine;
 * only the body (1 MiB) is part of our contract.
 */
export const DEFAULT_LIMITS = {
  sessions: 1000,
  sessionsPerCaller: 100,
  /** Max pairs of keys in use at a time, if callers send their own. */
  accounts: 200,
  /** A session ends after so long without a request. */
  idleMs: 60 * MINUTE,
  /** A session whose client never sent `initialized` ends after this. */
  unconfirmedMs: MINUTE,
  maxAgeMs: 24 * 60 * MINUTE,
  /** A pair of keys without a session is closed after this. */
  accountIdleMs: 15 * MINUTE,
  requestsPerMinute: 600,
  /** Max refused credentials of one address a minute. */
  refusalsPerMinute: 30,
  bodyBytes: MIB,
  /** Max size of the body of a call that holds images: the same as the longest line over stdio. */
  imageBodyBytes: 10 * MIB,
  /** Max such bodies at a time, in all and of one caller, from the first byte to the end of the answer. */
  largeBodies: 8,
  largeBodiesPerCaller: 2,
  headerBytes: 16 * KIB,
  /** Max time for the headers of a request. */
  headersTimeoutMs: 10 * SECOND,
  /** Max time for a whole request. */
  requestTimeoutMs: 30 * SECOND,
  /** Interval of the search for slow requests and expired sessions. */
  sweepMs: 5 * SECOND,
  /** A connection without a request is closed after this. */
  keepAliveMs: 65 * SECOND,
  /** A connection without any data is closed after this; streams send comments more often. */
  stalledMs: 2 * MINUTE,
  streamCommentMs: 15 * SECOND,
  connections: 4000,
  /** Max unanswered requests of one session. */
  inFlight: 32,
  eventsPerSession: 200,
  eventBytesPerSession: MIB,
  eventBytesInAll: 128 * MIB,
  /** Longer than a person has to answer a question. */
  eventAgeMs: 15 * MINUTE,
  /** How long running calls may take to finish after a signal to stop. */
  drainMs: 25 * SECOND,
  /** Min interval between two checks of readiness. */
  readyMs: 15 * SECOND,
  /** Min interval between two readings of the token file. */
  tokenFileMs: SECOND,
};

export type HttpLimits = typeof DEFAULT_LIMITS;

/** All settings of `serve --http`. */
export interface HttpSettings {
  host: string;
  port: number;
  /** Origin (and path prefix) under which clients reach this server, without a trailing slash. */
  publicUrl: string | null;
  token: string | null;
  tokenFile: string | null;
  /** Opens /metrics and nothing else. */
  metricsToken: string | null;
  oauth: { issuer: string; audience: string | null } | null;
  credentials: CredentialMode;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
  /** Whose X-Forwarded-* headers count: nobody's, every peer's, or those of these addresses and networks. */
  trustProxy: 'none' | 'all' | readonly string[];
  allowSecretFiles: boolean;
  limits: HttpLimits;
}

/** True for names and addresses that only this machine can reach. */
export const isLoopback = (host: string): boolean => {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  return bare === 'localhost' || bare === '::1' || /^127(?:\.\d{1,3}){3}$/.test(bare);
};

/** True if callers must authenticate. */
export const isProtected = ({ token, tokenFile, oauth }: HttpSettings): boolean =>
  token !== null || tokenFile !== null || oauth !== null;

/** The settings of `serve --http`. @throws ConfigError, also if anybody on the network could use the server */
export function readHttp({ find, get }: Given): HttpSettings {
  const settings: HttpSettings = {
    host: get(HTTP.httpHost),
    port: get(HTTP.httpPort),
    publicUrl: find(HTTP.publicUrl),
    token: find(HTTP.httpToken),
    tokenFile: find(HTTP.httpTokenFile),
    metricsToken: find(HTTP.metricsToken),
    oauth: readOauth(find(HTTP.oauthIssuer), find(HTTP.oauthAudience)),
    credentials: get(HTTP.credentials),
    allowedHosts: (find(HTTP.allowedHosts) ?? []).map((host) => host.toLowerCase()),
    allowedOrigins: find(HTTP.allowedOrigins) ?? [],
    trustProxy: find(HTTP.trustProxy) ?? 'none',
    allowSecretFiles: get(HTTP.allowSecretFiles),
    limits: {
      ...DEFAULT_LIMITS,
      sessions: get(HTTP.maxSessions),
      sessionsPerCaller: get(HTTP.maxSessionsPerCaller),
      accounts: get(HTTP.maxAccounts),
      requestsPerMinute: get(HTTP.requestsPerMinute),
      idleMs: get(HTTP.sessionIdleMinutes) * MINUTE,
      maxAgeMs: get(HTTP.sessionMaxHours) * 60 * MINUTE,
      ...timeouts(get(HTTP.requestTimeoutSeconds) * 1000),
    },
  };
  if (!isLoopback(settings.host)) requireProtection(settings);
  return settings;
}

const timeouts = (requestTimeoutMs: number) => ({
  requestTimeoutMs,
  headersTimeoutMs: Math.min(requestTimeoutMs, DEFAULT_LIMITS.headersTimeoutMs),
  sweepMs: Math.max(50, Math.min(requestTimeoutMs / 2, DEFAULT_LIMITS.sweepMs)),
});

function requireProtection(settings: HttpSettings): void {
  const host = looksSecret(settings.host) ? 'that address' : settings.host;
  if (!isProtected(settings)) {
    throw new ConfigError(
      `gpu-cloud-mcp refuses to listen on ${host}: everybody who can reach that address could spend your money. Set GPU_MCP_HTTP_TOKEN (or GPU_MCP_HTTP_TOKEN_FILE with one name:token a line) or --oauth-issuer so that callers have to prove who they are; or leave out --host to listen on this machine only (127.0.0.1).`,
    );
  }
  if (settings.oauth !== null && settings.oauth.audience === null && settings.publicUrl === null) {
    throw new ConfigError(
      `gpu-cloud-mcp cannot know which OAuth tokens are meant for it when it listens on ${host}. Set --public-url (tokens must then be for that address followed by /mcp) or --oauth-audience.`,
    );
  }
}

const ISSUER = 'GPU_MCP_OAUTH_ISSUER';

/** The issuer, not normalised, because tokens name it in exactly this form. */
function readOauth(issuer: string | null, audience: string | null): HttpSettings['oauth'] {
  if (issuer === null) {
    if (audience === null) return null;
    throw new ConfigError(`GPU_MCP_OAUTH_AUDIENCE: means nothing without ${ISSUER}.`);
  }
  const issuerError = (why: string) => new ConfigError(`${ISSUER}: ${quoteUnlessSecret(issuer)} ${why}`);
  const url = URL.canParse(issuer) ? new URL(issuer) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw issuerError('is not an address that begins with https:// or http://.');
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) throw issuerError('must begin with https://.');
  if (url.search !== '' || url.hash !== '') throw issuerError('must have neither query nor fragment.');
  return { issuer, audience };
}
