import { ConfigError } from '../../config/read.ts';
import type {
  HttpServer,
  Json,
  JsonObject,
  McpClient,
  Place,
  Scope,
  Server,
  StdioServer,
} from './clients/client.ts';
import { filesOf } from './clients/index.ts';
import { type DiffLine, diffLines, touchesOthers } from './diff.ts';
import { type EntryFile, openEntry } from './edit.ts';
import { isOurs, launchOf, mergeEntry, namesOf, SYNTAXES, usesRealAccounts } from './entry.ts';
import { type KeyChoice, type KeyPlan, type KnownKey, planKeys, storeKey } from './keys.ts';
import { readText, save } from './save.ts';

/** What to install: the simulator, the clouds behind the person's keys, or a server behind a URL. */
export type Target =
  | { kind: 'sandbox' }
  | { kind: 'clouds'; keys: KeyChoice }
  | { kind: 'http'; url: string };

/** What is installed where. */
interface InstallRequest {
  client: McpClient;
  scope: Scope;
  name: string;
  target: Target;
}

/**
 * This program on this machine. `script` is the file that runs now; `hiddenNode` the folder of Node if apps on the
 * desktop do not find it, else null; `stateDir` holds private key files.
 */
export interface Machine {
  place: Place;
  script: string;
  hiddenNode: string | null;
  stateDir: string;
}

/** One file before and after. The plan is valid only while the file still has the text `before`. */
export interface FilePlan {
  file: string;
  scope: Scope;
  before: string;
  after: string;
  diff: DiffLine[];
}

/** A whole installation, checked and not yet written. */
export interface InstallPlan extends FilePlan {
  client: McpClient;
  name: string;
  server: Server;
  keyFiles: KeyPlan['files'];
  /** The keys of the entry, as far as they are known here. */
  keys: KnownKey[];
  notes: string[];
  /** True if the simulator would replace an entry for real accounts. */
  dropsRealAccounts: boolean;
}

/** The removal of our entries from one file. */
interface RemovalPlan extends FilePlan {
  /** Their names in the file. */
  names: string[];
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Refuses a name that some clients do not accept. @throws ConfigError */
export function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new ConfigError(`--name: "${name}" must be 1 to 64 letters, digits, hyphens and underscores.`);
}

/** The URL of a server, checked. @throws ConfigError */
export function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new ConfigError(`--http: "${text}" is not an http or https URL, e.g. http://127.0.0.1:8484/mcp.`);
  if (url.username !== '' || url.password !== '')
    throw new ConfigError('--http: leave user and password out of the URL; the file would hold them.');
  return text;
}

function httpServer(client: McpClient, { env }: Place, url: string, notes: string[]): HttpServer {
  if (client.http === null)
    throw new ConfigError(
      `The configuration file of ${client.title} cannot hold a server behind a URL. Add it in the app (Settings > Connectors), or install the local server without --http.`,
    );
  const hasToken = (env.GPU_MCP_HTTP_TOKEN ?? '').trim() !== '';
  if (hasToken && !client.references)
    notes.push(
      `${client.title} cannot take the bearer token from a variable: add the header "Authorization: Bearer …" to the entry yourself.`,
    );
  return {
    kind: 'http',
    url: checkUrl(url),
    token: hasToken && client.references ? 'GPU_MCP_HTTP_TOKEN' : null,
  };
}

function stdioServer(
  { client, target }: InstallRequest,
  { place, script, hiddenNode }: Machine,
  keys: KeyPlan | null,
): StdioServer {
  const { command, args, values } = launchOf(script, place.platform, client.desktop ? hiddenNode : null);
  const extra = target.kind === 'sandbox' ? ['serve', '--sandbox'] : [];
  return {
    kind: 'stdio',
    command,
    args: [...args, ...extra],
    values: { ...values, ...keys?.values },
    references: keys?.references ?? [],
  };
}

/**
 * The difference for a person. If our lines cannot be distinguished from those of others (a file on one line), only our entry
 * is shown, in a form of its own: nothing else changes anyway.
 */
function entryDiff(
  { entry }: EntryFile,
  client: McpClient,
  before: string,
  after: string,
  name: string,
): DiffLine[] {
  const lines = diffLines(before, after);
  if (!touchesOthers(lines, entry !== undefined)) return lines;
  const now = openEntry(SYNTAXES[client.format], client, '', after, name).entry;
  const shown = (value: Json | undefined): string =>
    value === undefined ? '' : `"${name}": ${JSON.stringify(value, null, 2)}\n`;
  return diffLines(shown(entry), shown(now));
}

/** Our entries in a text, under all names of ours; the valid one first. */
function ownEntries(
  { client, name }: Pick<InstallRequest, 'client' | 'name'>,
  script: string,
  file: string,
  text: string,
  fresh: JsonObject | null,
) {
  return namesOf(name).flatMap((known) => {
    const opened = openEntry(SYNTAXES[client.format], client, file, text, known);
    if (opened.entry === undefined) return [];
    return [
      {
        name: known,
        opened,
        entry: opened.entry,
        isOurs: opened.entry === null || isOurs(opened.entry, known, script, fresh),
      },
    ];
  });
}

/** The text without the entries of these names. */
const withoutEntries = (client: McpClient, file: string, text: string, names: readonly string[]): string =>
  names.reduce(
    (now, name) => openEntry(SYNTAXES[client.format], client, file, now, name).withEntry(undefined),
    text,
  );

/** Plans the entry of one file: the new text, and which entries of ours it held. */
function planEntry(request: InstallRequest, script: string, file: string, fresh: JsonObject) {
  const { client, name } = request;
  const before = readText(file);
  const found = ownEntries(request, script, file, before, fresh);
  if (found.some((one) => one.name === name && !one.isOurs))
    throw new ConfigError(
      `${file} already has another server called "${name}". Nothing was changed; choose another --name.`,
    );
  const opened = openEntry(SYNTAXES[client.format], client, file, before, name);
  const written = opened.withEntry(mergeEntry(found[0]?.entry, fresh));
  const old = found.filter((one) => one.name !== name).map((one) => one.name);
  const after = withoutEntries(client, file, written, old);
  return {
    before,
    after,
    diff: entryDiff(opened, client, before, after, name),
    found: found.map(({ entry }) => entry),
  };
}

/** Plans an installation: reads the client's files and computes their new texts. Writes nothing. @throws ConfigError */
export function planInstall(request: InstallRequest, machine: Machine): InstallPlan[] {
  const { client, scope, name, target } = request;
  const { place, script, stateDir } = machine;
  checkName(name);
  const notes: string[] = [];
  const keys = target.kind === 'clouds' ? planKeys(client, place, target.keys, stateDir) : null;
  const server =
    target.kind === 'http'
      ? httpServer(client, place, target.url, notes)
      : stdioServer(request, machine, keys);
  notes.push(...(keys?.notes ?? []));
  if (target.kind === 'clouds' && target.keys.home === 'literal' && scope === 'project')
    notes.push('A project file is usually committed: the key would go with it. Prefer --scope user.');
  const fresh = server.kind === 'http' ? (client.http?.(server, name) ?? {}) : client.stdio(server, name);
  return filesOf(client, place, scope).map((file) => {
    const { found, ...texts } = planEntry(request, script, file, fresh);
    const dropsRealAccounts = target.kind === 'sandbox' && found.some(usesRealAccounts);
    return {
      client,
      name,
      file,
      scope,
      ...texts,
      server,
      keyFiles: keys?.files ?? [],
      keys: keys?.known ?? [],
      notes,
      dropsRealAccounts,
    };
  });
}

/** Plans the removal of our entries, one plan a file that has one. Writes nothing. @throws ConfigError */
export function planRemoval(
  request: Omit<InstallRequest, 'target'>,
  { place, script }: Machine,
): RemovalPlan[] {
  const { client, scope, name } = request;
  checkName(name);
  return filesOf(client, place, scope).flatMap((file) => {
    const before = readText(file);
    const found = ownEntries(request, script, file, before, null);
    const [first] = found.filter((one) => !one.isOurs);
    if (first !== undefined)
      throw new ConfigError(
        `The server "${first.name}" in ${file} is not gpu-cloud-mcp. Nothing was changed.`,
      );
    const [own] = found;
    if (own === undefined) return [];
    const names = found.map((one) => one.name);
    const after = withoutEntries(client, file, before, names);
    const diff = entryDiff(own.opened, client, before, after, own.name);
    return [{ file, scope, before, after, diff, names }];
  });
}

/** Writes a plan: private key files first, then the client's file, with a backup. */
export function carryOut(
  plan: FilePlan & { keyFiles?: InstallPlan['keyFiles'] },
  now: Date,
): { backup: string | null } {
  for (const file of plan.keyFiles ?? []) storeKey(file);
  if (plan.before === plan.after) return { backup: null };
  const { before: expected, scope } = plan;
  return save(plan.file, plan.after, { expected, shared: scope === 'project', now });
}
