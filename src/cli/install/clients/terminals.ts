import { existsSync } from 'node:fs';
import {
  asItIs,
  command,
  dollar,
  entryEnv,
  type McpClient,
  type Place,
  pathOn,
  withBearer,
  withEnv,
} from './client.ts';

// Clients that run in a terminal.

/** The file with or without comments that is there; without, if neither is. */
const jsonFile = (place: Place, folder: string, name: string): string => {
  const withComments = pathOn(place, folder, `${name}.jsonc`);
  return existsSync(withComments) ? withComments : pathOn(place, folder, `${name}.json`);
};

const claudeCodeHome = (place: Place): string => place.env.CLAUDE_CONFIG_DIR ?? place.home;
/** An unset `${VAR}` reaches the server as that very text; with an empty default it counts as not set. */
const claudeCodeRefer = (name: string): string => `\${${name}:-}`;

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
  user: (place) => pathOn(place, claudeCodeHome(place), '.claude.json'),
  project: (place) => pathOn(place, place.cwd, '.mcp.json'),
  signs: (place) => [
    pathOn(place, place.home, '.claude'),
    pathOn(place, claudeCodeHome(place), '.claude.json'),
  ],
  references: true,
  stdio: (server) => ({
    type: 'stdio',
    ...command(claudeCodeRefer)(server),
  }),
  http: (server) => ({ type: 'http', url: server.url, ...withBearer(server, claudeCodeRefer) }),
  next: 'Start Claude Code again and type /mcp to see it (a project entry asks for approval once).',
};

const codexHome = (place: Place): string => place.env.CODEX_HOME ?? pathOn(place, place.home, '.codex');

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
  user: (place) => pathOn(place, codexHome(place), 'config.toml'),
  project: (place) => pathOn(place, place.cwd, '.codex', 'config.toml'),
  signs: (place) => [codexHome(place)],
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

const copilotCliHome = (place: Place): string =>
  place.env.COPILOT_HOME ?? pathOn(place, place.home, '.copilot');

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
  user: (place) => pathOn(place, copilotCliHome(place), 'mcp-config.json'),
  project: (place) => pathOn(place, place.cwd, '.github', 'mcp.json'),
  signs: (place) => [copilotCliHome(place)],
  references: true,
  stdio: (server) => ({
    type: 'local',
    ...command(dollar)(server),
    tools: ['*'],
  }),
  http: (server) => ({ type: 'http', url: server.url, ...withBearer(server, dollar), tools: ['*'] }),
  next: 'Start Copilot CLI again and type /mcp show gpu-cloud.',
};

/** Gemini CLI. A server behind a URL is written as `httpUrl`. */
export const gemini: McpClient = {
  id: 'gemini',
  title: 'Gemini CLI',
  checked: '2026-11-28',
  sources: [
    '@google/gemini-cli 0.61.0 (connects to this entry, but in a trusted folder only)',
    'https://github.com/google-gemini/gemini-cli/blob/main/docs/tools/mcp-server.md (settings.json: mcpServers, httpUrl, headers)',
    'https://geminicli.com/docs/cli/configuration (locations; NAME references in any string of settings.json)',
  ],
  format: 'json',
  desktop: false,
  table: ['mcpServers'],
  user: (place) => pathOn(place, place.home, '.gemini', 'settings.json'),
  project: (place) => pathOn(place, place.cwd, '.gemini', 'settings.json'),
  signs: (place) => [pathOn(place, place.home, '.gemini')],
  references: true,
  stdio: command(dollar),
  http: (server) => ({ httpUrl: server.url, ...withBearer(server, dollar) }),
  next: 'Start Gemini CLI again in a folder that you trust (/permissions trust) and type /mcp: in other folders it starts no server, not even those of the user.',
};

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
  stdio: command(dollar),
  http: (server) => ({ httpUrl: server.url, ...withBearer(server, dollar) }),
  next: 'Start Qwen Code again and type /mcp.',
};

const opencodeFolder = (place: Place): string =>
  pathOn(place, place.env.XDG_CONFIG_HOME ?? pathOn(place, place.home, '.config'), 'opencode');

const opencodeRefer = (name: string): string => `{env:${name}}`;

/** opencode 1. The command is one list, and the table is called `mcp`. */
export const opencode: McpClient = {
  id: 'opencode',
  title: 'opencode',
  checked: '2026-11-28',
  sources: [
    'opencode-ai 1.18.33 (`opencode mcp list` connects to this entry; env:NAME references are resolved, an unset one is empty)',
    'https://thdxr.dev.opencode.ai/docs/mcp-servers/ (mcp: type local or remote, command, environment, headers)',
  ],
  format: 'json',
  desktop: false,
  table: ['mcp'],
  user: (place) => jsonFile(place, opencodeFolder(place), 'opencode'),
  project: (place) => jsonFile(place, place.cwd, 'opencode'),
  signs: (place) => [opencodeFolder(place)],
  references: true,
  stdio: (server) => ({
    type: 'local',
    command: [server.command, ...server.args],
    environment: entryEnv(server, opencodeRefer),
    enabled: true,
  }),
  http: (server) => ({
    type: 'remote',
    url: server.url,
    ...withBearer(server, opencodeRefer),
    enabled: true,
  }),
  next: 'Start opencode again; "opencode mcp list" shows whether it connects.',
};

const ampFolder = (place: Place): string => pathOn(place, place.home, '.config', 'amp');

/** Amp. The table's key holds a dot. Whether entries may refer to variables could not be tried without an account. */
export const amp: McpClient = {
  id: 'amp',
  title: 'Amp',
  checked: '2026-11-28',
  sources: [
    '@sourcegraph/amp 0.0.1790142911 (`amp mcp list` reads this entry)',
    'https://www.developersdigest.tech/reference/amp/config-files (paths, .amp/settings.json of a project, which needs approval)',
  ],
  format: 'json',
  desktop: false,
  table: ['amp.mcpServers'],
  user: (place) => jsonFile(place, ampFolder(place), 'settings'),
  project: (place) => jsonFile(place, pathOn(place, place.cwd, '.amp'), 'settings'),
  signs: (place) => [ampFolder(place)],
  references: false,
  stdio: command(asItIs),
  http: (server) => ({ url: server.url }),
  next: 'Start Amp again; "amp mcp list" shows it (a project file needs "amp mcp approve gpu-cloud").',
};
