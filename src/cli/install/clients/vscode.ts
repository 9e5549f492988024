import { appSettings, entryEnv, type McpClient, type Place, pathOn, withBearer, withEnv } from './client.ts';

const profile = (place: Place): string => pathOn(place, appSettings(place), 'Code', 'User');
const refer = (name: string): string => `\${env:${name}}`;

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
  user: (place) => pathOn(place, profile(place), 'mcp.json'),
  project: (place) => pathOn(place, place.cwd, '.vscode', 'mcp.json'),
  signs: (place) => [profile(place)],
  references: true,
  stdio: (server) => ({
    type: 'stdio',
    command: server.command,
    args: server.args,
    ...withEnv(entryEnv(server, refer)),
  }),
  http: (server) => ({ type: 'http', url: server.url, ...withBearer(server, refer) }),
  next: 'Run "MCP: List Servers" in VS Code and start the server.',
};
