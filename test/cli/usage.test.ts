import { describe, expect, it, vi } from 'vitest';
import { createProgram, runProgram } from '../../src/cli/program.ts';
import { hasEscapes, tooWide } from './terminal.ts';

/** Runs the command line in this process; only for lines that are refused before anything is started. */
async function run(args: readonly string[]) {
  const said = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    }),
  );
  try {
    return { code: await runProgram(['node', 'gpu-cloud-mcp', ...args]), ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

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
  [['call', 'list_pods', '--no-such-flag'], /unknown option/],
  [['call', 'list_pods', '{nope', '--sandbox'], /one JSON object/],
  [['call', 'list_pods', '[]', '--sandbox'], /one JSON object/],
  [['call', 'list_pods', '7', '--sandbox'], /one JSON object/],
  [['call', 'list_pods', 'null', '--sandbox'], /one JSON object/],
])('%j is wrong: exit code 2, the reason on stderr, nothing on stdout', async (args, why) => {
  const { code, stdout, stderr } = await run(args);
  expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(why);
  expect(stderr).not.toMatch(/\n\s+at /);
});

describe('help', () => {
  const helps = [createProgram(), ...createProgram().commands].map(
    (command) => [command.name(), command.helpInformation()] as const,
  );

  it.each(helps)('of %s fits 80 columns and has no escape sequences in a pipe', (_name, help) => {
    expect(tooWide(help)).toEqual([]);
    expect(hasEscapes(help)).toBe(false);
  });

  it.each(helps.filter(([, help]) => /Settings[\s\S]*--confirm/.test(help) && /--(?:json|once) /.test(help)))(
    'of %s has its own options before the settings that all have',
    (_name, help) => {
      expect(help.search(/--(?:json|once) /)).toBeLessThan(
        help.indexOf('Settings (each is a variable too):'),
      );
    },
  );
});
