import { ConfigError } from '../../config/read.ts';
import { quote } from '../../core/text.ts';
import type { JsonObject } from './clients/client.ts';
import { CLIENT_IDS, meantClients } from './clients/index.ts';
import type { InstallContext, InstallFlags } from './context.ts';
import { launchOf } from './entry.ts';
import { KEYED_CLOUDS, type KeyChoice, knownKeyFile } from './keys.ts';
import { checkName, checkUrl, type Target } from './plan.ts';

/** The client name for an entry to paste into any client. */
export const GENERIC = 'other';

/** The placeholder of a path that only the person knows. */
const ANY_FILE = '/path/to/a/file/that/holds/only/the/key';

/** Flags about a client's own file, which is unknown here. */
const MEANINGLESS: readonly (readonly [flag: string, isGiven: (flags: InstallFlags) => boolean])[] = [
  ['--scope project', ({ scope }) => scope !== undefined && scope !== 'user'],
  ['--keys', ({ keys }) => keys !== undefined],
  ['--dry-run', ({ dryRun }) => dryRun === true],
  ['--no-verify', ({ verify }) => verify === false],
  ['--replace', ({ replace }) => replace === true],
  ['--delete-keys', ({ deleteKeys }) => deleteKeys === true],
];

/** The variables that name key files: those known here, else one for each cloud whose key is set or, with none, for all. */
function keyFilesOf(
  choice: KeyChoice,
  { place, stateDir }: InstallContext,
): { values: JsonObject; isComplete: boolean } {
  const rows = KEYED_CLOUDS.map(({ id, variable }) => ({
    variable,
    path: knownKeyFile(id, place, choice, stateDir),
    isSet: (place.env[variable] ?? '').trim() !== '',
  }));
  const wanted = rows.filter(({ path, isSet }) => path !== undefined || isSet);
  const shown = wanted.length > 0 ? wanted : rows;
  return {
    values: Object.fromEntries(shown.map(({ variable, path }) => [`${variable}_FILE`, path ?? ANY_FILE])),
    isComplete: shown.every(({ path }) => path !== undefined),
  };
}

/** The entry and what the person should know about it. */
function entryOf(target: Target, context: InstallContext): { entry: JsonObject; notes: string[] } {
  if (target.kind === 'http')
    return {
      entry: { url: checkUrl(target.url) },
      notes: ['If that server wants a bearer token, add the header "Authorization: Bearer …" to the entry.'],
    };
  const { command, args, values } = launchOf(context.script, context.place.platform, context.hiddenNode);
  if (target.kind === 'sandbox') {
    const env = Object.keys(values).length === 0 ? {} : { env: { ...values } };
    return { entry: { command, args: [...args, 'serve', '--sandbox'], ...env }, notes: [] };
  }
  const files = keyFilesOf(target.keys, context);
  const entry = { command, args, env: { ...values, ...files.values } };
  if (files.isComplete) return { entry, notes: [] };
  return {
    entry,
    notes: [
      `Put each key alone into a file that only you can read, and its path in the place of ${ANY_FILE}. One cloud is enough.`,
    ],
  };
}

/**
 * An entry to paste into a client that the installer does not know: the form that most clients share. It starts Node by
 * its whole path if an app on the desktop would not find it. @throws ConfigError if the name is near to that of a known
 * client, or a flag means nothing here
 */
export function genericText(
  given: string,
  name: string,
  flags: InstallFlags,
  target: Target,
  context: InstallContext,
): string {
  const near = given === GENERIC ? null : meantClients(given);
  if (near !== null)
    throw new ConfigError(
      `${quote(given)} is not a client that this installer knows.${near} Known: ${CLIENT_IDS}; "${GENERIC}" prints an entry to paste.`,
    );
  checkName(name);
  const flag = MEANINGLESS.find(([, isGiven]) => isGiven(flags))?.[0];
  if (flag !== undefined)
    throw new ConfigError(
      `${flag} means nothing with ${quote(given)}: its file is not known, so an entry is printed and nothing is written or started. Leave the flag out.`,
    );
  const head =
    given === GENERIC
      ? 'Most clients take this entry:'
      : `${quote(given)} is not a client that this installer knows (${CLIENT_IDS}), so nothing was written. Most clients take this entry:`;
  const { entry, notes } = entryOf(target, context);
  return [
    head,
    JSON.stringify({ mcpServers: { [name]: entry } }, null, 2),
    ...notes,
    'Some call the table "servers" or "mcp", or want a "type": see the manual of the client.',
  ].join('\n\n');
}
