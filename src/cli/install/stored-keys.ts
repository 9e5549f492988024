import { existsSync } from 'node:fs';
import { blankToNone } from '../../config/values.ts';
import type { CloudId } from '../../core/ref.ts';
import { type Json, type McpClient, type Place, SCOPES } from './clients/client.ts';
import { CLIENTS, filesOf } from './clients/index.ts';
import { isJsonObject, openEntry } from './edit.ts';
import { DEFAULT_NAME, envOf, OLD_NAME, resolved, SYNTAXES, startsUs } from './entry.ts';
import { KEYED_CLOUDS, keyFile } from './keys.ts';
import { readText } from './save.ts';

/** A key that this machine keeps for a cloud. `variable` is the setting that names a file with a key. */
interface StoredKey {
  cloud: CloudId;
  variable: string;
  path: string;
  /** Where it was found, for a sentence. */
  from: string;
}

/** One entry of ours in a client's file. */
interface Installed {
  client: McpClient;
  file: string;
  name: string;
  entry: Json;
}

/** Our entries in the files of all clients: the person's own files, and those of the present folder. */
interface Searched {
  entries: Installed[];
  /** Files that cannot be read or parsed: they may hold entries, too. */
  unread: { client: McpClient; file: string }[];
}

/** Texts by their files. */
type Texts = ReadonlyMap<string, string>;

/**
 * Searches the files of all clients for entries of ours: the person's own files and those of the present folder.
 * `planned` are texts that files will have.
 */
export function searchFiles(place: Place, script: string, planned: Texts = new Map()): Searched {
  const searched: Searched = { entries: [], unread: [] };
  for (const client of CLIENTS) {
    const scopes = SCOPES.filter((scope) => scope === 'user' || client.project !== null);
    // In the home folder, a project's file is that of the user.
    for (const file of new Set(scopes.flatMap((scope) => filesOf(client, place, scope))))
      try {
        const text = planned.get(file) ?? readText(file);
        const { entries } = openEntry(SYNTAXES[client.format], client, file, text, DEFAULT_NAME);
        for (const [name, entry] of Object.entries(entries))
          if (name === DEFAULT_NAME || name === OLD_NAME || startsUs(entry, script))
            searched.entries.push({ client, file, name, entry });
      } catch {
        searched.unread.push({ client, file });
      }
  }
  return searched;
}

/** Every entry of ours in the person's own files and those of the present folder, of files that can be read. */
export const installedEntries = (place: Place, script: string): Installed[] =>
  searchFiles(place, script).entries;

/** The path of a key file that an entry names; undefined if it names none. */
function pathIn(entry: Json, variable: string): string | undefined {
  if (!isJsonObject(entry)) return undefined;
  const path = envOf(entry)[variable];
  return typeof path === 'string' ? blankToNone(path) : undefined;
}

/**
 * The key files of this machine, at most one a cloud: the private file that `install` makes, else the file that an
 * installed entry names. The keys themselves are not read.
 */
export function storedKeys(place: Place, stateDir: string, script: string): StoredKey[] {
  let installed: Installed[] | null = null;
  return KEYED_CLOUDS.flatMap(({ id, variable: key }): StoredKey[] => {
    const variable = `${key}_FILE`;
    const own = keyFile(stateDir, id);
    if (existsSync(own)) return [{ cloud: id, variable, path: own, from: `the private file ${own}` }];
    installed ??= installedEntries(place, script);
    for (const { client, file, entry } of installed) {
      const path = pathIn(entry, variable);
      if (path !== undefined && existsSync(path))
        return [{ cloud: id, variable, path, from: `${path}, which ${client.title} names in ${file}` }];
    }
    return [];
  });
}

/**
 * An environment in which stored keys fill in for clouds whose key is not set, and where each of them was found. For
 * commands that a person runs; the server itself uses only what its client gives it.
 */
export function withStoredKeys(
  place: Place,
  stateDir: string,
  script: string,
): { env: Place['env']; added: StoredKey[] } {
  const isSet = (name: string): boolean => blankToNone(place.env[name]) !== undefined;
  const added = storedKeys(place, stateDir, script).filter(
    ({ variable }) => !isSet(variable) && !isSet(variable.replace(/_FILE$/, '')),
  );
  const files = Object.fromEntries(added.map(({ variable, path }) => [variable, path]));
  return { env: { ...place.env, ...files }, added };
}

/** Private key files that no entry names any more. */
interface UnusedKeys {
  paths: string[];
  /** Client files that cannot be read. They may name a key, so no key may be deleted then. */
  unread: string[];
}

/**
 * Looks for private key files that no entry of the person's own files or of the present folder names, now or once files
 * have the `planned` texts.
 */
export function unusedKeys(
  { place, stateDir, script }: { place: Place; stateDir: string; script: string },
  planned?: Texts,
): UnusedKeys {
  const { entries, unread } = searchFiles(place, script, planned);
  const named = entries
    .flatMap(({ entry }) => KEYED_CLOUDS.flatMap(({ variable }) => pathIn(entry, `${variable}_FILE`) ?? []))
    .map(resolved);
  const paths = KEYED_CLOUDS.map(({ id }) => keyFile(stateDir, id)).filter(
    (path) => existsSync(path) && !named.includes(resolved(path)),
  );
  return { paths, unread: [...new Set(unread.map(({ file }) => file))] };
}
