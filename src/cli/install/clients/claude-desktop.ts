import { appSettings, entryEnv, type McpClient, type Place, pathOn, withEnv } from './client.ts';

const folder = (place: Place): string => pathOn(place, appSettings(place), 'Claude');

/** Claude Desktop. Its file holds started servers only, and its entries cannot refer to variables. */
export const claudeDesktop: McpClient = {
  id: 'claude-desktop',
  title: 'Claude Desktop',
  checked: '2026-11-22',
  sources: [
    'https://modelcontextprotocol.io/quickstart/user (claude_desktop_config.json on macOS and Windows)',
    'https://www.npmjs.com/package/add-mcp 2.4.0 (path on Linux; local servers only, remote ones are Connectors)',
    'https://mcpbundles.com/blog/claude-desktop-mcp (quit and reopen; closing the window is not enough)',
  ],
  format: 'json',
  desktop: true,
  table: ['mcpServers'],
  user: (place) => pathOn(place, folder(place), 'claude_desktop_config.json'),
  project: null,
  signs: (place) => [folder(place)],
  references: false,
  stdio: (server) => ({
    command: server.command,
    args: server.args,
    ...withEnv(entryEnv(server, (name) => name)),
  }),
  http: null,
  next: 'Quit Claude Desktop completely and open it again.',
};
