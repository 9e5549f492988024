import { entryEnv, type McpClient, pathOn, withBearer, withEnv } from './client.ts';

const refer = (name: string): string => `\${env:${name}}`;

/** Cursor. A project's entry wins over the user's of the same name. */
export const cursor: McpClient = {
  id: 'cursor',
  title: 'Cursor',
  checked: '2026-11-22',
  sources: [
    'https://www.ctxoverflow.dev/questions/hyyzOl4wWrmrlYAQJYgu (locations, stdio and remote entries)',
    'https://gradien-website.pages.dev/core/docs/harnesses/cursor/ (paths, checked against https://cursor.com/docs/mcp.md)',
    'https://syllago.dev/using-syllago/providers/cursor/mcp/ (env:NAME references)',
  ],
  format: 'json',
  desktop: true,
  table: ['mcpServers'],
  user: (place) => pathOn(place, place.home, '.cursor', 'mcp.json'),
  project: (place) => pathOn(place, place.cwd, '.cursor', 'mcp.json'),
  signs: (place) => [pathOn(place, place.home, '.cursor')],
  references: true,
  stdio: (server) => ({
    command: server.command,
    args: server.args,
    ...withEnv(entryEnv(server, refer)),
  }),
  http: (server) => ({ url: server.url, ...withBearer(server, refer) }),
  next: 'Open Cursor Settings > MCP and switch the server on if it is not.',
};
