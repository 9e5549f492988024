import { type CloudAccess, type CloudManifest, readUrl } from '../clouds/index.ts';
import type { CloudId } from '../core/cloud-id.ts';
import { GpuError } from '../core/errors.ts';
import { ConfigError } from './errors.ts';
import type { Given } from './given.ts';
import { readKey } from './keys.ts';
import { isPlaceholder } from './values.ts';

/** The clouds that a key opens, in the order of the manifests. */
export type CloudConfig = Readonly<Record<CloudId, CloudAccess>>;
/** The addresses of the clouds in use, by the names that its manifest gives them. */
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

/** What to do if no key is given; names references that stand in place of a key. */
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
