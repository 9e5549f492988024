import { entryEnv, type McpClient, type Place, pathOn, withBearer, withEnv } from './client.ts';

const home = (place: Place): string => place.env.CLAUDE_CONFIG_DIR ?? place.home;
/** An unset `\${VAR}` reaches the server as that very text; with an empty default it counts as not set. */
const refer = (name: string): string => `\${${name}:-}`;

/** Claude Code. User servers stand in ~/.claude.json, those of a project in .mcp.json at its root. */
export const claudeCode: McpClient = {
  id: 'claude-code',
  title: 'Claude Code',
  checked: '2026-11-28',
  sources: [
    '@anthropic-ai/claude-code 2.1.332 (connects to this entry)',
    'https://code.claude.com/docs/en/mcp (scopes; environment variable expansion in .mcp.json)',
    'https://github.com/anthropics/claude-code/issues/4193 (where each scope is kept)',
    'https://github.com/anthropics/claude-code/issues/48448 (.claude.json moves into CLAUDE_CONFIG_DIR)',
    'https://microsoft.github.io/apm/reference/mcp-variable-compatibility/ (an unset variable stays literal text)',
  ],
  format: 'json',
  desktop: false,
  table: ['mcpServers'],
  user: (place) => pathOn(place, home(place), '.claude.json'),
  project: (place) => pathOn(place, place.cwd, '.mcp.json'),
  signs: (place) => [pathOn(place, place.home, '.claude'), pathOn(place, home(place), '.claude.json')],
  references: true,
  stdio: (server) => ({
    type: 'stdio',
    command: server.command,
    args: server.args,
    ...withEnv(entryEnv(server, refer)),
  }),
  http: (server) => ({ type: 'http', url: server.url, ...withBearer(server, refer) }),
  next: 'Start Claude Code again and type /mcp to see it (a project entry asks for approval once).',
};
