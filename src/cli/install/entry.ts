import { existsSync, realpathSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import type { Json, JsonObject, McpClient, Place, StdioServer } from './clients/client.ts';
import { isJsonObject, type Syntax } from './edit.ts';
import { jsonSyntax } from './json.ts';
import { KEYED_CLOUDS } from './keys.ts';
import { tomlSyntax } from './toml.ts';
import { yamlSyntax } from './yaml.ts';

/**
 * The PATH of an app that was started from the desktop, without shell profiles (nvm, fnm, Homebrew).
 * macOS: the PATH of launchd; Linux: that of systemd's user session. Windows gives apps the user's own PATH.
 */
const DESKTOP: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['/usr/bin', '/bin', '/usr/sbin', '/sbin'],
  linux: ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
};

/** The PATH of a desktop app; null if it is the one of the shell. */
export const desktopPath = (platform: NodeJS.Platform): string | null => DESKTOP[platform]?.join(':') ?? null;

const realOrNull = (path: string): string | null => (existsSync(path) ? realpathSync(path) : null);

/** A folder that fnm creates for each shell and removes with it. */
const PASSING = /fnm_multishells/;

/**
 * The folder of the running Node if a desktop app would not find that Node; else null. A folder of the PATH is preferred to
 * the target of its link, which often changes with each version.
 */
export function hiddenNode(
  node: string,
  { platform, env }: Pick<Place, 'platform' | 'env'>,
  desktop: readonly string[] | undefined = DESKTOP[platform],
): string | null {
  if (desktop === undefined) return null;
  const target = realOrNull(node);
  const first = desktop
    .map((folder) => realOrNull(posix.join(folder, 'node')))
    .find((found) => found !== null);
  if (first !== undefined && first === target) return null;
  const folders = (env.PATH ?? '').split(':').filter((folder) => folder !== '' && !PASSING.test(folder));
  return folders.find((folder) => realOrNull(posix.join(folder, 'node')) === target) ?? posix.dirname(node);
}

/** The name of the package, and of the entries of earlier versions. */
const PACKAGE = 'gpu-cloud-mcp';
/** The name of our entry. */
export const DEFAULT_NAME = 'gpu-cloud';
/** Its name in earlier versions. */
export const OLD_NAME = PACKAGE;

/** All names of our entry: an entry with the usual name replaces one with the old name. */
export const namesOf = (name: string): string[] => (name === DEFAULT_NAME ? [name, OLD_NAME] : [name]);

/** The switches that we write and the person may have changed; `install` keeps them. */
const TUNED = ['disabled', 'enabled', 'timeout', 'description', 'tools'];
/** The fields with variables that entries set or pass on. */
const VARIABLES = ['env', 'environment', 'envs', 'env_keys', 'env_vars'];
/** The fields that `install` replaces. */
const WRITTEN = [
  ...VARIABLES,
  'type',
  'command',
  'args',
  'url',
  'serverUrl',
  'httpUrl',
  'headers',
  'bearer_token_env_var',
  'cmd',
  'uri',
  'name',
];
const OURS = new Set([
  ...KEYED_CLOUDS.flatMap(({ variable }) => [variable, `${variable}_FILE`]),
  'GPU_MCP_SANDBOX',
  'Authorization',
  'GPU_MCP_HTTP_TOKEN',
]);

/** The path of a file with its links resolved; the path itself if there is no such file. */
export const resolved = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

/**
 * How a client starts this very program: through npx if it runs from a package, with node and the absolute path if it
 * runs from a clone. `hidden` is the folder of Node if the client would not find it by itself: both are then named in
 * full, and npx, a script that looks for node, gets that folder into its PATH. On Windows npx is a script, which not
 * every client can start without cmd (so do public guides for Claude Code: `claude mcp add NAME -- cmd /c npx …`).
 */
export function launchOf(
  script: string,
  platform: NodeJS.Platform,
  hidden: string | null = null,
): Pick<StdioServer, 'command' | 'args' | 'values'> {
  const path = resolved(script);
  const full = (program: string): string => (hidden === null ? program : join(hidden, program));
  if (!path.includes(`${sep}node_modules${sep}${PACKAGE}${sep}`))
    return { command: full('node'), args: [path], values: {} };
  const npx = ['-y', PACKAGE];
  if (platform === 'win32') return { command: 'cmd', args: ['/c', 'npx', ...npx], values: {} };
  const PATH = [hidden, desktopPath(platform)].join(':');
  return { command: full('npx'), args: npx, values: hidden === null ? {} : { PATH } };
}

const textsOf = (value: Json | undefined): string[] => {
  const parts = Array.isArray(value) ? value : [value ?? null];
  return parts.filter((part) => typeof part === 'string');
};

/** The program and arguments of an entry of any client. */
const commandLine = ({ command, cmd, args }: JsonObject): string[] => [command, cmd, args].flatMap(textsOf);

/** True if an entry of any client starts this program. */
export function startsUs(entry: Json | undefined, script: string): boolean {
  if (!isJsonObject(entry)) return false;
  return commandLine(entry).some(
    (part) => /(^|[\\/])gpu-cloud-mcp(@|$|[\\/])/.test(part) || part === resolved(script),
  );
}

const isOwnVariable = (name: string): boolean =>
  name.startsWith('GPU_MCP_') || KEYED_CLOUDS.some(({ variable }) => name.startsWith(variable));

/** The names of the variables that an entry sets or passes on. */
const variablesOf = (entry: JsonObject): string[] =>
  VARIABLES.flatMap((key) => {
    const value = entry[key];
    return isJsonObject(value) ? Object.keys(value) : textsOf(value);
  });

/** True if an entry starts another program and has nothing of ours. */
const startsAnother = (entry: Json, script: string): boolean =>
  isJsonObject(entry) &&
  commandLine(entry).length > 0 &&
  !startsUs(entry, script) &&
  !commandLine(entry).some((part) => /[\\/]dist[\\/]index\.js$/.test(part)) &&
  !variablesOf(entry).some(isOwnVariable);

/** The variables that an entry of any client sets. */
export const envOf = ({ env, environment, envs }: JsonObject): JsonObject =>
  [env, environment, envs].find(isJsonObject) ?? {};

/** True if an entry starts this program on real accounts, not on the simulator. */
export function usesRealAccounts(entry: Json | undefined): boolean {
  if (!isJsonObject(entry) || commandLine(entry).length === 0) return false;
  const { GPU_MCP_SANDBOX: sandbox } = envOf(entry);
  return !commandLine(entry).includes('--sandbox') && !/^(?:true|1|yes|on)$/i.test(String(sandbox));
}

const urlsOf = (entry: JsonObject): Json[] =>
  [entry.url, entry.serverUrl, entry.httpUrl, entry.uri].filter((url) => url !== undefined);

/** True if an entry may be replaced or removed: it has our name, starts this program, or has the same URL. */
export function isOurs(entry: Json, name: string, script: string, fresh: JsonObject | null): boolean {
  if (name === OLD_NAME || startsUs(entry, script)) return true;
  if (name === DEFAULT_NAME) return !startsAnother(entry, script);
  const urls = fresh === null ? [] : urlsOf(fresh);
  return isJsonObject(entry) && urlsOf(entry).some((url) => urls.includes(url));
}

const isTexts = (value: Json | undefined): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** Both values merged: variables and headers that we do not manage stay, such as a spending cap. */
function joined(old: Json | undefined, fresh: Json): Json {
  if (isJsonObject(old) && isJsonObject(fresh)) {
    const kept = Object.fromEntries(Object.entries(old).filter(([key]) => !OURS.has(key)));
    const order = Object.keys(old).filter((key) => key in fresh || key in kept);
    const all: JsonObject = { ...kept, ...fresh };
    return Object.fromEntries([
      ...order.map((key): [string, Json] => [key, all[key] ?? null]),
      ...Object.entries(fresh).filter(([key]) => !order.includes(key)),
    ]);
  }
  if (isTexts(old) && isTexts(fresh)) {
    const kept = old.filter((item) => !OURS.has(item) && !fresh.includes(item));
    return [...fresh, ...kept];
  }
  return fresh;
}

/** Our entry with the person's additions to the old one: other fields, changed switches, other variables. */
export function mergeEntry(old: Json | undefined, fresh: JsonObject): JsonObject {
  if (!isJsonObject(old)) return fresh;
  const merged: JsonObject = {};
  for (const [key, value] of Object.entries(old)) {
    if (key in fresh) merged[key] = TUNED.includes(key) ? value : (fresh[key] ?? null);
    else if (!WRITTEN.includes(key)) merged[key] = value;
  }
  const sameKind = (urlsOf(old).length === 0) === (urlsOf(fresh).length === 0);
  const all: JsonObject = {
    ...merged,
    ...Object.fromEntries(Object.entries(fresh).filter(([key]) => !(key in merged))),
  };
  if (!sameKind) return all;
  for (const key of [...VARIABLES, 'headers']) {
    const kept = joined(old[key], fresh[key] ?? (Array.isArray(old[key]) ? [] : {}));
    const some = Array.isArray(kept) ? kept.length > 0 : isJsonObject(kept) && Object.keys(kept).length > 0;
    if (key in old && (some || key in fresh)) all[key] = kept;
  }
  return all;
}

/** How each format is read and edited. */
export const SYNTAXES: Readonly<Record<McpClient['format'], Syntax>> = {
  json: jsonSyntax,
  toml: tomlSyntax,
  yaml: yamlSyntax,
};
