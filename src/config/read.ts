import { homedir } from 'node:os';
import { join } from 'node:path';
import { CLOUDS, type CloudManifest, type Proxies } from '../clouds/index.ts';
import { secretsIn } from '../core/base-url.ts';
import type { Caps, ConfirmMode, Results, Toolset } from '../core/policy.ts';
import {
  type CloudConfig,
  type CloudUrls,
  cloudsOf,
  noKey,
  readKeys,
  readProxies,
  readSecretFile,
  readUrls,
  unresolvedProxies,
} from './clouds.ts';
import { type Env, type Given, readGiven, unknownNames } from './given.ts';
import { type HttpSettings, readHttp } from './http.ts';
import { ALL_ROWS, COMMON, cloudSettings, HTTP_ONLY, type LogLevel, type Variable } from './settings.ts';
import { HTTP } from './settings-http.ts';
import { readToolSecret, TOOL_SECRET } from './tool-secrets.ts';
import { blankToNone, ConfigError, storeUrl } from './values.ts';

export { type CloudConfig, type CloudKeys, type CloudUrls, cloudsOf } from './clouds.ts';
export type { Env } from './given.ts';
export type { Setting } from './row.ts';
export { COMMON_SETTINGS, LOG_LEVELS, type LogLevel, SETTINGS, type Variable } from './settings.ts';
export { ConfigError } from './values.ts';

/** The whole configuration of one process, checked. */
export interface Config {
  /** The clouds that this program knows. */
  manifests: readonly CloudManifest[];
  /** Empty if callers send their own keys, or in the sandbox. */
  clouds: CloudConfig;
  urls: CloudUrls;
  confirm: ConfirmMode;
  caps: Caps;
  /** USD of metered model calls that one consent allows in 24 hours; 0 = ask each time. */
  useAllowanceUsd: number;
  /** Hours after which a new pod is stopped if the caller names no other time; null = never. */
  defaultLifetimeHours: number | null;
  readOnly: boolean;
  toolsets: ReadonlySet<Toolset>;
  results: Results;
  protocol: 'auto' | '2025';
  /** The operator's name of the account; null = its key's fingerprint names it. */
  account: string | null;
  stateDir: string;
  /** True if a flag or the environment names the state directory. */
  isStateDirNamed: boolean;
  /** `postgres://…` of shared state; null = files in the state directory. */
  storeUrl: string | null;
  /** Days that the database keeps audit lines; null = for ever. */
  auditDays: number | null;
  /** The proxies on the way to the clouds. */
  proxies: Proxies;
  logLevel: LogLevel;
  sandbox: { speed: number } | null;
  /** Null for stdio. */
  http: HttpSettings | null;
  /** Secrets among the settings, in addition to the clouds' keys: for the redactor. */
  secrets: readonly string[];
  /** Warnings that do not stop the start, one sentence each, for stderr. */
  warnings: readonly string[];
  /** Values of `GPU_MCP_SECRET_*`, of the environment or of files, for tools that take such a name instead of a secret. */
  secret: (name: string) => string | undefined;
}

/** The settings of a command line, by variable. */
export type SettingFlags = Partial<Record<Variable, string>>;

/**
 * Reads the configuration: flags win over the environment, the environment over defaults.
 * @throws ConfigError if a value is wrong or no key is given
 */
export function readConfig(
  flags: SettingFlags,
  env: Env = process.env,
  manifests: readonly CloudManifest[] = CLOUDS,
): Config {
  const given = readGiven(flags, env);
  const { get, find } = given;
  const sandbox = get(COMMON.sandbox);
  const overHttp = get(HTTP.http);
  if (!overHttp) refuseHttpFlags(given);
  const warnings = [
    ...given.check(checkedRows(manifests, sandbox, overHttp), overHttp),
    ...unknownNames(env),
    ...unresolvedProxies(env),
  ];
  if (overHttp) refuseUnattended(given);
  if (overHttp) refuseNameOfMany(given);
  const http = overHttp ? readHttp(given) : null;
  const callersBring = http?.credentials === 'headers';
  const keys = sandbox || callersBring ? {} : readKeys(manifests, given);
  const hasKey = Object.values(keys).some((key) => key !== undefined);
  if (!sandbox && !callersBring && !hasKey) throw new ConfigError(noKey(manifests, (name) => env[name]));
  const urls = readUrls(manifests, given, (id) => !sandbox && (callersBring || keys[id] !== undefined));
  const store = readStoreUrl(given);
  const proxies = readProxies(env);
  const isStateDirNamed = find(COMMON.stateDir) !== null;
  const stateDir = find(COMMON.stateDir) ?? defaultStateDir(env);
  return {
    manifests,
    clouds: cloudsOf(urls, keys),
    urls,
    confirm: get(COMMON.confirm),
    caps: {
      max_usd_per_hour: get(COMMON.maxUsdPerHour),
      max_job_usd: get(COMMON.maxJobUsd),
      max_pods: get(COMMON.maxPods),
    },
    useAllowanceUsd: get(COMMON.useAllowanceUsd),
    defaultLifetimeHours: find(COMMON.defaultLifetimeHours),
    readOnly: get(COMMON.readOnly),
    toolsets: get(COMMON.toolsets),
    results: get(COMMON.results),
    protocol: get(COMMON.protocol),
    account: find(COMMON.account),
    stateDir,
    isStateDirNamed,
    storeUrl: store,
    auditDays: find(COMMON.auditDays),
    proxies,
    logLevel: get(COMMON.logLevel),
    sandbox: sandbox ? { speed: get(COMMON.sandboxSpeed) } : null,
    http,
    secrets: [
      http?.token,
      http?.metricsToken,
      ...Object.entries(env).flatMap(([name, value]) => (TOOL_SECRET.test(name) ? [value] : [])),
      ...secretsIn(store),
      ...secretsIn(proxies.http),
      ...secretsIn(proxies.https),
    ].filter((secret): secret is string => typeof secret === 'string'),
    warnings,
    secret: (name) => readToolSecret(env, sandbox && !isStateDirNamed ? null : stateDir, name),
  };
}

/** The configuration of a command that uses no cloud, so that it needs no key. @throws ConfigError */
export const readKeyless = (flags: SettingFlags = {}, env: Env = process.env): Config =>
  readConfig({ ...flags, GPU_MCP_SANDBOX: 'true', GPU_MCP_HTTP: 'false' }, env);

/** True if flags or environment ask for HTTP; false if that setting itself is wrong. */
export function wantsHttp(flags: SettingFlags): boolean {
  try {
    return readGiven(flags, process.env).get(HTTP.http);
  } catch {
    return false;
  }
}

/** The settings in use, whose values must not silently count as not set. */
const checkedRows = (manifests: readonly CloudManifest[], sandbox: boolean, overHttp: boolean) => [
  ...ALL_ROWS.filter(({ variable }) => overHttp || !HTTP_ONLY.some((row) => row.variable === variable)),
  ...(sandbox ? [] : cloudSettings(manifests).filter(({ flag }) => flag !== null)),
];

/** Refuses flags that would have no effect. Variables are accepted: several programs may share an environment. */
function refuseHttpFlags({ isFlag }: Given): void {
  const found = HTTP_ONLY.find(({ variable, flag }) => flag !== null && isFlag(variable));
  if (found === undefined) return;
  throw new ConfigError(
    `--${found.flag} means something with --http only. Add --http to serve over HTTP, or leave it out to serve over stdio.`,
  );
}

/** Refuses `--confirm token` without a token file: over HTTP only callers with a marked token may act without a person. */
function refuseUnattended({ get, find }: Given): void {
  if (get(COMMON.confirm) !== 'token' || find(HTTP.httpTokenFile) !== null) return;
  throw new ConfigError(
    'GPU_MCP_CONFIRM (--confirm) is token, which lets calls act without a person. With --http that holds only for callers whose token is marked as name:token:unattended in the file that GPU_MCP_HTTP_TOKEN_FILE names, and it is not set. Set it, or choose auto, human or block.',
  );
}

/** Refuses one account name for callers who send their own keys: they have many accounts. */
function refuseNameOfMany({ get, find }: Given): void {
  if (get(HTTP.credentials) !== 'headers' || find(COMMON.account) === null) return;
  throw new ConfigError(
    'GPU_MCP_ACCOUNT (--account) names one account, and with --credentials headers each caller has another. Leave it out.',
  );
}

const STORE_FILE = 'GPU_MCP_STORE_URL_FILE';

function readStoreUrl({ find }: Given): string | null {
  const direct = find(COMMON.storeUrl);
  const file = find(COMMON.storeUrlFile);
  if (direct !== null || file === null) return direct;
  const read = storeUrl.safeParse(readSecretFile(STORE_FILE, file, 'the address of the store'));
  if (read.success) return read.data;
  throw new ConfigError(`${STORE_FILE}: what the file holds is not an address that begins with postgres://.`);
}

/** The environment for a child server: everything but the keys. */
export function childEnv(extra: Record<string, string>): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !/_API_KEY|^GPU_MCP_(?:.*_TOKEN|STORE_URL)/.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), ...extra };
}

/** Every variable of this process, secrets included, for installer and doctor, which never show them. */
export const environment = (): Env => process.env;

/** True if a terminal may show colours (https://no-color.org: any value that is not empty turns them off). */
export const wantsColor = (env: Env = process.env): boolean => (env.NO_COLOR ?? '') === '';

const defaultStateDir = (env: Env): string =>
  join(blankToNone(env.XDG_STATE_HOME) ?? join(homedir(), '.local', 'state'), 'gpu-cloud-mcp');
