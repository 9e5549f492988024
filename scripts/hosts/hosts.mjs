import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the host is asked to do; the scripted model needs no more. */
export const PROMPT = 'Run the scripted check of the gpu-cloud tools.';
const TOOLS = ['list_machines', 'create_pod', 'list_pods', 'wait_for', 'delete_pod'];
const AI_SDK_APP = fileURLToPath(new URL('ai-sdk-app.mjs', import.meta.url));

function put(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value, null, 2));
  return path;
}

/**
 * Hosts that npm has. `packages`: the first is the host. `start` writes the configuration of the host into an empty home,
 * points it at the scripted model, and says how it is started: with one prompt that nobody watches (all tools approved
 * beforehand), or `attended`, in a terminal and with the approvals that the host comes with. `screens`: what it asks a
 * person beyond our forms, and the keys of a yes. `enters`: how often Enter is pressed after a form is filled in.
 * A host without `screens` has no screen of its own.
 */
export const HOSTS = [
  {
    id: 'claude-code',
    title: 'Claude Code',
    packages: ['@anthropic-ai/claude-code@2.1.332'],
    bin: 'claude',
    enters: 2,
    screens: [['approval', /Do you want to proceed\?/, ['Enter']]],
    start({ home, work, model, server, attended }) {
      const config = put(join(home, 'mcp.json'), {
        mcpServers: { 'gpu-cloud': { type: 'stdio', ...server } },
      });
      put(join(home, '.claude.json'), {
        hasCompletedOnboarding: true,
        theme: 'dark',
        customApiKeyResponses: { approved: ['scripted'], rejected: [] },
        projects: { [work]: { hasTrustDialogAccepted: true } },
      });
      const servers = ['--mcp-config', config, '--strict-mcp-config'];
      const approved = ['--allowedTools', 'mcp__gpu-cloud__*', 'ToolSearch'];
      return {
        args: attended
          ? [PROMPT, '--permission-mode', 'default', ...servers]
          : ['-p', PROMPT, ...servers, ...approved],
        env: {
          ANTHROPIC_BASE_URL: model,
          ANTHROPIC_API_KEY: 'scripted',
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
          DISABLE_AUTOUPDATER: '1',
        },
      };
    },
  },
  {
    id: 'codex',
    title: 'Codex CLI',
    packages: ['@openai/codex@0.171.0'],
    bin: 'codex',
    enters: 1,
    screens: [
      ['trust of the folder', /Do you trust the contents of this directory\?/, ['Enter']],
      ['approval', /Allow the gpu-cloud MCP server|Run the tool|Allow this|1\. Allow/, ['Enter']],
    ],
    start({ home, model, server, attended }) {
      const approved = TOOLS.map(
        (tool) => `[mcp_servers.gpu-cloud.tools.${tool}]\napproval_mode = "approve"\n`,
      );
      put(
        join(home, '.codex', 'config.toml'),
        [
          'model = "gpt-5.4"',
          'model_provider = "scripted"',
          'check_for_update_on_startup = false',
          // On a busy machine it would begin without our tools after a second.
          'mcp_optional_startup_grace_ms = 20000',
          '[analytics]',
          'enabled = false',
          '[model_providers.scripted]',
          'name = "scripted"',
          `base_url = "${model}/v1"`,
          'wire_api = "responses"',
          'env_key = "SCRIPTED_KEY"',
          'supports_websockets = false',
          '[mcp_servers.gpu-cloud]',
          `command = ${JSON.stringify(server.command)}`,
          `args = ${JSON.stringify(server.args)}`,
          ...(attended ? [] : approved),
        ].join('\n'),
      );
      return {
        args: attended ? [PROMPT] : ['exec', '--skip-git-repo-check', PROMPT],
        env: { SCRIPTED_KEY: 'scripted' },
      };
    },
  },
  {
    id: 'copilot-cli',
    title: 'Copilot CLI',
    packages: ['@github/copilot@1.0.102'],
    bin: 'copilot',
    enters: 1,
    screens: [
      ['trust of the folder', /Do you trust the files in this folder\?/, ['Enter']],
      ['approval', /Do you want to (?:use|run|allow)|1\. Yes/, ['Enter']],
    ],
    start({ home, model, server, attended }) {
      const config = put(join(home, 'mcp.json'), {
        mcpServers: { 'gpu-cloud': { type: 'local', ...server, tools: ['*'] } },
      });
      const own = ['--additional-mcp-config', `@${config}`, '--disable-builtin-mcps', '--no-auto-update'];
      return {
        args: attended ? ['-i', PROMPT, ...own] : ['-p', PROMPT, ...own, '--allow-tool', 'gpu-cloud'],
        env: {
          COPILOT_PROVIDER_BASE_URL: `${model}/v1`,
          COPILOT_PROVIDER_API_KEY: 'scripted',
          COPILOT_PROVIDER_TYPE: 'openai',
          COPILOT_PROVIDER_WIRE_API: 'completions',
          COPILOT_MODEL: 'gpt-4.1',
          COPILOT_OFFLINE: 'true',
        },
      };
    },
  },
  {
    id: 'opencode',
    title: 'opencode',
    packages: ['opencode-ai@1.18.33'],
    bin: 'opencode',
    screens: [['approval', /Permission required|Allow once/, ['Enter']]],
    start({ work, model, server, attended }) {
      put(join(work, 'opencode.json'), {
        model: 'scripted/scripted',
        small_model: 'scripted/scripted',
        autoupdate: false,
        share: 'disabled',
        permission: { 'gpu-cloud_*': attended ? 'ask' : 'allow' },
        provider: {
          scripted: {
            npm: '@ai-sdk/openai-compatible',
            name: 'scripted',
            options: { baseURL: `${model}/v1`, apiKey: 'scripted' },
            models: {
              scripted: { name: 'scripted', tool_call: true, limit: { context: 400_000, output: 8192 } },
            },
          },
        },
        mcp: { 'gpu-cloud': { type: 'local', command: [server.command, ...server.args], enabled: true } },
      });
      return {
        args: attended ? ['--prompt', PROMPT] : ['run', '--model', 'scripted/scripted', PROMPT],
        env: {
          OPENCODE_DISABLE_MODELS_FETCH: '1',
          OPENCODE_DISABLE_AUTOUPDATE: '1',
          OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
          OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
        },
      };
    },
  },
  {
    id: 'gemini',
    title: 'Gemini CLI',
    packages: ['@google/gemini-cli@0.61.0'],
    bin: 'gemini',
    screens: [
      ['trust of the folder', /Do you trust the files in this folder\?/, ['Enter']],
      ['approval', /Allow execution|Yes, allow once|● 1\. (?:Yes|Allow)/, ['Enter']],
    ],
    start({ home, model, server, attended }) {
      put(join(home, '.gemini', 'settings.json'), {
        security: { auth: { selectedType: 'gemini-api-key' } },
        privacy: { usageStatisticsEnabled: false },
        general: { disableAutoUpdate: true },
        mcpServers: { 'gpu-cloud': attended ? server : { ...server, trust: true } },
      });
      return {
        args: [attended ? '-i' : '-p', PROMPT, '-m', 'gemini-2.5-pro', '--skip-trust'],
        env: { GEMINI_API_KEY: 'scripted', GOOGLE_GEMINI_BASE_URL: model },
      };
    },
  },
  {
    id: 'qwen-code',
    title: 'Qwen Code',
    packages: ['@qwen-code/qwen-code@0.15.10'],
    bin: 'qwen',
    screens: [
      ['approval', /Allow execution|Yes, allow once|● 1\. (?:Yes|Allow)|› 1\. (?:Yes|Allow)/, ['Enter']],
    ],
    start({ home, model, server, attended }) {
      put(join(home, '.qwen', 'settings.json'), {
        privacy: { usageStatisticsEnabled: false },
        general: { disableAutoUpdate: true },
        mcpServers: { 'gpu-cloud': attended ? server : { ...server, trust: true } },
      });
      const allowed = ['--allowed-tools', ...TOOLS.map((tool) => `mcp__gpu-cloud__${tool}`)];
      const own = ['--auth-type', 'openai', '--model', 'qwen3-coder-plus'];
      return {
        args: attended ? ['-i', PROMPT, ...own] : [PROMPT, ...own, ...allowed],
        env: { OPENAI_API_KEY: 'scripted', OPENAI_BASE_URL: `${model}/v1`, OPENAI_MODEL: 'qwen3-coder-plus' },
      };
    },
  },
  {
    id: 'cline',
    title: 'Cline CLI',
    packages: ['cline@3.0.65'],
    bin: 'cline',
    screens: [
      ['advertisement', /Try ClinePass/, ['Escape']],
      ['approval', /\[y\] Approve/, ['y']],
    ],
    start({ home, model, server, attended }) {
      const settings = join(home, '.cline', 'data', 'settings');
      put(join(settings, 'cline_mcp_settings.json'), { mcpServers: { 'gpu-cloud': server } });
      const provider = 'openai-compatible';
      put(join(settings, 'providers.json'), {
        version: 1,
        lastUsedProvider: provider,
        modes: {},
        providers: {
          [provider]: {
            settings: { provider, apiKey: 'scripted', model: 'scripted', baseUrl: `${model}/v1` },
            updatedAt: '2026-11-28T00:00:00.000Z',
            tokenSource: 'manual',
          },
        },
      });
      const own = ['--provider', provider, '--model', 'scripted'];
      return {
        args: attended ? [...own, '--auto-approve', 'false', '--tui', PROMPT] : [...own, PROMPT],
        env: {},
      };
    },
  },
  {
    id: 'ai-sdk',
    title: 'AI SDK',
    packages: ['ai@6.0.326', '@ai-sdk/mcp@1.0.102', '@ai-sdk/openai-compatible@2', 'zod@4'],
    start: ({ folder, model, server }) => ({
      command: process.execPath,
      args: [AI_SDK_APP, folder, `${model}/v1`, JSON.stringify(server), PROMPT],
      env: {},
    }),
  },
];

/** Hosts that this cannot run, and why. */
export const NOT_HERE = [
  'Claude Desktop, Cursor, VS Code, Windsurf, Zed, LM Studio: not on npm.',
  'goose: not on npm. Crush: its npm package downloads a binary from elsewhere.',
  'Amp, Auggie: need an account before a session.',
];
