import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';
import { COMMON_SETTINGS, SETTINGS } from '../../src/config/read.ts';
import { runHere } from './here.ts';
import { hasEscapes, tooWide } from './terminal.ts';

it.each([
  [['serve', '--no-such-flag'], /unknown option '--no-such-flag'/],
  [['--no-such-flag'], /unknown option '--no-such-flag'/],
  [['no-such-command'], /There is no command "no-such-command"\. Commands: serve, .*help\./],
  [['watch', '--onec'], /Did you mean --once\?\)\nSee gpu-cloud-mcp watch --help\./],
  [['sandbox', '--port', ''], /--port: ""/],
  [['tools', '--toolsets', 'everything', '--sandbox'], /"everything" is not one of/],
  [['tools', '--sandbox', '--max-usd-per-hour', 'much'], /GPU_MCP_MAX_USD_PER_HOUR: "much" is not a number/],
  [
    ['tools', '--sandbox', '--max-pods', '-1'],
    /GPU_MCP_MAX_PODS: "-1" is not a whole number|argument missing/,
  ],
  [['tools', '--sandbox', '--confirm', 'never'], /GPU_MCP_CONFIRM: "never" is not one of/],
  [['tools', '--sandbox', '--log-level', 'loud'], /GPU_MCP_LOG_LEVEL: "loud" is not one of/],
  [['sandbox', '--port', '70000'], /--port: "70000"/],
  [['sandbox', '--port', 'x'], /--port: "x"/],
  [['sandbox', '--speed', '-1'], /--speed: "-1"/],
  [['call'], /missing required argument/],
  [['call', 'list_pods', '{}', 'more', '--sandbox'], /too many arguments/],
  [['call', 'list_pods', 'limit=1', 'limit=2', '--sandbox'], /limit: given twice/],
  [['instal'], /Did you mean install\?/],
  [['docter', '--json'], /Did you mean doctor\?/],
  [['audit', '--json', '--csv'], /--json and --csv exclude each other/],
  [['audit', '--only', 'simulated'], /--only: "simulated" is neither real nor sandbox/],
  [['audit', '--since', 'yesterday'], /--since: "yesterday"/],
  [['audit', '--since', '2026-13-45'], /--since: /],
  [['audit', '--since', '2026-02-31'], /--since: "2026-02-31"/],
  [['audit', '--tool', 'list_pod'], /no tool "list_pod".*Did you mean list_pods\?/],
  [['help', 'nosuch'], /There is no command "nosuch"/],
  [['ssh', 'x', '--yes', '--sandbox'], /--yes means something with --config only/],
  [['completion', 'tcsh'], /"tcsh" is not one of bash, zsh, fish/],
  [['ssh'], /missing required argument/],
  [['ssh', 'x', '--print', '--config', '--sandbox'], /--print and --config exclude each other/],
  [['ssh', 'x', '--config', '--sandbox', '--', 'ls'], /--config takes no command/],
  [['call', 'list_pods', '--no-such-flag'], /unknown option/],
  [['call', 'list_pods', '{nope', '--sandbox'], /one JSON object/],
  [['call', 'list_pods', '[]', '--sandbox'], /one JSON object/],
  [['call', 'list_pods', '7', '--sandbox'], /one JSON object/],
  [['call', 'list_pods', 'null', '--sandbox'], /one JSON object/],
])('%j is wrong: exit code 2, the reason on stderr, nothing on stdout', async (args, why) => {
  const { code, stdout, stderr } = await runHere(args);
  expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(why);
  expect(stderr).not.toMatch(/\n\s+at /);
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
    expect(stdout.match(/^[A-Z][A-Za-z ]+:$/gm)?.slice(0, 2)).toEqual(['Clouds:', 'Consent and caps:']);
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
