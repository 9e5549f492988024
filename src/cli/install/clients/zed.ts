import { appSettings, entryEnv, type McpClient, type Place, pathOn } from './client.ts';

const folder = (place: Place): string => {
  if (place.platform === 'win32') return pathOn(place, appSettings(place), 'Zed');
  if (place.platform === 'darwin') return pathOn(place, place.home, '.config', 'zed');
  return pathOn(place, appSettings(place), 'zed');
};

/** Zed. Servers stand in its settings.json as `context_servers`; entries cannot refer to variables. */
export const zed: McpClient = {
  id: 'zed',
  title: 'Zed',
  checked: '2026-11-22',
  sources: [
    'https://zed.dev/docs/ai/mcp (context_servers: command, args, env; url, headers)',
    'https://www.npmjs.com/package/add-mcp 2.4.0 (paths on Linux and Windows, .zed/settings.json of a project)',
    'public dotfiles and installers agree on ~/.config/zed/settings.json for macOS; add-mcp alone has Application Support',
    'https://syllago.dev/reference/canonical-keys/env-var-expansion/ (no expansion of variables is documented)',
  ],
  format: 'json',
  desktop: true,
  table: ['context_servers'],
  user: (place) => pathOn(place, folder(place), 'settings.json'),
  project: (place) => pathOn(place, place.cwd, '.zed', 'settings.json'),
  signs: (place) => [folder(place)],
  references: false,
  stdio: (server) => ({
    command: server.command,
    args: server.args,
    env: entryEnv(server, (name) => name),
  }),
  http: (server) => ({ url: server.url }),
  next: 'Open Settings > AI > MCP Servers in Zed; the dot beside the server turns green.',
};
