import {
  appSettings,
  asItIs,
  command,
  dollarEnv,
  entryEnv,
  type McpClient,
  type Place,
  pathOn,
  withBearer,
} from './client.ts';

// Editors, and extensions of editors.

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
  stdio: command(dollarEnv),
  http: (server) => ({ url: server.url, ...withBearer(server, dollarEnv) }),
  next: 'Open Cursor Settings > MCP and switch the server on if it is not.',
};

const vscodeProfile = (place: Place): string => pathOn(place, appSettings(place), 'Code', 'User');

/** VS Code (Copilot agent mode). Its table is called `servers`, and every entry names its type. */
export const vscode: McpClient = {
  id: 'vscode',
  title: 'VS Code',
  checked: '2026-11-22',
  sources: [
    'https://code.visualstudio.com/docs/copilot/reference/mcp-configuration (mcp.json: locations, fields, variables)',
    'https://www.npmjs.com/package/add-mcp 2.4.0 (mcp.json in the User folder on each system)',
    'https://github.com/microsoft/apm/pull/947 (env:NAME references are resolved when the server starts)',
  ],
  format: 'json',
  desktop: true,
  table: ['servers'],
  user: (place) => pathOn(place, vscodeProfile(place), 'mcp.json'),
  project: (place) => pathOn(place, place.cwd, '.vscode', 'mcp.json'),
  signs: (place) => [vscodeProfile(place)],
  references: true,
  stdio: (server) => ({
    type: 'stdio',
    ...command(dollarEnv)(server),
  }),
  http: (server) => ({ type: 'http', url: server.url, ...withBearer(server, dollarEnv) }),
  next: 'Run "MCP: List Servers" in VS Code and start the server.',
};

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
  stdio: command(dollarEnv),
  http: (server) => ({ serverUrl: server.url, ...withBearer(server, dollarEnv) }),
  next: 'Press the refresh button of the MCP toolbar in Windsurf.',
};

const zedFolder = (place: Place): string => {
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
  user: (place) => pathOn(place, zedFolder(place), 'settings.json'),
  project: (place) => pathOn(place, place.cwd, '.zed', 'settings.json'),
  signs: (place) => [zedFolder(place)],
  references: false,
  stdio: (server) => ({
    command: server.command,
    args: server.args,
    env: entryEnv(server, asItIs),
  }),
  http: (server) => ({ url: server.url }),
  next: 'Open Settings > AI > MCP Servers in Zed; the dot beside the server turns green.',
};

const CLINE_FILE = ['settings', 'cline_mcp_settings.json'];
const clineExtension = (place: Place): string =>
  pathOn(place, appSettings(place), 'Code', 'User', 'globalStorage', 'saoudrizwan.claude-dev');
const clineProgram = (place: Place): string => pathOn(place, place.home, '.cline', 'data');

/**
 * Cline: its extension for VS Code and its command line, each with a file. The command line does not resolve references
 * to variables, and newer extensions read its file, so that keys stand in private files.
 */
export const cline: McpClient = {
  id: 'cline',
  title: 'Cline',
  checked: '2026-11-28',
  sources: [
    'cline 3.0.65 (a session starts this entry; references in any form reach the server unresolved)',
    'https://github.com/cline/cline/issues/11683, https://github.com/cline/cline/issues/13596 (~/.cline/data/settings, which newer extensions open too; CLINE_MCP_SETTINGS_PATH)',
    'https://docs.cline.bot/mcp/configuring-mcp-servers (cline_mcp_settings.json: fields)',
    'https://www.npmjs.com/package/add-mcp 2.4.0 (path in globalStorage; type streamableHttp)',
  ],
  format: 'json',
  desktop: true,
  table: ['mcpServers'],
  user: (place) => place.env.CLINE_MCP_SETTINGS_PATH ?? pathOn(place, clineProgram(place), ...CLINE_FILE),
  otherUserFiles: (place) => [pathOn(place, clineExtension(place), ...CLINE_FILE)],
  project: null,
  signs: (place) => [pathOn(place, place.home, '.cline'), clineExtension(place)],
  references: false,
  stdio: (server) => ({
    ...command(asItIs)(server),
    disabled: false,
  }),
  http: (server) => ({ type: 'streamableHttp', url: server.url, disabled: false }),
  next: 'Open the MCP Servers panel of Cline, or start its command line again; both read the file by themselves.',
};
