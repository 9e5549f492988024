import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CLOUDS } from '../../clouds/index.ts';
import { checkKey } from '../../config/clouds.ts';
import { blankToNone, ConfigError, pathUnlessSecret } from '../../config/values.ts';
import type { CloudId } from '../../core/model.ts';
import type { McpClient, Place } from './clients/client.ts';
import { readText, writeAtomically } from './save.ts';

/** The values of `--keys`. */
export const KEY_HOMES = ['env', 'file', 'literal'] as const;
/** Where keys are kept: in a variable of the client's environment, a file, or the client's own configuration. */
type KeyHome = (typeof KEY_HOMES)[number];

/** The clouds whose keys an entry can carry. */
export const KEYED_CLOUDS = CLOUDS.map(({ id, full_title, settings, dashboard }) => ({
  id,
  title: full_title,
  variable: settings.key,
  /** Where a person gets a key: words and an address. */
  dashboard: `${dashboard.words}, ${dashboard.url}`,
  /** The flag that names a file with its key, and commander's name for it. */
  fileFlag: `${id}-key-file`,
  fileOption: `${id}KeyFile` as const,
}));

/** The person's choices about keys. `typed`: keys from a prompt; `files`: paths of files that hold only a key. */
export interface KeyChoice {
  home: KeyHome | null;
  files: Partial<Record<CloudId, string>>;
  typed: Partial<Record<CloudId, string>>;
}

/** A key that is known while an entry is planned. */
export interface KnownKey {
  cloud: CloudId;
  key: string;
}

/** How an entry gets its keys, the private files to write first (those that do not hold their key yet), and what the person should know. */
export interface KeyPlan {
  values: Record<string, string>;
  references: string[];
  files: { path: string; key: string }[];
  /** The keys that could be read here. */
  known: KnownKey[];
  notes: string[];
}

const either = (names: readonly string[]): string => names.join(' or ');

const NONE = `No API key was found here. Set ${either(KEYED_CLOUDS.map(({ variable }) => variable))} (or the *_FILE variables) and run it again, name a file with ${either(KEYED_CLOUDS.map(({ fileFlag }) => `--${fileFlag}`))}, or add --sandbox to try everything on the simulator: no account, no money.`;

/** The path that a flag or a variable names; no shell has expanded the variable. */
const pathOf = (given: string, { cwd, home }: Place): string =>
  resolve(
    cwd,
    given.replace(/^~(?=$|[/\\])/, () => home),
  );

/** A file that holds a key, and the flag or variable that names it; null if an earlier run made it. */
interface KeyFile {
  given: string;
  source: string | null;
}

function keyIn({ given, source }: KeyFile, place: Place): string {
  const path = pathOf(given, place);
  const key = readText(path).trim();
  if (key !== '') return checkKey(path, key);
  // A key that was given instead of a path is not repeated.
  const name = pathUnlessSecret(given) === given ? path : `the file ${pathUnlessSecret(given)}`;
  throw new ConfigError(
    `${source === null ? '' : `${source}: `}${name} is missing or empty. Give the path of a file that holds only the key.`,
  );
}

/** Where `install` puts the key of a cloud: a file that only its owner can read. */
export const keyFile = (stateDir: string, cloud: CloudId): string => join(stateDir, 'keys', cloud);

/** The private file of a cloud, if an earlier run made it. */
const storedFile = (stateDir: string, cloud: CloudId): KeyFile | undefined => {
  const path = keyFile(stateDir, cloud);
  return existsSync(path) ? { given: path, source: null } : undefined;
};

/** The file that the flag or the variable of a cloud names; the flag wins. */
function namedFile(cloud: CloudId, { env }: Place, { files }: KeyChoice): KeyFile | undefined {
  const { variable = '', fileFlag = '' } = KEYED_CLOUDS.find(({ id }) => id === cloud) ?? {};
  const byFlag = files[cloud];
  if (byFlag !== undefined) return { given: byFlag, source: `--${fileFlag}` };
  const byVariable = blankToNone(env[`${variable}_FILE`]);
  return byVariable === undefined ? undefined : { given: byVariable, source: `${variable}_FILE` };
}

/**
 * The file with the key of a cloud that a flag or a variable names, else the private file of an earlier run; undefined
 * if there is none. @throws ConfigError if it holds no key
 */
export function knownKeyFile(
  cloud: CloudId,
  place: Place,
  choice: KeyChoice,
  stateDir: string,
): string | undefined {
  const file = namedFile(cloud, place, choice) ?? storedFile(stateDir, cloud);
  if (file === undefined) return undefined;
  keyIn(file, place);
  return pathOf(file.given, place);
}

/** Decides how the entry gets its keys. Writes nothing. @throws ConfigError if there is no key, or none of that kind */
export function planKeys(client: McpClient, place: Place, choice: KeyChoice, stateDir: string): KeyPlan {
  const plan: KeyPlan = { values: {}, references: [], files: [], known: [], notes: [] };
  if (choice.home === 'env' && !client.references) {
    throw new ConfigError(
      `Entries of ${client.title} cannot refer to environment variables. Use --keys file: the entry then holds the path of a private file.`,
    );
  }
  for (const { id, variable } of KEYED_CLOUDS) {
    const named = namedFile(id, place, choice);
    const known = choice.typed[id] ?? blankToNone(place.env[variable]);
    const key = known === undefined ? undefined : checkKey(variable, known);
    const file = named ?? (key === undefined ? storedFile(stateDir, id) : undefined);
    if (key === undefined && file === undefined) continue;
    const read = (): string => key ?? (file === undefined ? '' : keyIn(file, place));
    if (choice.home === 'literal') {
      plan.values[variable] = read();
      plan.known.push({ cloud: id, key: read() });
    } else if (
      choice.home !== 'file' &&
      choice.files[id] === undefined &&
      key !== undefined &&
      client.references
    ) {
      plan.references.push(variable);
      plan.known.push({ cloud: id, key });
    } else if (file !== undefined && choice.typed[id] === undefined) {
      plan.known.push({ cloud: id, key: keyIn(file, place) });
      plan.values[`${variable}_FILE`] = pathOf(file.given, place);
    } else {
      const path = keyFile(stateDir, id);
      plan.files.push({ path, key: read() });
      plan.known.push({ cloud: id, key: read() });
      plan.values[`${variable}_FILE`] = path;
    }
  }
  if (plan.references.length + Object.keys(plan.values).length === 0) {
    if (choice.home !== 'env') throw new ConfigError(NONE);
    plan.references = KEYED_CLOUDS.map(({ variable }) => variable);
    plan.notes.push(
      `Set ${plan.references.join(' or ')} in the environment that ${client.title} starts in: neither is set here.`,
    );
  } else if (plan.references.length > 0) {
    plan.notes.push(
      `${client.title} must see ${plan.references.join(' and ')} in its own environment. An app that is started from the desktop often does not see what a shell sets; --keys file works everywhere.`,
    );
  }
  if (choice.home === 'literal')
    plan.notes.push(
      'The key will be in that file in plain text: anyone who can read the file can spend your money.',
    );
  plan.files = plan.files.filter((file) => !isStored(file));
  for (const { path } of plan.files) plan.notes.push(`The key goes to ${path}, which only you can read.`);
  return plan;
}

/** True if the file already holds the key and only its owner can read it. */
const isStored = ({ path, key }: { path: string; key: string }): boolean =>
  existsSync(path) && readText(path).trim() === key && (statSync(path).mode & 0o077) === 0;

/** Writes a key to its private file (0600, folder 0700), in one step. */
export function storeKey({ path, key }: { path: string; key: string }): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  writeAtomically(path, `${key}\n`, 0o600);
}
