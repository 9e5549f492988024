import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PROMPT = 'Run the scripted check of the gpu-cloud tools.';
const TOOLS = ['list_machines', 'create_pod', 'list_pods', 'wait_for', 'delete_pod'];

function put(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value, null, 2));
  return path;
}

/**
 * Hosts that npm has: package, binary, the folder of an earlier installation, and how one prompt is run without a
 * person. Each writes its configuration into an empty home and points the host at the scripted model.
 */
export const HOSTS = [
  {
    id: 'claude-code',
    title: 'Claude Code',
    package: '@anthropic-ai/claude-code@2.1.197',
    folder: 'cc',
    bin: 'claude',
    run: ({ home, model, server }) => {
      const config = put(join(home, 'mcp.json'), {
        mcpServers: { 'gpu-cloud': { type: 'stdio', ...server } },
      });
      return {
        args: [
          '-p',
          PROMPT,
          '--mcp-config',
          config,
          '--strict-mcp-config',
          '--allowedTools',
          'mcp__gpu-cloud__*',
          'ToolSearch',
        ],
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
    package: '@openai/codex@0.171.0',
    folder: 'codex',
    bin: 'codex',
    run: ({ home, model, server }) => {
      const approved = TOOLS.map(
        (tool) => `[mcp_servers.gpu-cloud.tools.${tool}]\napproval_mode = "approve"\n`,
      );
      put(
        join(home, '.codex', 'config.toml'),
        [
          'model = "gpt-5.4"',
          'model_provider = "scripted"',
          'check_for_update_on_startup = false',
          '[model_providers.scripted]',
          'name = "scripted"',
          `base_url = "${model}/v1"`,
          'wire_api = "responses"',
          'env_key = "SCRIPTED_KEY"',
          'supports_websockets = false',
          '[mcp_servers.gpu-cloud]',
          `command = ${JSON.stringify(server.command)}`,
          `args = ${JSON.stringify(server.args)}`,
          ...approved,
        ].join('\n'),
      );
      return { args: ['exec', '--skip-git-repo-check', PROMPT], env: { SCRIPTED_KEY: 'scripted' } };
    },
  },
  {
    id: 'opencode',
    title: 'opencode',
    package: 'opencode-ai@1.18.33',
    folder: 'opencode',
    bin: 'opencode',
    run: ({ work, model, server }) => {
      put(join(work, 'opencode.json'), {
        model: 'scripted/scripted',
        small_model: 'scripted/scripted',
        autoupdate: false,
        share: 'disabled',
        permission: { 'gpu-cloud_*': 'allow' },
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
        args: ['run', '--model', 'scripted/scripted', PROMPT],
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
    package: '@google/gemini-cli@0.61.0',
    folder: 'gemini',
    bin: 'gemini',
    run: ({ home, model, server }) => {
      put(join(home, '.gemini', 'settings.json'), {
        security: { auth: { selectedType: 'gemini-api-key' } },
        privacy: { usageStatisticsEnabled: false },
        general: { disableAutoUpdate: true },
        mcpServers: { 'gpu-cloud': { ...server, trust: true } },
      });
      return {
        args: ['-p', PROMPT, '-m', 'gemini-2.5-pro', '--skip-trust'],
        env: { GEMINI_API_KEY: 'scripted', GOOGLE_GEMINI_BASE_URL: model },
      };
    },
  },
  {
    id: 'qwen-code',
    title: 'Qwen Code',
    package: '@qwen-code/qwen-code@0.15.10',
    folder: 'qwen',
    bin: 'qwen',
    run: ({ home, model, server }) => {
      put(join(home, '.qwen', 'settings.json'), {
        privacy: { usageStatisticsEnabled: false },
        general: { disableAutoUpdate: true },
        mcpServers: { 'gpu-cloud': { ...server, trust: true } },
      });
      const allowed = TOOLS.map((tool) => `mcp__gpu-cloud__${tool}`);
      return {
        args: [PROMPT, '--auth-type', 'openai', '--model', 'qwen3-coder-plus', '--allowed-tools', ...allowed],
        env: { OPENAI_API_KEY: 'scripted', OPENAI_BASE_URL: `${model}/v1`, OPENAI_MODEL: 'qwen3-coder-plus' },
      };
    },
  },
  {
    id: 'copilot-cli',
    title: 'Copilot CLI',
    package: '@github/copilot@1.0.102',
    folder: 'copilot',
    bin: 'copilot',
    run: ({ home, model, server }) => {
      const config = put(join(home, 'mcp.json'), {
        mcpServers: { 'gpu-cloud': { type: 'local', ...server, tools: ['*'] } },
      });
      return {
        args: [
          '-p',
          PROMPT,
          '--additional-mcp-config',
          `@${config}`,
          '--allow-tool',
          'gpu-cloud',
          '--disable-builtin-mcps',
          '--no-auto-update',
        ],
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
];

/** Hosts that this cannot run, and why. */
export const NOT_HERE = [
  'Claude Desktop, Cursor, VS Code, Windsurf, Zed, LM Studio: not on npm.',
  'goose: not on npm. Crush: its npm package downloads a binary from elsewhere.',
  'Amp, Auggie: want an account before a session.',
];
