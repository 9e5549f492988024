import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '../../../config/read.ts';
import { distance } from '../../../core/text.ts';
import { claudeDesktop, goose, lmStudio } from './apps.ts';
import type { McpClient, Place, Scope } from './client.ts';
import { cline, cursor, vscode, windsurf, zed } from './editors.ts';
import { amp, claudeCode, codex, copilotCli, gemini, opencode, qwenCode } from './terminals.ts';

/** Every client that `install` knows. */
export const CLIENTS: readonly McpClient[] = [
  claudeCode,
  claudeDesktop,
  cursor,
  vscode,
  windsurf,
  codex,
  copilotCli,
  gemini,
  opencode,
  goose,
  zed,
  cline,
  qwenCode,
  amp,
  lmStudio,
];

/** Their ids, as one reads them in a sentence. */
export const CLIENT_IDS: string = CLIENTS.map(({ id }) => id).join(', ');

/** The client of that id; undefined if the installer does not know it. */
export const findClient = (id: string): McpClient | undefined => CLIENTS.find((client) => client.id === id);

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The ids similar to a name: one contains the other, or they differ by at most two letters. */
function nearClients(name: string): string[] {
  const given = plain(name);
  if (given.length < 3) return [];
  const isNear = (known: string): boolean =>
    known.includes(given) ||
    (known.length > 3 && given.includes(known)) ||
    distance(known, given) <= Math.min(2, Math.floor(given.length / 3));
  return CLIENTS.filter(({ id, title }) => isNear(plain(id)) || isNear(plain(title))).map(({ id }) => id);
}

/** The suggestion of similar client ids, to add to a sentence; null if there is none. */
export function meantClients(name: string): string | null {
  const near = nearClients(name);
  return near.length === 0 ? null : ` Did you mean ${near.join(' or ')}?`;
}

/** Whether the client seems to be on that machine. */
export const isInstalled = (client: McpClient, place: Place): boolean =>
  client.signs(place).some((path) => existsSync(path));

/**
 * The client's files for that scope. If parts of the client have a file each, those of the parts that are here, else
 * all. @throws ConfigError if the client has none
 */
export function filesOf(client: McpClient, place: Place, scope: Scope): string[] {
  if (scope === 'user') {
    const all = [client.user(place), ...(client.otherUserFiles?.(place) ?? [])];
    const here = all.filter((file) => existsSync(dirname(dirname(file))));
    return all.length === 1 || here.length === 0 ? all : here;
  }
  if (client.project !== null) return [client.project(place)];
  throw new ConfigError(`${client.title} has no configuration of a project. Use --scope user.`);
}
