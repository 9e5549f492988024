import { CLOUDS, type CloudManifest } from '../clouds/index.ts';
import { CONFIRM_MODES, RESULT_FORMS, TOOLSETS } from '../core/policy.ts';
import { row, type Setting } from './row.ts';
import { HTTP } from './settings-http.ts';
import { accountName, amount, count, flag, oneOf, path, positive, someOf, storeUrl } from './values.ts';

/** Log levels, from everything to nothing. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The settings of every way to run, one row each: type and documentation. */
export const COMMON = {
  confirm: row('GPU_MCP_CONFIRM', oneOf(CONFIRM_MODES, ['browser', 'passkey']), {
    flag: 'confirm',
    value: 'MODE',
    default: 'auto',
    meaning:
      'auto: ask the person, or, if the client cannot ask, take a token with the words that the user replied; human: person only; token: for runs that nobody watches, a token alone lets spend, interrupt and remove own things (with --http only for tokens marked unattended in the token file); block: show plans, execute nothing',
  }),
  maxUsdPerHour: row('GPU_MCP_MAX_USD_PER_HOUR', amount, {
    flag: 'max-usd-per-hour',
    value: 'USD',
    default: '25',
    meaning: 'cap on what all pods of all clouds burn an hour',
  }),
  maxJobUsd: row('GPU_MCP_MAX_JOB_USD', amount, {
    flag: 'max-job-usd',
    value: 'USD',
    default: '100',
    meaning: 'cap on one upfront debit',
  }),
  maxPods: row('GPU_MCP_MAX_PODS', count(0, 100_000), {
    flag: 'max-pods',
    value: 'N',
    default: '20',
    meaning: 'cap on live pods',
  }),
  useAllowanceUsd: row('GPU_MCP_USE_ALLOWANCE_USD', amount, {
    flag: 'use-allowance-usd',
    value: 'USD',
    default: '1',
    meaning:
      'metered model calls that one consent allows in 24 hours, or 50 calls whose price is unknown; 0: ask each time',
  }),
  defaultLifetimeHours: row('GPU_MCP_DEFAULT_LIFETIME_HOURS', positive, {
    flag: 'default-lifetime-hours',
    value: 'N',
    meaning:
      'lease of a new pod if the caller names no max_lifetime_hours: it is stopped then if that ends billing there, else you are reminded',
  }),
  readOnly: row('GPU_MCP_READ_ONLY', flag, {
    flag: 'read-only',
    default: 'false',
    meaning: 'only tools that read exist',
  }),
  toolsets: row('GPU_MCP_TOOLSETS', someOf(TOOLSETS), {
    flag: 'toolsets',
    value: 'LIST',
    default: 'all',
    meaning: `comma list of ${TOOLSETS.join(', ')}`,
  }),
  results: row('GPU_MCP_RESULTS', oneOf(RESULT_FORMS), {
    flag: 'results',
    value: 'FORM',
    default: 'text',
    meaning:
      'text: results are text for a model; both: structured content and output schemas for programs, too (over HTTP also /mcp?results=both)',
  }),
  protocol: row('GPU_MCP_PROTOCOL', oneOf(['auto', '2025']), {
    flag: 'protocol',
    value: 'REVISION',
    default: 'auto',
    meaning: 'auto: MCP 2026-07-28 and 2025-11-25; 2025: only 2025-11-25 and older',
  }),
  account: row('GPU_MCP_ACCOUNT', accountName, {
    flag: 'account',
    value: 'NAME',
    meaning:
      'name of the account, so that leases and orders outlive a change of its key: letters, digits, - and _',
  }),
  stateDir: row('GPU_MCP_STATE_DIR', path, {
    flag: 'state-dir',
    value: 'DIR',
    meaning: 'orders, leases, audit log, invoices, one-time secrets (default: XDG state directory)',
  }),
  storeUrl: row('GPU_MCP_STORE_URL', storeUrl, {
    meaning: 'postgres://… of the state that several replicas share (default: files in the state directory)',
    secret: true,
  }),
  storeUrlFile: row('GPU_MCP_STORE_URL_FILE', path, {
    meaning: 'file that holds only that address',
  }),
  auditDays: row('GPU_MCP_AUDIT_DAYS', count(1, 36_500), {
    flag: 'audit-days',
    value: 'N',
    meaning: 'days that PostgreSQL keeps audit lines (default: for ever; files keep the last 10 MiB)',
  }),
  logLevel: row('GPU_MCP_LOG_LEVEL', oneOf(LOG_LEVELS), {
    flag: 'log-level',
    value: 'LEVEL',
    default: 'info',
    meaning: 'debug, info, warn, error or silent; JSON lines on stderr',
    harmless: true,
  }),
  sandbox: row('GPU_MCP_SANDBOX', flag, {
    flag: 'sandbox',
    default: 'false',
    meaning: 'serve the built-in simulator of the clouds: no account, no money',
  }),
  sandboxSpeed: row('GPU_MCP_SANDBOX_SPEED', amount, {
    flag: 'sandbox-speed',
    value: 'N',
    default: '10',
    meaning: 'sandbox seconds that pass in one real second',
    harmless: true,
  }),
};

/** Variables for keys, key files and addresses of clouds; the manifests define their names. */
type CloudVariable = `${string}_API_KEY` | `${string}_API_KEY_FILE` | `${string}_URL`;
/** Every variable that is a setting. */
export type Variable =
  | (typeof COMMON)[keyof typeof COMMON]['variable']
  | (typeof HTTP)[keyof typeof HTTP]['variable']
  | CloudVariable;

/** The settings of these clouds. A key is never a flag, because process lists show flags. */
export const cloudSettings = (manifests: readonly CloudManifest[]): Setting[] =>
  manifests.flatMap(({ full_title, settings: { key, urls } }) => [
    { variable: key, flag: null, value: null, default: null, secret: true, meaning: `${full_title} API key` },
    {
      variable: `${key}_FILE`,
      flag: null,
      value: null,
      default: null,
      meaning: `file that holds the ${full_title} API key`,
    },
    ...Object.values(urls).map((url) => ({ ...url, value: 'URL' })),
  ]);

/** The settings of every way to run. */
export const COMMON_SETTINGS: readonly Setting[] = [...cloudSettings(CLOUDS), ...Object.values(COMMON)];

/** The settings that only `serve --http` uses; GPU_MCP_HTTP itself turns it on. */
export const HTTP_ONLY: readonly Setting[] = Object.values(HTTP).filter((one) => one !== HTTP.http);

/** Every setting. README, help and docs/configuration.md come from here. */
export const SETTINGS: readonly Setting[] = [...COMMON_SETTINGS, ...Object.values(HTTP)];

/** Every setting but the clouds' own. */
export const ALL_ROWS: readonly Setting[] = [...Object.values(COMMON), ...Object.values(HTTP)];
