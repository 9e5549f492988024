import { existsSync } from 'node:fs';
import { entryEnv, type McpClient, type Place, pathOn, withBearer } from './client.ts';

const folder = (place: Place): string =>
  pathOn(place, place.env.XDG_CONFIG_HOME ?? pathOn(place, place.home, '.config'), 'opencode');

/** The file that is there; `opencode.json` if neither is. */
const config = (place: Place, dir: string): string => {
  const withComments = pathOn(place, dir, 'opencode.jsonc');
  return existsSync(withComments) ? withComments : pathOn(place, dir, 'opencode.json');
};
const refer = (name: string): string => `{env:${name}}`;

/** opencode 1. The command is one list, and the table is called `mcp`. */
export const opencode: McpClient = {
  id: 'opencode',
  title: 'opencode',
  checked: '2026-11-28',
  sources: [
    'opencode-ai 1.18.33 (`opencode mcp list` connects to this entry; env:NAME references are resolved, an unset one is empty)',
    'https://thdxr.dev.opencode.ai/docs/mcp-servers/ (mcp: type local or remote, command, environment, headers)',
  ],
  format: 'json',
  desktop: false,
  table: ['mcp'],
  user: (place) => config(place, folder(place)),
  project: (place) => config(place, place.cwd),
  signs: (place) => [folder(place)],
  references: true,
  stdio: (server) => ({
    type: 'local',
    command: [server.command, ...server.args],
    environment: entryEnv(server, refer),
    enabled: true,
  }),
  http: (server) => ({ type: 'remote', url: server.url, ...withBearer(server, refer), enabled: true }),
  next: 'Start opencode again; "opencode mcp list" shows whether it connects.',
};
