import { appSettings, entryEnv, type McpClient, type Place, pathOn, withBearer, withEnv } from './client.ts';

const FILE = ['settings', 'cline_mcp_settings.json'];
const folder = (place: Place): string =>
  pathOn(place, appSettings(place), 'Code', 'User', 'globalStorage', 'saoudrizwan.claude-dev');
const refer = (name: string): string => `\${env:${name}}`;

/** Cline, the VS Code extension. A server behind a URL needs the type `streamableHttp`. */
export const cline: McpClient = {
  id: 'cline',
  title: 'Cline (VS Code)',
  sources: [
    'https://docs.cline.bot/mcp/configuring-mcp-servers (cline_mcp_settings.json: fields)',
    'https://www.npmjs.com/package/add-mcp 2.4.0 (path in globalStorage; type streamableHttp)',
    'https://github.com/cline/cline/blob/main/src/utils/envExpansion.ts (env:NAME references)',
  ],
  format: 'json',
  table: ['mcpServers'],
  user: (place) => pathOn(place, folder(place), ...FILE),
  project: null,
  signs: (place) => [folder(place)],
  references: true,
  stdio: (server) => ({
    command: server.command,
    args: server.args,
    ...withEnv(entryEnv(server, refer)),
    disabled: false,
  }),
  http: (server) => ({
    type: 'streamableHttp',
    url: server.url,
    ...withBearer(server, refer),
    disabled: false,
  }),
  next: 'Open the MCP Servers panel of Cline; it reads the file by itself.',
};
