import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { COMMON_SETTINGS, SETTINGS } from '../../src/config/read.ts';
import { SETTING_GROUPS } from '../../src/config/row.ts';
import { TOOLSETS } from '../../src/core/policy.ts';
import { namesIn, naming } from '../facts.ts';
import { runHere } from './here.ts';
import { hasEscapes, tooWide } from './terminal.ts';

const COMMANDS = createProgram()
  .commands.map((command) => command.name())
  .filter((name) => name !== 'completion-words')
  .concat('help');

it.each([
  [['no-such-command'], ['no-such-command', ...COMMANDS, '--help']],
  [
    ['watch', '--onec'],
    ['--onec', '--once', 'watch', '--help'],
  ],
  [
    ['sandbox', '--port', ''],
    ['--port', '""', '0', '65535'],
  ],
  [
    ['tools', '--toolsets', 'everything', '--sandbox'],
    ['--toolsets', 'GPU_MCP_TOOLSETS', 'everything', ...TOOLSETS],
  ],
  [
    ['tools', '--sandbox', '--max-usd-per-hour', 'much'],
    ['--max-usd-per-hour', 'GPU_MCP_MAX_USD_PER_HOUR', 'much', '0'],
  ],
  [
    ['tools', '--sandbox', '--max-pods', '-1'],
    ['--max-pods', 'GPU_MCP_MAX_PODS', '-1', '0'],
  ],
  [
    ['tools', '--sandbox', '--confirm', 'never'],
    ['--confirm', 'GPU_MCP_CONFIRM', 'never', 'auto', 'human', 'token', 'block'],
  ],
  [
    ['tools', '--sandbox', '--log-level', 'loud'],
    ['--log-level', 'GPU_MCP_LOG_LEVEL', 'loud', 'debug', 'silent'],
  ],
  [
    ['sandbox', '--port', '70000'],
    ['--port', '70000', '65535'],
  ],
  [
    ['sandbox', '--port', '80.5'],
    ['--port', '80.5', '65535'],
  ],
  [
    ['sandbox', '--port', 'x'],
    ['--port', 'x', '65535'],
  ],
  [
    ['sandbox', '--speed', '-1'],
    ['--speed', '-1', '0'],
  ],
  [['call'], ['tool', 'call', '--help']],
  [
    ['call', 'list_pods', '{}', 'more', '--sandbox'],
    ['JSON', 'name=value'],
  ],
  [['call', 'list_pods', 'limit=1', 'limit=2', '--sandbox'], ['limit']],
  [
    ['audit', '--json', '--csv'],
    ['--json', '--csv'],
  ],
  [
    ['audit', '--only', 'simulated'],
    ['--only', 'simulated', 'real', 'sandbox'],
  ],
  [
    ['audit', '--since', 'yesterday'],
    ['--since', 'yesterday', '12h'],
  ],
  [
    ['audit', '--since', '2026-13-45'],
    ['--since', '2026-13-45'],
  ],
  [
    ['audit', '--since', '2026-02-31'],
    ['--since', '2026-02-31'],
  ],
  [
    ['audit', '--tool', 'list_pod'],
    ['--tool', 'list_pod', 'list_pods'],
  ],
  [
    ['help', 'nosuch'],
    ['nosuch', ...COMMANDS, '--help'],
  ],
  [
    ['ssh', 'x', '--yes', '--sandbox'],
    ['--yes', '--config'],
  ],
  [
    ['completion', 'tcsh'],
    ['tcsh', 'bash', 'zsh', 'fish'],
  ],
  [['ssh'], ['pod', 'ssh', '--help']],
  [
    ['ssh', 'x', '--print', '--config', '--sandbox'],
    ['--print', '--config'],
  ],
  [['ssh', 'x', '--config', '--sandbox', '--', 'ls'], ['--config']],
  [
    ['call', 'list_pods', '--no-such-flag'],
    ['--no-such-flag', 'call', '--help'],
  ],
  [
    ['call', 'list_pods', '{nope', '--sandbox'],
    ['JSON', 'limit=5'],
  ],
  [
    ['call', 'list_pods', '[]', '--sandbox'],
    ['JSON', 'limit=5'],
  ],
  [
    ['call', 'list_pods', '7', '--sandbox'],
    ['JSON', 'limit=5'],
  ],
  [
    ['call', 'list_pods', 'null', '--sandbox'],
    ['JSON', 'limit=5'],
  ],
])('%j is wrong: exit code 2, what is wrong named on stderr, nothing on stdout', async (args, names) => {
  const { code, stdout, stderr } = await runHere(args);
  expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(naming(...names));
  expect(stderr).not.toMatch(/\n\s+at /);
});

it.each([
  [['instal'], 'install'],
  [['docter', '--json'], 'doctor'],
])('%j: the command that is meant comes first, before the list of all', async (args, meant) => {
  const { code, stderr } = await runHere(args);
  const [first = '', ...rest] = stderr.split('\n', 1).flatMap((line) => namesIn(line, COMMANDS));
  expect([code, first, rest.toSorted()]).toEqual([2, meant, COMMANDS.toSorted()]);
});

it.each([['instal'], ['watch', '--onec'], ['call', '--help'], ['ssh', '--help', 'settings'], ['install']])(
  '%s %s: the message names the command as it was started',
  async (...args) => {
    const { stdout, stderr } = await runHere(args, {}, '/opt/clone/dist/index.js');
    const said = `${stdout}${stderr}`.replace(/^Usage: .*$/m, '');
    expect(said).toContain('node /opt/clone/dist/index.js ');
    expect(said).not.toMatch(/gpu-cloud-mcp (?:--help|call|install|ssh|tools|watch)/);
  },
);

describe('help', () => {
  const program = createProgram();
  const groups = program.commands.filter(({ commands }) => commands.length > 0);
  const all: string[][] = [
    [],
    ...program.commands.map((command) => [command.name()]),
    ...groups.flatMap((group) => group.commands.map((command) => [group.name(), command.name()])),
  ];

  it.each(all.map((words) => [words.join(' ') || 'the program', words] as const))(
    'of %s fits a screen of 24 lines and 80 columns and has no escape sequences in a pipe',
    async (_name, words) => {
      const { code, stdout } = await runHere([...words, '--help']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^Usage: gpu-cloud-mcp/);
      expect(stdout.trimEnd().split('\n').length, stdout).toBeLessThanOrEqual(24);
      expect(tooWide(stdout)).toEqual([]);
      expect(hasEscapes(stdout)).toBe(false);
    },
  );

  it.each([
    ['demo', '--help', 'settings'],
    ['install', '-h', 'settings'],
    ['help', 'audit', 'settings'],
  ])('%s %s %s is the help of a command without such settings', async (...words) => {
    const { code, stdout } = await runHere(words);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: gpu-cloud-mcp/);
    expect(stdout).not.toContain('VOLT_API_KEY');
  });

  it.each([
    [['serve', '--help', 'settings'], true],
    [['--help', 'settings'], true],
    [['help', 'tools', 'settings'], false],
    [['call', '-h', 'settings'], false],
  ])('%j shows every setting of the command once, in groups within 80 columns', async (args, overHttp) => {
    const { code, stdout } = await runHere(args);
    expect(code).toBe(0);
    expect(tooWide(stdout)).toEqual([]);
    const settings = overHttp ? SETTINGS : COMMON_SETTINGS;
    for (const { flag, variable } of settings) {
      expect(stdout).toMatch(new RegExp(`\\b${variable}\\b`));
      if (flag !== null) expect(stdout).toContain(`  --${flag}`);
    }
    const groups = SETTING_GROUPS.map(({ title }) => title).filter(
      (title) => overHttp || title !== 'HTTP server',
    );
    expect(stdout.match(/^[A-Z][A-Za-z ]+(?=:$)/gm)).toEqual(expect.arrayContaining(groups));
    expect(/^HTTP server:$/m.test(stdout)).toBe(overHttp);
  });

  it('of the short kind names no setting but the simulator and HTTP, and says where the others are', async () => {
    const { stdout } = await runHere(['serve', '--help']);
    expect(stdout).toContain('--sandbox');
    expect(stdout).toContain('--http ');
    expect(stdout).not.toContain('--max-pods');
    expect(stdout).toContain('serve --help settings');
  });
});
