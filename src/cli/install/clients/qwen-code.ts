import { entryEnv, type McpClient, pathOn, withBearer, withEnv } from './client.ts';

const refer = (name: string): string => `\${${name}}`;

/** Qwen Code, whose settings have the form of Gemini CLI. */
export const qwenCode: McpClient = {
  id: 'qwen-code',
  title: 'Qwen Code',
  checked: '2026-11-28',
  sources: [
    '@qwen-code/qwen-code 0.15.10 (`qwen mcp list` connects to this entry; NAME references are resolved, an unset one stays literal text)',
  ],
  format: 'json',
  desktop: false,
  table: ['mcpServers'],
  user: (place) => pathOn(place, place.home, '.qwen', 'settings.json'),
  project: (place) => pathOn(place, place.cwd, '.qwen', 'settings.json'),
  signs: (place) => [pathOn(place, place.home, '.qwen')],
  references: true,
  stdio: (server) => ({
    command: server.command,
    args: server.args,
    ...withEnv(entryEnv(server, refer)),
  }),
  http: (server) => ({ httpUrl: server.url, ...withBearer(server, refer) }),
  next: 'Start Qwen Code again and type /mcp.',
};
