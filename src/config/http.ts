import { ConfigError, looksSecret, quoteUnlessSecret } from './errors.ts';
import type { Given } from './given.ts';
import { DEFAULT_LIMITS, type HttpSettings, isLoopback, isProtected } from './http-settings.ts';
import { HTTP } from './settings-http.ts';

const MINUTE = 60_000;

/** The settings of `serve --http`. @throws ConfigError, also if anybody on the network could come in */
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

/** The issuer stays as it was written: tokens name it exactly so. */
function readOauth(issuer: string | null, audience: string | null): HttpSettings['oauth'] {
  if (issuer === null) {
    if (audience === null) return null;
    throw new ConfigError(`GPU_MCP_OAUTH_AUDIENCE: means nothing without ${ISSUER}.`);
  }
  const refuse = (why: string) => new ConfigError(`${ISSUER}: ${quoteUnlessSecret(issuer)} ${why}`);
  const url = URL.canParse(issuer) ? new URL(issuer) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw refuse('is not an address that begins with https:// or http://.');
  if (url.protocol !== 'https:' && !isLoopback(url.hostname)) throw refuse('must begin with https://.');
  if (url.search !== '' || url.hash !== '') throw refuse('must have neither query nor fragment.');
  return { issuer, audience };
}
