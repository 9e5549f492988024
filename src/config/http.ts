import { isIP } from 'node:net';
import {
  CREDENTIAL_MODES,
  DEFAULT_LIMITS,
  type HttpSettings,
  isLoopback,
  isProtected,
} from './http-settings.ts';
import type { Variable } from './settings.ts';
import { amount, atHome, ConfigError, count, looksSecret, oneOf, printable, shown, yes } from './values.ts';

/** How a variable is looked up: `text` as given or undefined, `or` with its default. */
export interface Lookup {
  text: (name: Variable) => string | undefined;
  or: (name: Variable) => string;
}

const MINUTE = 60_000;

/** The settings of `serve --http`. @throws ConfigError, also where anybody on the network could come in */
export function readHttp({ text, or }: Lookup): HttpSettings {
  const whole = (name: Variable, least: number, most: number) => count(name, or(name), least, most);
  const secret = (name: Variable) => {
    const given = text(name);
    return given === undefined ? null : printable(name, given);
  };
  const tokenFile = text('GPU_MCP_HTTP_TOKEN_FILE');
  const settings: HttpSettings = {
    host: or('GPU_MCP_HTTP_HOST'),
    port: whole('GPU_MCP_HTTP_PORT', 0, 65_535),
    publicUrl: urlOf('GPU_MCP_PUBLIC_URL', text('GPU_MCP_PUBLIC_URL')),
    token: secret('GPU_MCP_HTTP_TOKEN'),
    tokenFile: tokenFile === undefined ? null : atHome(tokenFile),
    metricsToken: secret('GPU_MCP_METRICS_TOKEN'),
    oauth: readOauth(text('GPU_MCP_OAUTH_ISSUER'), text('GPU_MCP_OAUTH_AUDIENCE')),
    credentials: oneOf('GPU_MCP_CREDENTIALS', CREDENTIAL_MODES, or('GPU_MCP_CREDENTIALS')),
    allowedHosts: list(text('GPU_MCP_ALLOWED_HOSTS')).map((host) => host.toLowerCase()),
    allowedOrigins: list(text('GPU_MCP_ALLOWED_ORIGINS')).map((origin) => originOf(origin)),
    trustProxy: readProxies(text('GPU_MCP_TRUST_PROXY')),
    allowSecretFiles: yes('GPU_MCP_ALLOW_SECRET_FILES', or('GPU_MCP_ALLOW_SECRET_FILES')),
    limits: {
      ...DEFAULT_LIMITS,
      sessions: whole('GPU_MCP_MAX_SESSIONS', 1, 100_000),
      sessionsPerCaller: whole('GPU_MCP_MAX_SESSIONS_PER_CALLER', 1, 100_000),
      accounts: whole('GPU_MCP_MAX_ACCOUNTS', 1, 10_000),
      requestsPerMinute: whole('GPU_MCP_REQUESTS_PER_MINUTE', 1, 1_000_000),
      idleMs: positive('GPU_MCP_SESSION_IDLE_MINUTES', or('GPU_MCP_SESSION_IDLE_MINUTES')) * MINUTE,
      maxAgeMs: positive('GPU_MCP_SESSION_MAX_HOURS', or('GPU_MCP_SESSION_MAX_HOURS')) * 60 * MINUTE,
      ...timeouts(positive('GPU_MCP_REQUEST_TIMEOUT_SECONDS', or('GPU_MCP_REQUEST_TIMEOUT_SECONDS')) * 1000),
    },
  };
  if (!isLoopback(settings.host)) exposed(settings);
  return settings;
}

const timeouts = (requestTimeoutMs: number) => ({
  requestTimeoutMs,
  headersTimeoutMs: Math.min(requestTimeoutMs, DEFAULT_LIMITS.headersTimeoutMs),
  sweepMs: Math.max(50, Math.min(requestTimeoutMs / 2, DEFAULT_LIMITS.sweepMs)),
});

const hostOf = ({ host }: HttpSettings): string => (looksSecret(host) ? 'that address' : host);

function exposed(settings: HttpSettings): void {
  if (!isProtected(settings)) {
    throw new ConfigError(
      `gpu-cloud-mcp refuses to listen on ${hostOf(settings)}: whoever can reach that address could spend your money. Set GPU_MCP_HTTP_TOKEN (or GPU_MCP_HTTP_TOKEN_FILE with one name:token a line) or --oauth-issuer so that callers have to prove who they are; or leave out --host to listen on this machine only (127.0.0.1).`,
    );
  }
  if (settings.oauth !== null && settings.oauth.audience === null && settings.publicUrl === null) {
    throw new ConfigError(
      `gpu-cloud-mcp cannot tell which OAuth tokens are meant for it when it listens on ${hostOf(settings)}. Set --public-url (tokens must then be for that address followed by /mcp) or --oauth-audience.`,
    );
  }
}

function readOauth(issuer: string | undefined, audience: string | undefined): HttpSettings['oauth'] {
  if (issuer === undefined) {
    if (audience === undefined) return null;
    throw new ConfigError('GPU_MCP_OAUTH_AUDIENCE: means nothing without GPU_MCP_OAUTH_ISSUER.');
  }
  urlOf('GPU_MCP_OAUTH_ISSUER', issuer);
  const { protocol, hostname, search, hash } = new URL(issuer);
  if (protocol !== 'https:' && !isLoopback(hostname)) {
    throw new ConfigError(`GPU_MCP_OAUTH_ISSUER: ${shown(issuer)} must begin with https://.`);
  }
  if (search !== '' || hash !== '') {
    throw new ConfigError(`GPU_MCP_OAUTH_ISSUER: ${shown(issuer)} must have neither query nor fragment.`);
  }
  return { issuer, audience: audience ?? null };
}

const list = (given: string | undefined): string[] =>
  (given ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function urlOf(name: Variable, given: string | undefined): string | null {
  if (given === undefined) return null;
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new ConfigError(`${name}: ${shown(given)} is not an address that begins with https:// or http://.`);
  }
  return given.replace(/\/+$/, '');
}

function originOf(given: string): string {
  if (given === '*') return given;
  const origin = URL.canParse(given) ? new URL(given).origin : 'null';
  if (origin !== 'null') return origin;
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/]+$/i.test(given)) return given.toLowerCase();
  throw new ConfigError(
    `GPU_MCP_ALLOWED_ORIGINS: ${shown(given)} is not an origin such as https://example.com.`,
  );
}

function readProxies(given: string | undefined): HttpSettings['trustProxy'] {
  if (given === undefined || /^(false|0|no|off)$/i.test(given)) return 'none';
  if (/^(true|1|yes|on|all)$/i.test(given)) return 'all';
  const networks = list(given);
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address);
    const most = family === 6 ? 128 : 32;
    if (family === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most))) {
      throw new ConfigError(
        `GPU_MCP_TRUST_PROXY: ${shown(network)} is neither an address nor a network such as 10.0.0.0/8.`,
      );
    }
  }
  return networks;
}

function positive(name: Variable, given: string): number {
  const value = amount(name, given);
  if (value > 0) return value;
  throw new ConfigError(`${name}: ${shown(given)} is not more than 0.`);
}
