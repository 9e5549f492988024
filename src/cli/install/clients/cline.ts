import { appSettings, entryEnv, type McpClient, type Place, pathOn, withEnv } from './client.ts';

const FILE = ['settings', 'cline_mcp_settings.json'];
const extension = (place: Place): string =>
  pathOn(place, appSettings(place), 'Code', 'User', 'globalStorage', 'saoudrizwan.claude-dev');
const program = (place: Place): string => pathOn(place, place.home, '.cline', 'data');

/**
 * Cline: its extension for VS Code and its command line, each with a file. The command line does not resolve references
 * to variables, and newer extensions read its file, so that keys stand in private files.
 */
export const cline: McpClient = {
  id: 'cline',
  title: 'Cline',
  checked: '2026-11-28',
  sources: [
    'cline 3.0.65 (a session starts this entry; references of whatever form reach the server as they stand)',
    'https://github.com/cline/cline/issues/11683, https://github.com/cline/cline/issues/13596 (~/.cline/data/settings, which newer extensions open too; CLINE_MCP_SETTINGS_PATH)',
    'https://docs.cline.bot/mcp/configuring-mcp-servers (cline_mcp_settings.json: fields)',
    'https://www.npmjs.com/package/add-mcp 2.4.0 (path in globalStorage; type streamableHttp)',
  ],
  format: 'json',
  desktop: true,
  table: ['mcpServers'],
  user: (place) => place.env.CLINE_MCP_SETTINGS_PATH ?? pathOn(place, program(place), ...FILE),
  otherUserFiles: (place) => [pathOn(place, extension(place), ...FILE)],
  project: null,
  signs: (place) => [pathOn(place, place.home, '.cline'), extension(place)],
  references: false,
  stdio: (server) => ({
    command: server.command,
    args: server.args,
    ...withEnv(entryEnv(server, (name) => name)),
    disabled: false,
  }),
  http: (server) => ({ type: 'streamableHttp', url: server.url, disabled: false }),
  next: 'Open the MCP Servers panel of Cline, or start its command line again; both read the file by themselves.',
};
