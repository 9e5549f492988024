import { type McpClient, type Place, pathOn, withEnv } from './client.ts';

const home = (place: Place): string => place.env.CODEX_HOME ?? pathOn(place, place.home, '.codex');

/** Codex (CLI, app and IDE extension share the file). Names of variables to hand on stand in `env_vars`. */
export const codex: McpClient = {
  id: 'codex',
  title: 'Codex',
  checked: '2026-11-28',
  sources: [
    '@openai/codex 0.171.0 (connects to this entry, which its own command writes the same way)',
    'https://dev.to/vibeidedev/codex-mcp-add-configure-and-debug-mcp-servers-in-codex-cli-1j1p (config.toml, mcp_servers)',
    'https://syllago.dev/reference/canonical-keys/env-var-expansion/ (env_vars)',
    'https://raw.githubusercontent.com/newtalaria/docs/main/mcp/codex.md (url, bearer_token_env_var)',
    'https://developers.openai.com/docs/config-file/environment-variables (CODEX_HOME)',
    'https://docs.rs/tuff-adapter-codex/0.13.0/tuff_adapter_codex/constant.MCP_CONFIG_RELPATH.html (project file)',
  ],
  format: 'toml',
  desktop: true,
  table: ['mcp_servers'],
  user: (place) => pathOn(place, home(place), 'config.toml'),
  project: (place) => pathOn(place, place.cwd, '.codex', 'config.toml'),
  signs: (place) => [home(place)],
  references: true,
  stdio: (server) => ({
    command: server.command,
    args: server.args,
    ...(server.references.length > 0 && { env_vars: [...server.references] }),
    ...withEnv({ ...server.values }),
  }),
  http: (server) => ({
    url: server.url,
    ...(server.token !== null && { bearer_token_env_var: server.token }),
  }),
  next: 'Start Codex again and type /mcp (a project file counts only in a trusted project).',
};
