import { TOOLSETS } from '../core/policy.ts';

/** One setting: its variable, its flag (secrets have none), its default and its meaning. README and help come from here. */
export interface Setting {
  variable: string;
  flag: string | null;
  /** What follows the flag in the help; null for a switch. In [brackets] it may be left out. */
  value: string | null;
  default: string | null;
  meaning: string;
}

const setting = <V extends string>(
  variable: V,
  flag: string | null,
  value: string | null,
  fallback: string | null,
  meaning: string,
): Setting & { variable: V } => ({ variable, flag, value, default: fallback, meaning });

/** The settings of every way to run. */
export const COMMON_SETTINGS = [
  setting('VOLT_API_KEY', null, null, null, 'Volt (VoltageGPU) API key'),
  setting('VOLT_API_KEY_FILE', null, null, null, 'file that holds the Volt API key'),
  setting('VOLT_BASE_URL', 'volt-base-url', 'URL', 'https://api.voltagegpu.com/api/volt', 'Volt API'),
  setting('NEBULA_API_KEY', null, null, null, 'Nebula (Nebula Block) API key'),
  setting('NEBULA_API_KEY_FILE', null, null, null, 'file that holds the Nebula API key'),
  setting(
    'NEBULA_BASE_URL',
    'nebula-base-url',
    'URL',
    'https://api.nebulablock.com/api/v1',
    'Nebula platform API',
  ),
  setting(
    'NEBULA_INFERENCE_URL',
    'nebula-inference-url',
    'URL',
    'https://inference.nebulablock.com/v1',
    'Nebula inference API',
  ),
  setting(
    'GPU_MCP_CONFIRM',
    'confirm',
    'MODE',
    'auto',
    'auto: ask the person, or use a token where the client cannot ask; human: person only; block: refuse every gated call',
  ),
  setting(
    'GPU_MCP_MAX_USD_PER_HOUR',
    'max-usd-per-hour',
    'USD',
    '25',
    'cap on what all pods of both clouds burn an hour',
  ),
  setting('GPU_MCP_MAX_JOB_USD', 'max-job-usd', 'USD', '100', 'cap on one upfront debit'),
  setting('GPU_MCP_MAX_PODS', 'max-pods', 'N', '20', 'cap on live pods'),
  setting('GPU_MCP_READ_ONLY', 'read-only', null, 'false', 'only tools that read exist'),
  setting('GPU_MCP_TOOLSETS', 'toolsets', 'LIST', 'all', `comma list of ${TOOLSETS.join(', ')}`),
  setting(
    'GPU_MCP_STATE_DIR',
    'state-dir',
    'DIR',
    null,
    'journal, audit log, invoices, one-time secrets (default: XDG state directory)',
  ),
  setting(
    'GPU_MCP_LOG_LEVEL',
    'log-level',
    'LEVEL',
    'info',
    'debug, info, warn, error or silent; JSON lines on stderr',
  ),
  setting(
    'GPU_MCP_SANDBOX',
    'sandbox',
    null,
    'false',
    'serve the built-in simulator of both clouds: no account, no money',
  ),
  setting(
    'GPU_MCP_SANDBOX_SPEED',
    'sandbox-speed',
    'N',
    '10',
    'sandbox seconds that pass in one real second',
  ),
] as const satisfies readonly Setting[];

/** The settings of `serve --http`. */
export const HTTP_SETTINGS = [
  setting('GPU_MCP_HTTP', 'http', null, 'false', 'serve MCP over Streamable HTTP at /mcp instead of stdio'),
  setting('GPU_MCP_HTTP_HOST', 'host', 'HOST', '127.0.0.1', 'address to listen on'),
  setting('GPU_MCP_HTTP_PORT', 'port', 'N', '8484', 'port to listen on; 0 = any free one'),
  setting('GPU_MCP_HTTP_TOKEN', null, null, null, 'bearer token that callers must bring'),
  setting(
    'GPU_MCP_HTTP_TOKEN_FILE',
    null,
    null,
    null,
    'file of bearer tokens, one name:token or name:token:read a line; read again when it changes',
  ),
  setting(
    'GPU_MCP_OAUTH_ISSUER',
    'oauth-issuer',
    'URL',
    null,
    'authorization server whose tokens are accepted',
  ),
  setting(
    'GPU_MCP_OAUTH_AUDIENCE',
    'oauth-audience',
    'NAME',
    null,
    'audience that OAuth tokens must be for (default: the address of /mcp)',
  ),
  setting(
    'GPU_MCP_PUBLIC_URL',
    'public-url',
    'URL',
    null,
    'address under which this server is reached from outside, without /mcp',
  ),
  setting(
    'GPU_MCP_ALLOWED_HOSTS',
    'allowed-hosts',
    'LIST',
    null,
    'Host headers to accept besides the own address; * = any',
  ),
  setting(
    'GPU_MCP_ALLOWED_ORIGINS',
    'allowed-origins',
    'LIST',
    null,
    'web origins to accept besides loopback; * = any',
  ),
  setting(
    'GPU_MCP_CREDENTIALS',
    'credentials',
    'MODE',
    'env',
    'env: one shared pair of keys; headers: each caller brings X-Volt-Api-Key and X-Nebula-Api-Key',
  ),
  setting(
    'GPU_MCP_TRUST_PROXY',
    'trust-proxy',
    '[LIST]',
    null,
    'believe X-Forwarded-* of these addresses or networks; without a list, of whoever connects',
  ),
  setting('GPU_MCP_MAX_SESSIONS', 'max-sessions', 'N', '1000', 'open sessions in all'),
  setting(
    'GPU_MCP_MAX_SESSIONS_PER_CALLER',
    'max-sessions-per-caller',
    'N',
    '100',
    'open sessions of one caller',
  ),
  setting('GPU_MCP_MAX_ACCOUNTS', 'max-accounts', 'N', '200', 'pairs of keys in use at a time (headers)'),
  setting('GPU_MCP_SESSION_IDLE_MINUTES', 'session-idle-minutes', 'N', '60', 'an unused session ends after'),
  setting('GPU_MCP_SESSION_MAX_HOURS', 'session-max-hours', 'N', '24', 'any session ends after'),
  setting(
    'GPU_MCP_REQUESTS_PER_MINUTE',
    'requests-per-minute',
    'N',
    '600',
    'requests of one caller a minute',
  ),
  setting(
    'GPU_MCP_REQUEST_TIMEOUT_SECONDS',
    'request-timeout-seconds',
    'N',
    '30',
    'a request must have arrived in full within',
  ),
  setting(
    'GPU_MCP_ALLOW_SECRET_FILES',
    'allow-secret-files',
    null,
    'false',
    'let tools write one-time secrets to files on this server',
  ),
  setting('GPU_MCP_METRICS_TOKEN', null, null, null, 'bearer token for /metrics alone'),
] as const satisfies readonly Setting[];

/** The settings that mean something for `serve --http` alone; GPU_MCP_HTTP itself chooses it. */
export const HTTP_ONLY = HTTP_SETTINGS.filter(({ variable }) => variable !== 'GPU_MCP_HTTP');

/** Every setting there is. */
export const SETTINGS = [...COMMON_SETTINGS, ...HTTP_SETTINGS] as const;
export type Variable = (typeof SETTINGS)[number]['variable'];
