import { appSettings, asItIs, command, type McpClient, type Place, pathOn } from './client.ts';

// Apps with a window of their own.

const claudeDesktopFolder = (place: Place): string => pathOn(place, appSettings(place), 'Claude');

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
  user: (place) => pathOn(place, claudeDesktopFolder(place), 'claude_desktop_config.json'),
  project: null,
  signs: (place) => [claudeDesktopFolder(place)],
  references: false,
  stdio: command(asItIs),
  http: null,
  next: 'Quit Claude Desktop completely and open it again.',
};

const gooseFolder = (place: Place): string => {
  if (place.platform === 'win32') return pathOn(place, appSettings(place), 'Block', 'goose', 'config');
  if (place.platform === 'darwin') return pathOn(place, place.home, '.config', 'goose');
  return pathOn(place, appSettings(place), 'goose');
};
const GOOSE_TIMEOUT_SECONDS = 300;

/** Goose. Servers are "extensions"; `env_keys` names variables that goose takes from its environment or its keyring. */
export const goose: McpClient = {
  id: 'goose',
  title: 'Goose',
  checked: '2026-11-22',
  sources: [
    'https://github.com/aaif-goose/goose/blob/main/documentation/docs/guides/config-files.md (locations, extension shapes)',
    'https://www.npmjs.com/package/add-mcp 2.4.0 (path on Linux with XDG_CONFIG_HOME)',
  ],
  format: 'yaml',
  desktop: true,
  table: ['extensions'],
  user: (place) => pathOn(place, gooseFolder(place), 'config.yaml'),
  project: null,
  signs: (place) => [gooseFolder(place)],
  references: true,
  stdio: (server, name) => ({
    type: 'stdio',
    name,
    description: 'GPU clouds: find, rent, watch and release GPU machines',
    enabled: true,
    cmd: server.command,
    args: server.args,
    env_keys: [...server.references],
    envs: { ...server.values },
    timeout: GOOSE_TIMEOUT_SECONDS,
  }),
  http: (server, name) => ({
    type: 'streamable_http',
    name,
    description: 'GPU clouds: find, rent, watch and release GPU machines',
    enabled: true,
    uri: server.url,
    headers: server.token === null ? {} : { Authorization: `Bearer \${${server.token}}` },
    env_keys: server.token === null ? [] : [server.token],
    envs: {},
    timeout: GOOSE_TIMEOUT_SECONDS,
  }),
  next: 'Start a new Goose session.',
};

/** LM Studio, which follows Cursor's notation; references to variables are not documented. */
export const lmStudio: McpClient = {
  id: 'lm-studio',
  title: 'LM Studio',
  checked: '2026-11-28',
  sources: [
    "https://github.com/lmstudio-ai/docs/blob/main/0_app/2_mcp/index.mdx (mcp.json in Cursor's notation, since 0.3.17)",
    'https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/1371 (~/.lmstudio/mcp.json on each system; the copy in ~/.cache is not to be edited)',
  ],
  format: 'json',
  desktop: true,
  table: ['mcpServers'],
  user: (place) => pathOn(place, place.home, '.lmstudio', 'mcp.json'),
  project: null,
  signs: (place) => [pathOn(place, place.home, '.lmstudio')],
  references: false,
  stdio: command(asItIs),
  http: (server) => ({ url: server.url }),
  next: 'Open the Program tab of LM Studio and switch the server on.',
};
