import { existsSync } from 'node:fs';
import { ConfigError } from '../../../config/read.ts';
import { claudeCode } from './claude-code.ts';
import { claudeDesktop } from './claude-desktop.ts';
import type { McpClient, Place, Scope } from './client.ts';
import { cline } from './cline.ts';
import { codex } from './codex.ts';
import { cursor } from './cursor.ts';
import { gemini } from './gemini.ts';
import { goose } from './goose.ts';
import { vscode } from './vscode.ts';
import { windsurf } from './windsurf.ts';
import { zed } from './zed.ts';

/** Every client that `install` knows. */
export const CLIENTS: readonly McpClient[] = [
  claudeCode,
  claudeDesktop,
  cursor,
  vscode,
  windsurf,
  codex,
  gemini,
  goose,
  zed,
  cline,
];

/** Their ids, as one reads them in a sentence. */
export const CLIENT_IDS: string = CLIENTS.map(({ id }) => id).join(', ');

/** The client of that id. @throws ConfigError */
export function findClient(id: string): McpClient {
  const found = CLIENTS.find((client) => client.id === id);
  if (found !== undefined) return found;
  throw new ConfigError(`"${id}" is not a client that this installer knows. Known: ${CLIENT_IDS}.`);
}

/** Whether the client seems to be on that machine. */
export const isInstalled = (client: McpClient, place: Place): boolean =>
  client.signs(place).some((path) => existsSync(path));

/** The client's file for that scope. @throws ConfigError where it has none */
export function fileOf(client: McpClient, place: Place, scope: Scope): string {
  if (scope === 'user') return client.user(place);
  if (client.project !== null) return client.project(place);
  throw new ConfigError(`${client.title} has no configuration of a project. Use --scope user.`);
}
