import { entryEnv, type McpClient, pathOn, withBearer, withEnv } from './client.ts';

const refer = (name: string): string => `\${${name}}`;

/** Gemini CLI. A server behind a URL is written as `httpUrl`. */
export const gemini: McpClient = {
  id: 'gemini',
  title: 'Gemini CLI',
  checked: '2026-11-28',
  sources: [
    '@google/gemini-cli 0.61.0 (connects to this entry, but in a trusted folder only)',
    'https://github.com/google-gemini/gemini-cli/blob/main/docs/tools/mcp-server.md (settings.json: mcpServers, httpUrl, headers)',
    'https://geminicli.com/docs/cli/configuration (locations; NAME references in any string of settings.json)',
  ],
  format: 'json',
  desktop: false,
  table: ['mcpServers'],
  user: (place) => pathOn(place, place.home, '.gemini', 'settings.json'),
  project: (place) => pathOn(place, place.cwd, '.gemini', 'settings.json'),
  signs: (place) => [pathOn(place, place.home, '.gemini')],
  references: true,
  stdio: (server) => ({
    command: server.command,
    args: server.args,
    ...withEnv(entryEnv(server, refer)),
  }),
  http: (server) => ({ httpUrl: server.url, ...withBearer(server, refer) }),
  next: 'Start Gemini CLI again in a folder that you trust (/permissions trust) and type /mcp: in other folders it starts no server, not even those of the user.',
};
