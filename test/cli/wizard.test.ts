import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { diffText } from '../../src/cli/install/report.ts';
import { runWizard } from '../../src/cli/install/wizard.ts';
import { Cancelled, fold, type Prompts } from '../../src/cli/install/wizard-prompts.ts';
import { createPaint } from '../../src/cli/terminal/screen.ts';
import { testBench, VOLT_KEY } from './install-bench.ts';

afterEach(() => {
  process.exitCode = undefined;
});

/** A person who gives these answers in turn, by the start of the question; `null` = gives up there. */
function person(answers: readonly (readonly [string, string | string[] | boolean | null])[]) {
  const said: string[] = [];
  const asked: { question: string; options: string[]; chosen: string[] }[] = [];
  const left = [...answers];
  const answer = (question: string, options: string[] = [], chosen: string[] = []) => {
    asked.push({ question, options, chosen });
    const [expected, given] = left.shift() ?? ['(nothing more)', null];
    expect(question).toMatch(new RegExp(`^${expected}`));
    if (given === null) throw new Cancelled('gave up');
    return given as never;
  };
  const checked = (question: string, check: (text: string) => string | undefined) => {
    const given: string = answer(question);
    expect(check(given)).toBeUndefined();
    return given;
  };
  const prompts: Prompts = {
    intro: (text) => said.push(text),
    note: (text, title) => said.push(`${title}\n${text}`),
    say: (text) => said.push(text),
    good: (text) => said.push(`✓ ${text}`),
    bad: (text) => said.push(`✗ ${text}`),
    warn: (text) => said.push(`! ${text}`),
    outro: (text) => said.push(text),
    choose: async (question, options) =>
      answer(
        question,
        options.map(({ value }) => value),
      ),
    chooseSome: async (question, options, chosen) =>
      answer(
        question,
        options.map(({ value }) => value),
        [...chosen],
      ),
    confirm: async (question) => answer(question),
    text: async (question, check) => checked(question, check),
    secret: async (question, check) => checked(question, check),
  };
  return { prompts, said, asked, left };
}

describe('the wizard', () => {
  it('finds the clients that are here, shows the difference, writes and verifies', async () => {
    const bench = testBench({});
    mkdirSync(join(bench.home, '.cursor'));
    const { prompts, said, asked, left } = person([
      ['Which clients', ['cursor', 'zed']],
      ['What should they work on', 'sandbox'],
      ['For which projects', 'user'],
      ['Write this', true],
    ]);
    await runWizard(bench, prompts);
    expect(asked[0]?.options[0]).toBe('cursor');
    expect(asked[0]?.chosen).toEqual(['cursor']);
    expect(said.join('\n')).toMatch(/^\+ .*"gpu-cloud": \{/m);
    expect(said.join('\n')).toMatch(/✓ Verified: .*39 tools/);
    expect(bench.verified.map(({ client }) => client.id)).toEqual(['cursor', 'zed']);
    expect(readFileSync(join(bench.home, '.config', 'zed', 'settings.json'), 'utf8')).toContain('--sandbox');
    expect({ left, code: process.exitCode }).toEqual({ left: [], code: undefined });
  });

  it('takes a typed key into a private file and shows it nowhere', async () => {
    const bench = testBench({});
    const { prompts, said } = person([
      ['Which clients', ['claude-desktop']],
      ['What should they work on', 'clouds'],
      ['Which clouds', ['volt']],
      ['Where should the keys live', 'store'],
      ['API key of Volt', VOLT_KEY],
      ['Write this', true],
    ]);
    await runWizard(bench, prompts);
    expect(readFileSync(join(bench.stateDir, 'keys', 'volt'), 'utf8')).toBe(`${VOLT_KEY}\n`);
    expect(said.join('\n')).not.toContain('canary');
  });

  it('takes the key of the variable when the person presses Enter alone', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
    const { prompts } = person([
      ['Which clients', ['claude-desktop']],
      ['What should they work on', 'clouds'],
      ['Which clouds', ['volt']],
      ['Where should the keys live', 'store'],
      ['API key of Volt \\(VoltageGPU\\) \\(Enter: the one in VOLT_API_KEY\\)', ''],
      ['Write this', true],
    ]);
    await runWizard(bench, prompts);
    expect(readFileSync(join(bench.stateDir, 'keys', 'volt'), 'utf8')).toBe(`${VOLT_KEY}\n`);
  });

  it('writes nothing, no backup either, when an entry is there already', async () => {
    const bench = testBench({});
    const again = () =>
      person([
        ['Which clients', ['cursor']],
        ['What should they work on', 'sandbox'],
        ['For which projects', 'user'],
        ['Write this', true],
      ]);
    await runWizard(bench, again().prompts);
    const files = () => readdirSync(bench.home, { recursive: true }).toSorted();
    const written = files();
    await runWizard(bench, again().prompts);
    expect(files()).toEqual(written);
  });

  it('offers variables only if every client can refer to them, and URLs only if every file can hold one', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
    const both = person([
      ['Which clients', ['cursor', 'zed']],
      ['What should they work on', 'clouds'],
      ['Which clouds', ['volt']],
      ['Where should the keys live', null],
    ]);
    await runWizard(bench, both.prompts);
    expect(both.asked[2]?.chosen).toEqual(['volt']);
    expect(both.asked[3]?.options).toEqual(['store', 'file', 'literal']);
    const desktop = person([
      ['Which clients', ['claude-desktop']],
      ['What should they work on', null],
    ]);
    await runWizard(bench, desktop.prompts);
    expect(desktop.asked[1]?.options).toEqual(['sandbox', 'clouds']);
  });

  it('refers to variables, and warns of a key in plain text', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
    const answers = (home: string) =>
      person([
        ['Which clients', ['cursor']],
        ['What should they work on', 'clouds'],
        ['Which clouds', ['volt']],
        ['Where should the keys live', home],
        ...(home === 'literal' ? [['API key of Volt', VOLT_KEY] as const] : []),
        ['For which projects', 'project'],
        ['Write this', true],
      ]);
    const file = join(bench.place.cwd, '.cursor', 'mcp.json');
    await runWizard(bench, answers('env').prompts);
    expect(readFileSync(file, 'utf8')).toContain(['"$', '{env:VOLT_API_KEY}"'].join(''));
    const literal = answers('literal');
    await runWizard(bench, literal.prompts);
    expect(readFileSync(file, 'utf8')).toContain(VOLT_KEY);
    expect(literal.said.join('\n')).toMatch(/^! /m);
    expect(literal.said.join('\n')).not.toContain('canary');
  });

  it('offers the real accounts first if they are in use, and asks before the simulator takes their place', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
    const file = bench.put(
      join(bench.home, '.codeium', 'windsurf', 'mcp_config.json'),
      '{"mcpServers": {"gpu-cloud-mcp": {"command": "gpu-cloud-mcp"}}}',
    );
    const before = readFileSync(file, 'utf8');
    const { prompts, asked } = person([
      ['Which clients', ['windsurf']],
      ['What should they work on', 'sandbox'],
      ['Windsurf works on your real accounts', false],
    ]);
    await runWizard(bench, prompts);
    expect(asked[1]?.options).toEqual(['clouds', 'sandbox', 'http']);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('names where a key comes from, takes the stored one for Enter, and offers to delete it with the simulator', async () => {
    const bench = testBench({});
    bench.put(join(bench.stateDir, 'keys', 'volt'), `${VOLT_KEY}\n`);
    const { prompts, said } = person([
      ['Which clients', ['claude-desktop']],
      ['What should they work on', 'clouds'],
      ['Which clouds', ['volt']],
      ['Where should the keys live', 'store'],
      ['API key of Volt \\(VoltageGPU\\) \\(Enter: the one stored before\\)', ''],
      ['Write this', true],
    ]);
    await runWizard(bench, prompts);
    expect(said.join('\n')).toMatch(/Volt.*https:\/\//);
    expect(bench.tried).toEqual([`volt ${VOLT_KEY}`]);
    const back = person([
      ['Which clients', ['claude-desktop']],
      ['What should they work on', 'sandbox'],
      ['Claude Desktop works on your real accounts', true],
      ['Write this', true],
      ['.*Delete it', true],
    ]);
    await runWizard(bench, back.prompts);
    expect(existsSync(join(bench.stateDir, 'keys', 'volt'))).toBe(false);
  });

  it('writes nothing when the person gives up or says no', async () => {
    const bench = testBench({});
    for (const last of [false, null]) {
      const { prompts, said } = person([
        ['Which clients', ['cursor']],
        ['What should they work on', 'http'],
        ['Its URL', 'http://127.0.0.1:8484/mcp'],
        ['For which projects', 'user'],
        ['Write this', last],
      ]);
      await runWizard(bench, prompts);
      expect(said.at(-1)).toBe('Nothing was changed.');
      expect(process.exitCode).toBe(last === null ? 130 : 1);
      process.exitCode = undefined;
    }
    expect(existsSync(join(bench.home, '.cursor'))).toBe(false);
  });

  it('ends with exit code 1 when the handshake fails', async () => {
    const bench = testBench({}, { ok: false, problem: 'no node there' });
    const { prompts, said } = person([
      ['Which clients', ['windsurf']],
      ['What should they work on', 'sandbox'],
      ['Write this', true],
    ]);
    await runWizard(bench, prompts);
    expect(said.join('\n')).toMatch(/✗ .*\bnode\b/);
    expect(process.exitCode).toBe(1);
  });
});

describe('the gutter', () => {
  it('holds every line of a long path and of prose', () => {
    const path = `/home/ada/${'a-long-folder/'.repeat(12)}volt`;
    for (const line of [
      path,
      `The key goes to ${path}, which only you can read.`,
      'x'.repeat(300),
      'word '.repeat(60),
    ]) {
      const rows = fold(line, 77);
      expect(Math.max(...rows.map(({ length }) => length))).toBeLessThanOrEqual(77);
      expect(rows.join('').replaceAll(' ', '')).toBe(line.replaceAll(' ', ''));
    }
    expect(fold(path, 77)[0]?.endsWith('/')).toBe(true);
  });

  it('keeps the sign of a difference in front and nothing but its text behind', () => {
    const paint = createPaint(false);
    const shown = diffText(
      [{ sign: '+', text: `  "VOLT_API_KEY_FILE": "/${'folder/'.repeat(20)}"` }],
      paint,
      40,
    );
    const rows = shown.split('\n');
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.every(({ length }) => length <= 40)).toBe(true);
    expect(rows.map((row) => row.slice(0, 2))).toEqual(['+ ', ...rows.slice(1).map(() => '  ')]);
  });
});
