import { realpathSync } from 'node:fs';
import { sep } from 'node:path';
import type { Json, JsonObject, StdioServer } from './clients/client.ts';
import { isObject } from './edit.ts';
import { KEYED_CLOUDS } from './keys.ts';

/** The name of our entry, and of the package. */
export const DEFAULT_NAME = 'gpu-cloud-mcp';

/** What of an entry the person may have tuned; `install` keeps it. */
const TUNED = ['disabled', 'enabled', 'timeout', 'description', 'autoApprove', 'alwaysAllow', 'trust'];
const WRITTEN = [
  'type',
  'command',
  'args',
  'env',
  'url',
  'serverUrl',
  'httpUrl',
  'headers',
  'env_vars',
  'bearer_token_env_var',
  'cmd',
  'envs',
  'env_keys',
  'uri',
  'name',
];
const OURS = new Set([
  ...KEYED_CLOUDS.flatMap(({ variable }) => [variable, `${variable}_FILE`]),
  'GPU_MCP_SANDBOX',
  'Authorization',
  'GPU_MCP_HTTP_TOKEN',
]);

const real = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};

/**
 * How a client starts this very program: through npx where it runs from a package, with node and the absolute path
 * where it runs from a clone. On Windows npx is a script, which not every client can start without cmd (so do
 * public guides for Claude Code: `claude mcp add NAME -- cmd /c npx …`).
 */
export function launchOf(script: string, platform: NodeJS.Platform): Pick<StdioServer, 'command' | 'args'> {
  const path = real(script);
  if (!path.includes(`${sep}node_modules${sep}${DEFAULT_NAME}${sep}`))
    return { command: 'node', args: [path] };
  const npx = ['-y', DEFAULT_NAME];
  return platform === 'win32'
    ? { command: 'cmd', args: ['/c', 'npx', ...npx] }
    : { command: 'npx', args: npx };
}

/** Whether an entry of whatever client starts this program. */
export function startsUs(entry: Json | undefined, script: string): boolean {
  if (!isObject(entry)) return false;
  const started = [entry.command, entry.cmd, ...(Array.isArray(entry.args) ? entry.args : [])].filter(
    (part) => typeof part === 'string',
  );
  return started.some((part) => /(^|[\\/])gpu-cloud-mcp(@|$|[\\/])/.test(part) || part === real(script));
}

const urlsOf = (entry: JsonObject): Json[] =>
  [entry.url, entry.serverUrl, entry.httpUrl, entry.uri].filter((url) => url !== undefined);

/** Whether an entry may be replaced or removed: it bears our name, starts this program, or leads to the same URL. */
export function isOurs(entry: Json, name: string, script: string, fresh: JsonObject | null): boolean {
  if (name === DEFAULT_NAME || startsUs(entry, script)) return true;
  const urls = fresh === null ? [] : urlsOf(fresh);
  return isObject(entry) && urlsOf(entry).some((url) => urls.includes(url));
}

const isTexts = (value: Json | undefined): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** What both hold: of variables and headers, those that we do not manage stay (a spending cap, for instance). */
function joined(old: Json | undefined, fresh: Json): Json {
  if (isObject(old) && isObject(fresh)) {
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

const ENVIRONMENTS = ['env', 'envs', 'env_keys', 'env_vars', 'headers'];

/** Our entry with what the person added to the old one: other fields, tuned switches, other variables. */
export function mergeEntry(old: Json | undefined, fresh: JsonObject): JsonObject {
  if (!isObject(old)) return fresh;
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
  for (const key of ENVIRONMENTS) {
    const kept = joined(old[key], fresh[key] ?? (Array.isArray(old[key]) ? [] : {}));
    const some = Array.isArray(kept) ? kept.length > 0 : isObject(kept) && Object.keys(kept).length > 0;
    if (key in old && (some || key in fresh)) all[key] = kept;
  }
  return all;
}
