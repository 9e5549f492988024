import { entryEnv, type McpClient, pathOn, withBearer, withEnv } from './client.ts';

const refer = (name: string): string => `\${${name}}`;

/** Gemini CLI. A server behind a URL is written as `httpUrl`. */
export const gemini: McpClient = {
  id: 'gemini',
  title: 'Gemini CLI',
  sources: [
    'https://github.com/google-gemini/gemini-cli/blob/main/docs/tools/mcp-server.md (settings.json: mcpServers, httpUrl, headers)',
    'https://geminicli.com/docs/cli/configuration (locations; NAME references in any string of settings.json)',
  ],
  format: 'json',
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
  next: 'Start Gemini CLI again and type /mcp.',
};
