import { readFileSync } from 'node:fs';
import { type CloudAccess, type CloudManifest, type Proxies, readUrl } from '../clouds/index.ts';
import { GpuError } from '../core/errors.ts';
import type { CloudId } from '../core/model.ts';
import type { Env, Given } from './given.ts';
import { atHome, blankToNone, ConfigError, isPlaceholder, pathUnlessSecret } from './values.ts';

/** Shorter texts cannot be hidden safely in logs and results, and no cloud's key is that short (our choice). */
const MIN_LENGTH = 8;

function problemOf(key: string): string | null {
  if (key === '') return 'is empty. Copy it again from the dashboard of the cloud.';
  if (/^["'`“‘]|["'`”’]$/.test(key)) return 'is in quotes. Write it without them.';
  if (/^(?:export\s+)?[A-Za-z_]\w*\s*=\s*[^=\s]/.test(key))
    return 'is written as NAME=value. Give nothing but the key.';
  if (!/^[\x21-\x7e]+$/.test(key))
    return 'contains spaces or unprintable characters. Copy it again from the dashboard of the cloud.';
  if (key.length < MIN_LENGTH)
    return `is shorter than ${MIN_LENGTH} characters. Copy it again from the dashboard of the cloud.`;
  return null;
}

/** A key that is valid in a header. `name`: the variable that an error names. @throws ConfigError, never with the key */
export function checkKey(name: string, key: string): string {
  const problem = problemOf(key);
  if (problem === null) return key;
  throw new ConfigError(`${name}: the key ${problem}`);
}

/** The content of a file that holds one secret and nothing else. @throws ConfigError that names the variable */
export function readSecretFile(variable: string, given: string, what: string): string {
  const file = atHome(given);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new ConfigError(
      `${variable}: the file ${pathUnlessSecret(file)} cannot be read. Give the path of a readable file that holds only ${what}.`,
    );
  }
}

/** The key of one cloud, from its variable or from the file that its _FILE variable names; undefined if neither is set. @throws ConfigError */
export function readKey(variable: string, { text }: Given): string | undefined {
  const direct = text(variable);
  if (direct !== undefined) return checkKey(variable, direct);
  const twin = `${variable}_FILE`;
  const given = text(twin);
  return given === undefined ? undefined : checkKey(twin, readSecretFile(twin, given, 'the key'));
}

/** The clouds that a key opens, in the order of the manifests. */
export type CloudConfig = Readonly<Record<CloudId, CloudAccess>>;
/** The addresses of the clouds in use, by the names in their manifests. */
export type CloudUrls = Readonly<Record<CloudId, CloudAccess['urls']>>;
/** Keys by cloud. */
export type CloudKeys = Readonly<Record<CloudId, string | undefined>>;

/** The keys that flags, variables and files give. @throws ConfigError */
export const readKeys = (manifests: readonly CloudManifest[], given: Given): CloudKeys =>
  Object.fromEntries(manifests.map(({ id, settings }) => [id, readKey(settings.key, given)]));

/** The addresses of one cloud, checked and normalised. @throws ConfigError */
export const readUrlsOf = ({ settings }: CloudManifest, { text }: Given): CloudAccess['urls'] =>
  Object.fromEntries(
    Object.entries(settings.urls).map(([name, setting]) => [
      name,
      checked(() => readUrl(setting, text(setting.variable) ?? setting.default)),
    ]),
  );

/** The addresses of the clouds in use. @throws ConfigError */
export const readUrls = (
  manifests: readonly CloudManifest[],
  given: Given,
  isUsed: (cloud: CloudId) => boolean,
): CloudUrls =>
  Object.fromEntries(
    manifests.filter(({ id }) => isUsed(id)).map((manifest) => [manifest.id, readUrlsOf(manifest, given)]),
  );

function checked(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof GpuError) throw new ConfigError(`${error.message} ${error.hint ?? ''}`.trim());
    throw error;
  }
}

/** The clouds that these keys open. */
export const cloudsOf = (urls: CloudUrls, keys: CloudKeys): CloudConfig =>
  Object.fromEntries(
    Object.entries(urls).flatMap(([id, own]) => {
      const key = keys[id];
      return key === undefined ? [] : [[id, { key, urls: own }]];
    }),
  );

const either = (names: readonly string[]): string => names.join(', ').replace(/, ([^,]*)$/, ' or $1');

/** The error if no key is given; it names keys that are unresolved references. */
export function noKey(
  manifests: readonly CloudManifest[],
  raw: (variable: string) => string | undefined,
): string {
  const ways = manifests.map(
    ({ full_title, settings: { key } }) => `${key} (or ${key}_FILE) for ${full_title}`,
  );
  const unresolved = manifests
    .flatMap(({ settings: { key } }) => [key, `${key}_FILE`])
    .filter((name) => isPlaceholder(raw(name) ?? ''));
  const why =
    unresolved.length === 0
      ? ''
      : ` ${unresolved.join(' and ')} ${unresolved.length === 1 ? 'holds' : 'hold'} a reference that the client did not fill in.`;
  return `gpu-cloud-mcp needs the API key of at least one cloud.${why} Set ${either(ways)}, in the environment of the MCP client that starts this server; or start it with --sandbox to try everything against the built-in simulator, without an account and without money.`;
}

/** A variable in any case; the one in lower case wins, as in curl. */
const inAnyCase = (env: Env, name: string): string | undefined =>
  [name.toLowerCase(), ...Object.keys(env).filter((key) => key.toUpperCase() === name)]
    .map((key) => blankToNone(env[key]))
    .find((value) => value !== undefined);

function readProxy(env: Env, name: string): string | undefined {
  const given = inAnyCase(env, name);
  if (given === undefined) return undefined;
  const url = given.includes('://') ? given : `http://${given}`;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new ConfigError(
    `${name}: the address of the proxy cannot be used. It must look like http://host:port, with user:password@ before the host if needed.`,
  );
}

const PROXIES: ReadonlySet<string> = new Set(['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY']);

/** Warnings about variables of proxies that hold an unresolved reference: they count as not set. */
export const unresolvedProxies = (env: Env): string[] =>
  Object.entries(env)
    .filter(([name, value]) => PROXIES.has(name.toUpperCase()) && isPlaceholder((value ?? '').trim()))
    .map(([name]) => `${name} holds a reference that the client did not fill in. It counts as not set.`);

/**
 * The proxies on the way to the clouds, as the usual variables of every program name them.
 * @throws ConfigError for an address that is no proxy's; it is not repeated, because it may hold a password
 */
export const readProxies = (env: Env): Proxies => ({
  https: readProxy(env, 'HTTPS_PROXY'),
  http: readProxy(env, 'HTTP_PROXY'),
  none: inAnyCase(env, 'NO_PROXY'),
});
