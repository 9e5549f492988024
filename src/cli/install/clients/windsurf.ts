import { entryEnv, type McpClient, pathOn, withBearer, withEnv } from './client.ts';

const refer = (name: string): string => `\${env:${name}}`;

/** Windsurf (Cascade). A server behind a URL is written as `serverUrl`. */
export const windsurf: McpClient = {
  id: 'windsurf',
  title: 'Windsurf',
  checked: '2026-11-22',
  sources: [
    'https://userjot.com/docs/mcp-windsurf (location, serverUrl, headers with env:NAME references)',
    'https://syllago.dev/reference/canonical-keys/env-var-expansion/ (env:NAME references)',
    'https://raw.githubusercontent.com/newtalaria/docs/main/agents/mcp/windsurf.md (path on Windows; `url` does not connect)',
  ],
  format: 'json',
  desktop: true,
  table: ['mcpServers'],
  user: (place) => pathOn(place, place.home, '.codeium', 'windsurf', 'mcp_config.json'),
  project: null,
  signs: (place) => [pathOn(place, place.home, '.codeium', 'windsurf')],
  references: true,
  stdio: (server) => ({
    command: server.command,
    args: server.args,
    ...withEnv(entryEnv(server, refer)),
  }),
  http: (server) => ({ serverUrl: server.url, ...withBearer(server, refer) }),
  next: 'Press the refresh button of the MCP toolbar in Windsurf.',
};
