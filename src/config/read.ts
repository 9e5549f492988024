import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Caps } from '../core/context.ts';
import { CONFIRM_MODES, type ConfirmMode, TOOLSETS, type Toolset } from '../core/policy.ts';
import { type BaseUrls, readBases } from './bases.ts';
import { readHttp } from './http.ts';
import type { HttpSettings } from './http-settings.ts';
import { HTTP_ONLY, SETTINGS, type Variable } from './settings.ts';
import {
  amount,
  atHome,
  blankToNone,
  ConfigError,
  count,
  oneOf,
  printable,
  shownPath,
  yes,
} from './values.ts';

export { COMMON_SETTINGS, SETTINGS, type Setting, type Variable } from './settings.ts';
export { ConfigError } from './values.ts';

/** A cloud's key and addresses. */
export interface CloudConfig {
  volt: { apiKey: string; baseUrl: string } | null;
  nebula: { apiKey: string; baseUrl: string; inferenceUrl: string } | null;
}

/** How much is logged, from most to nothing. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The whole configuration of one process, checked. */
export interface Config {
  /** Both null where callers bring their own keys, or in the sandbox. */
  clouds: CloudConfig;
  baseUrls: BaseUrls;
  confirm: ConfirmMode;
  caps: Caps;
  readOnly: boolean;
  toolsets: ReadonlySet<Toolset>;
  stateDir: string;
  logLevel: LogLevel;
  sandbox: { speed: number } | null;
  /** Null for stdio. */
  http: HttpSettings | null;
  /** Values of `GPU_MCP_SECRET_*`, for tools that take the name of a variable instead of a secret. */
  secret: (name: string) => string | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;
type Given = Partial<Record<Variable, string>>;
type KeyVariable = Extract<Variable, 'VOLT_API_KEY' | 'NEBULA_API_KEY'>;

const NO_KEY =
  'gpu-cloud-mcp needs the API key of at least one cloud. Set VOLT_API_KEY (or VOLT_API_KEY_FILE) for Volt (VoltageGPU), NEBULA_API_KEY (or NEBULA_API_KEY_FILE) for Nebula Block, or both, in the environment of the MCP client that starts this server; or start it with --sandbox to try everything against the built-in simulator, without an account and without money.';

/**
 * Reads the configuration: flags win over the environment, the environment over defaults.
 * @throws ConfigError where a value is wrong or no key is given
 */
export function readConfig(flags: Given, env: Env = process.env): Config {
  try {
    return read(flags, env);
  } catch (error) {
    throw named(error, flags);
  }
}

/** An error about a setting that came as a flag names the flag, too. */
function named(error: unknown, flags: Given): unknown {
  if (!(error instanceof ConfigError)) return error;
  const { message } = error;
  const setting = SETTINGS.find(
    ({ variable }) => blankToNone(flags[variable]) !== undefined && message.startsWith(`${variable}:`),
  );
  const flag = setting?.flag ?? null;
  return flag === null ? error : new ConfigError(`--${flag}, ${message}`);
}

function read(flags: Given, env: Env): Config {
  const text = (name: Variable): string | undefined => blankToNone(flags[name]) ?? blankToNone(env[name]);
  const or = (name: Variable): string =>
    text(name) ?? SETTINGS.find((known) => known.variable === name)?.default ?? '';
  const sandbox = yes('GPU_MCP_SANDBOX', or('GPU_MCP_SANDBOX'));
  const http = yes('GPU_MCP_HTTP', or('GPU_MCP_HTTP')) ? readHttp({ text, or }) : null;
  if (http === null) refuseHttpFlags(flags);
  const callersBring = http?.credentials === 'headers';
  const keyOf = (name: KeyVariable) => (sandbox || callersBring ? undefined : readKey(name, text));
  const [voltKey, nebulaKey] = [keyOf('VOLT_API_KEY'), keyOf('NEBULA_API_KEY')];
  if (!sandbox && !callersBring && voltKey === undefined && nebulaKey === undefined)
    throw new ConfigError(NO_KEY);
  const isUsed = (key: string | undefined) => !sandbox && (callersBring || key !== undefined);
  const baseUrls = readBases(or, { volt: isUsed(voltKey), nebula: isUsed(nebulaKey) });
  return {
    clouds: cloudsOf(baseUrls, voltKey, nebulaKey),
    baseUrls,
    confirm: oneOf('GPU_MCP_CONFIRM', CONFIRM_MODES, or('GPU_MCP_CONFIRM')),
    caps: {
      max_usd_per_hour: amount('GPU_MCP_MAX_USD_PER_HOUR', or('GPU_MCP_MAX_USD_PER_HOUR')),
      max_job_usd: amount('GPU_MCP_MAX_JOB_USD', or('GPU_MCP_MAX_JOB_USD')),
      max_pods: count('GPU_MCP_MAX_PODS', or('GPU_MCP_MAX_PODS'), 0, 100_000),
    },
    readOnly: yes('GPU_MCP_READ_ONLY', or('GPU_MCP_READ_ONLY')),
    toolsets: readToolsets(or('GPU_MCP_TOOLSETS')),
    stateDir: atHome(text('GPU_MCP_STATE_DIR') ?? defaultStateDir(env)),
    logLevel: oneOf('GPU_MCP_LOG_LEVEL', LOG_LEVELS, or('GPU_MCP_LOG_LEVEL')),
    sandbox: sandbox ? { speed: amount('GPU_MCP_SANDBOX_SPEED', or('GPU_MCP_SANDBOX_SPEED')) } : null,
    http,
    secret: (name) => (/^GPU_MCP_SECRET_[A-Z0-9_]+$/.test(name) ? blankToNone(env[name]) : undefined),
  };
}

/** A flag that would do nothing is a mistake; a variable may stand in an environment that several programs share. */
function refuseHttpFlags(flags: Given): void {
  const given = HTTP_ONLY.find(
    ({ variable, flag }) => flag !== null && blankToNone(flags[variable]) !== undefined,
  );
  if (given === undefined) return;
  throw new ConfigError(
    `--${given.flag} means something with --http only. Add --http to serve over HTTP, or leave it out to serve over stdio.`,
  );
}

/** The clouds that these keys open. */
export function cloudsOf(
  { volt, nebula, nebulaInference }: BaseUrls,
  voltKey: string | undefined,
  nebulaKey: string | undefined,
): CloudConfig {
  return {
    volt: voltKey === undefined ? null : { apiKey: voltKey, baseUrl: volt },
    nebula:
      nebulaKey === undefined ? null : { apiKey: nebulaKey, baseUrl: nebula, inferenceUrl: nebulaInference },
  };
}

/** The environment that a child server of this one gets: everything but the keys, which it does not need. */
export function childEnv(extra: Record<string, string>, env: Env = process.env): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !/_API_KEY|^GPU_MCP_.*_TOKEN/.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), ...extra };
}

/** Every variable of this process, secrets included: for installer and doctor, which look at them and never show them. */
export const environment = (): Env => process.env;

/** Whether a terminal may show colours (https://no-color.org: any value that is not empty says no). */
export const wantsColor = (env: Env = process.env): boolean => (env.NO_COLOR ?? '') === '';

function readKey(name: KeyVariable, text: (name: Variable) => string | undefined) {
  const direct = text(name);
  const given = text(`${name}_FILE`);
  if (direct !== undefined || given === undefined)
    return direct === undefined ? undefined : printable(name, direct);
  const file = atHome(given);
  try {
    return printable(`${name}_FILE`, readFileSync(file, 'utf8').trim());
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(
      `${name}_FILE: the file ${shownPath(file)} cannot be read. Give the path of a readable file that holds only the key.`,
    );
  }
}

function readToolsets(given: string): ReadonlySet<Toolset> {
  if (given === 'all') return new Set(TOOLSETS);
  const names = given.split(',').map((name) => name.trim());
  return new Set(names.map((name) => oneOf('GPU_MCP_TOOLSETS', TOOLSETS, name)));
}

function defaultStateDir(env: Env): string {
  return join(blankToNone(env.XDG_STATE_HOME) ?? join(homedir(), '.local', 'state'), 'gpu-cloud-mcp');
}
