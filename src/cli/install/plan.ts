import { ConfigError } from '../../config/read.ts';
import type { HttpServer, Json, McpClient, Place, Scope, Server, StdioServer } from './clients/client.ts';
import { fileOf } from './clients/index.ts';
import { type DiffLine, diffLines, touchesOthers } from './diff.ts';
import { type EntryFile, openEntry, type Syntax } from './edit.ts';
import { isOurs, launchOf, mergeEntry } from './entry.ts';
import { jsonSyntax } from './json.ts';
import { type KeyPlan, type KeyWish, planKeys, storeKey } from './keys.ts';
import { readText, save } from './save.ts';
import { tomlSyntax } from './toml.ts';
import { yamlSyntax } from './yaml.ts';

/** How each format is read and edited. */
export const SYNTAXES: Readonly<Record<McpClient['format'], Syntax>> = {
  json: jsonSyntax,
  toml: tomlSyntax,
  yaml: yamlSyntax,
};

/** What is to be installed: the simulator, the clouds behind the person's keys, or a server behind a URL. */
export type Target = { kind: 'sandbox' } | { kind: 'clouds'; keys: KeyWish } | { kind: 'http'; url: string };

/** Everything an entry depends on. `script` is the file that runs now; `stateDir` holds private key files. */
export interface InstallRequest {
  client: McpClient;
  place: Place;
  scope: Scope;
  name: string;
  target: Target;
  script: string;
  stateDir: string;
}

/** One file before and after. `before` is the text that the plan rests on; the plan is void if it changes. */
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
  notes: string[];
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new ConfigError(`--name: "${name}" must be 1 to 64 letters, digits, hyphens and underscores.`);
}

/** The URL of a server, checked. @throws ConfigError */
export function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new ConfigError(`--http: "${text}" is not an http or https URL, e.g. http://127.0.0.1:8484/mcp.`);
  if (url.username !== '' || url.password !== '')
    throw new ConfigError('--http: leave user and password out of the URL; it would stand in the file.');
  return text;
}

function httpServer({ client, place }: InstallRequest, url: string, notes: string[]): HttpServer {
  if (client.http === null)
    throw new ConfigError(
      `The configuration file of ${client.title} cannot hold a server behind a URL. Add it in the app (Settings > Connectors), or install the local server without --http.`,
    );
  const hasToken = (place.env.GPU_MCP_HTTP_TOKEN ?? '').trim() !== '';
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

function stdioServer(request: InstallRequest, keys: KeyPlan | null): StdioServer {
  const { command, args } = launchOf(request.script, request.place.platform);
  const extra = request.target.kind === 'sandbox' ? ['serve', '--sandbox'] : [];
  return {
    kind: 'stdio',
    command,
    args: [...args, ...extra],
    values: keys?.values ?? {},
    references: keys?.references ?? [],
  };
}

/**
 * The difference for a person. Where our lines cannot be told from those of others (a file on one line), only our entry
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

/** Plans an installation: reads the client's file and computes its new text. Writes nothing. @throws ConfigError */
export function planInstall(request: InstallRequest): InstallPlan {
  const { client, place, scope, name, target, script } = request;
  checkName(name);
  const file = fileOf(client, place, scope);
  const notes: string[] = [];
  const keys = target.kind === 'clouds' ? planKeys(client, place, target.keys, request.stateDir) : null;
  const server = target.kind === 'http' ? httpServer(request, target.url, notes) : stdioServer(request, keys);
  notes.push(...(keys?.notes ?? []));
  if (keys?.literal === true && scope === 'project')
    notes.push('A project file is usually committed: the key would go with it. Prefer --scope user.');
  const fresh = server.kind === 'http' ? (client.http?.(server, name) ?? {}) : client.stdio(server, name);
  const before = readText(file);
  const opened = openEntry(SYNTAXES[client.format], client, file, before, name);
  if (opened.entry !== undefined && !isOurs(opened.entry, name, script, fresh))
    throw new ConfigError(
      `${file} already has another server called "${name}". Nothing was changed; choose another --name.`,
    );
  const after = opened.withEntry(mergeEntry(opened.entry, fresh));
  return {
    client,
    name,
    file,
    scope,
    before,
    after,
    diff: entryDiff(opened, client, before, after, name),
    server,
    keyFiles: keys?.files ?? [],
    notes,
  };
}

/** Plans the removal of our entry; null where there is none. Writes nothing. @throws ConfigError */
export function planRemoval(request: Omit<InstallRequest, 'target' | 'stateDir'>): FilePlan | null {
  const { client, place, scope, name, script } = request;
  checkName(name);
  const file = fileOf(client, place, scope);
  const before = readText(file);
  const opened = openEntry(SYNTAXES[client.format], client, file, before, name);
  if (opened.entry === undefined) return null;
  if (!isOurs(opened.entry, name, script, null) && opened.entry !== null)
    throw new ConfigError(`The server "${name}" in ${file} is not gpu-cloud-mcp. Nothing was changed.`);
  const after = opened.withEntry(undefined);
  return { file, scope, before, after, diff: entryDiff(opened, client, before, after, name) };
}

/** Writes what was planned: private key files first, then the client's file, with a backup. */
export function carryOut(
  plan: FilePlan & { keyFiles?: InstallPlan['keyFiles'] },
  now: Date,
): { backup: string | null } {
  for (const file of plan.keyFiles ?? []) storeKey(file);
  if (plan.before === plan.after) return { backup: null };
  const { before: expected, scope } = plan;
  return save(plan.file, plan.after, { expected, shared: scope === 'project', now });
}
