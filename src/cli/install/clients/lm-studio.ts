import { entryEnv, type McpClient, pathOn, withEnv } from './client.ts';

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
  stdio: (server) => ({
    command: server.command,
    args: server.args,
    ...withEnv(entryEnv(server, (name) => name)),
  }),
  http: (server) => ({ url: server.url }),
  next: 'Open the Program tab of LM Studio and switch the server on.',
};
