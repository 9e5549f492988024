import { entryEnv, type McpClient, type Place, pathOn, withBearer, withEnv } from './client.ts';

const home = (place: Place): string => place.env.COPILOT_HOME ?? pathOn(place, place.home, '.copilot');
const refer = (name: string): string => `\${${name}}`;

/** GitHub Copilot CLI. `tools` names the tools that the model may see. */
export const copilotCli: McpClient = {
  id: 'copilot-cli',
  title: 'Copilot CLI',
  checked: '2026-11-28',
  sources: [
    '@github/copilot 1.0.102 (`copilot mcp list` reads this entry, a session starts it; NAME references are resolved, an unset one stays literal text; COPILOT_HOME moves the file)',
    '@github/copilot 1.0.102, `copilot mcp --help` (user and workspace files)',
  ],
  format: 'json',
  desktop: false,
  table: ['mcpServers'],
  user: (place) => pathOn(place, home(place), 'mcp-config.json'),
  project: (place) => pathOn(place, place.cwd, '.github', 'mcp.json'),
  signs: (place) => [home(place)],
  references: true,
  stdio: (server) => ({
    type: 'local',
    command: server.command,
    args: server.args,
    ...withEnv(entryEnv(server, refer)),
    tools: ['*'],
  }),
  http: (server) => ({ type: 'http', url: server.url, ...withBearer(server, refer), tools: ['*'] }),
  next: 'Start Copilot CLI again and type /mcp show gpu-cloud.',
};
