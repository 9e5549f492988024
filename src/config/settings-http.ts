import { CLOUDS } from '../clouds/index.ts';
import { row } from './row.ts';
import {
  count,
  flag,
  list,
  oneOf,
  origins,
  path,
  positive,
  proxies,
  secret,
  text,
  webUrl,
} from './values.ts';

/** Whose keys pay: the process's own, or those that each caller sends. */
const CREDENTIAL_MODES = ['env', 'headers'] as const;

export type CredentialMode = (typeof CREDENTIAL_MODES)[number];

const HEADERS = CLOUDS.map(({ key_header }) => key_header);

/** The settings of `serve --http`. */
export const HTTP = {
  http: row('GPU_MCP_HTTP', flag, {
    flag: 'http',
    default: 'false',
    meaning: 'serve MCP over Streamable HTTP at /mcp instead of stdio',
  }),
  httpHost: row('GPU_MCP_HTTP_HOST', text, {
    flag: 'host',
    value: 'HOST',
    default: '127.0.0.1',
    meaning: 'address to listen on',
  }),
  httpPort: row('GPU_MCP_HTTP_PORT', count(0, 65_535), {
    flag: 'port',
    value: 'N',
    default: '8484',
    meaning: 'port to listen on; 0 = any free one',
  }),
  httpToken: row('GPU_MCP_HTTP_TOKEN', secret, {
    meaning: 'bearer token that callers must send',
    secret: true,
  }),
  httpTokenFile: row('GPU_MCP_HTTP_TOKEN_FILE', path, {
    meaning:
      'file of bearer tokens, one name:token, name:token:read or name:token:unattended a line; read again when it changes',
  }),
  oauthIssuer: row('GPU_MCP_OAUTH_ISSUER', text, {
    flag: 'oauth-issuer',
    value: 'URL',
    meaning: 'authorization server whose tokens are accepted',
  }),
  oauthAudience: row('GPU_MCP_OAUTH_AUDIENCE', text, {
    flag: 'oauth-audience',
    value: 'NAME',
    meaning: 'audience that OAuth tokens must be for (default: the address of /mcp)',
  }),
  publicUrl: row('GPU_MCP_PUBLIC_URL', webUrl, {
    flag: 'public-url',
    value: 'URL',
    meaning: 'address under which this server is reached from outside, without /mcp',
  }),
  allowedHosts: row('GPU_MCP_ALLOWED_HOSTS', list, {
    flag: 'allowed-hosts',
    value: 'LIST',
    meaning: 'additional Host headers to accept; * = any',
  }),
  allowedOrigins: row('GPU_MCP_ALLOWED_ORIGINS', origins, {
    flag: 'allowed-origins',
    value: 'LIST',
    meaning: 'web origins to accept in addition to loopback; * = any',
  }),
  credentials: row('GPU_MCP_CREDENTIALS', oneOf(CREDENTIAL_MODES), {
    flag: 'credentials',
    value: 'MODE',
    default: 'env',
    meaning: `env: one shared set of keys; headers: each caller sends ${HEADERS.join(' and ')}`,
  }),
  trustProxy: row('GPU_MCP_TRUST_PROXY', proxies, {
    flag: 'trust-proxy',
    value: '[LIST]',
    meaning: 'believe X-Forwarded-* of these addresses or networks; without a list, of all who connect',
  }),
  maxSessions: row('GPU_MCP_MAX_SESSIONS', count(1, 100_000), {
    flag: 'max-sessions',
    value: 'N',
    default: '1000',
    meaning: 'open sessions in all',
  }),
  maxSessionsPerCaller: row('GPU_MCP_MAX_SESSIONS_PER_CALLER', count(1, 100_000), {
    flag: 'max-sessions-per-caller',
    value: 'N',
    default: '100',
    meaning: 'open sessions of one caller',
  }),
  maxAccounts: row('GPU_MCP_MAX_ACCOUNTS', count(1, 10_000), {
    flag: 'max-accounts',
    value: 'N',
    default: '200',
    meaning: 'sets of keys in use at a time (headers)',
  }),
  sessionIdleMinutes: row('GPU_MCP_SESSION_IDLE_MINUTES', positive, {
    flag: 'session-idle-minutes',
    value: 'N',
    default: '60',
    meaning: 'an unused session ends after',
  }),
  sessionMaxHours: row('GPU_MCP_SESSION_MAX_HOURS', positive, {
    flag: 'session-max-hours',
    value: 'N',
    default: '24',
    meaning: 'any session ends after',
  }),
  requestsPerMinute: row('GPU_MCP_REQUESTS_PER_MINUTE', count(1, 1_000_000), {
    flag: 'requests-per-minute',
    value: 'N',
    default: '600',
    meaning: 'requests of one caller a minute',
  }),
  requestTimeoutSeconds: row('GPU_MCP_REQUEST_TIMEOUT_SECONDS', positive, {
    flag: 'request-timeout-seconds',
    value: 'N',
    default: '30',
    meaning: 'a request must have arrived in full within',
  }),
  allowSecretFiles: row('GPU_MCP_ALLOW_SECRET_FILES', flag, {
    flag: 'allow-secret-files',
    default: 'false',
    meaning: 'let tools write one-time secrets to files on this server',
  }),
  metricsToken: row('GPU_MCP_METRICS_TOKEN', secret, {
    meaning: 'bearer token for /metrics alone',
    secret: true,
  }),
};
