import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { diffText } from '../../src/cli/install/report.ts';
import { QUESTIONS, runWizard, UNCHANGED } from '../../src/cli/install/wizard.ts';
import { Cancelled, type Prompts } from '../../src/cli/install/wizard-prompts.ts';
import { fold } from '../../src/cli/terminal/layout.ts';
import { createPaint } from '../../src/cli/terminal/screen.ts';
import { naming } from '../facts.ts';
import { testBench, VOLT_KEY } from './install-bench.ts';

afterEach(() => {
  process.exitCode = undefined;
});

type Answer = readonly [question: string | RegExp, given: string | string[] | boolean | null];

/** A person who gives these answers in turn, each to a question that starts so or matches; `null` = gives up there. */
function person(answers: readonly Answer[]) {
  const said: string[] = [];
  const asked: { question: string; options: string[]; chosen: string[] }[] = [];
  const left = [...answers];
  const answer = (question: string, options: string[] = [], chosen: string[] = []) => {
    asked.push({ question, options, chosen });
    const [expected, given] = left.shift() ?? ['(nothing more)', null];
    if (typeof expected === 'string') expect(question.slice(0, expected.length)).toBe(expected);
    else expect(question).toMatch(expected);
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
      [QUESTIONS.clients, ['cursor', 'zed']],
      [QUESTIONS.target, 'sandbox'],
      [QUESTIONS.scope, 'user'],
      [QUESTIONS.write, true],
    ]);
    await runWizard(bench, prompts);
    expect(asked[0]?.options[0]).toBe('cursor');
    expect(asked[0]?.chosen).toEqual(['cursor']);
    expect(said.join('\n')).toMatch(/^\+ .*"gpu-cloud": \{/m);
    expect(said.join('\n')).toMatch(/✓ .*\b39\b/);
    expect(bench.verified.map(({ client }) => client.id)).toEqual(['cursor', 'zed']);
    expect(readFileSync(join(bench.home, '.config', 'zed', 'settings.json'), 'utf8')).toContain('--sandbox');
    expect({ left, code: process.exitCode }).toEqual({ left: [], code: undefined });
  });

  it('takes a typed key into a private file and shows it nowhere', async () => {
    const bench = testBench({});
    const { prompts, said } = person([
      [QUESTIONS.clients, ['claude-desktop']],
      [QUESTIONS.target, 'clouds'],
      [QUESTIONS.clouds, ['volt']],
      [QUESTIONS.keyHome, 'store'],
      [QUESTIONS.key('Volt'), VOLT_KEY],
      [QUESTIONS.write, true],
    ]);
    await runWizard(bench, prompts);
    expect(readFileSync(join(bench.stateDir, 'keys', 'volt'), 'utf8')).toBe(`${VOLT_KEY}\n`);
    expect(said.join('\n')).not.toContain('canary');
  });

  it('takes the key of the variable when the person presses Enter alone', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
    const { prompts } = person([
      [QUESTIONS.clients, ['claude-desktop']],
      [QUESTIONS.target, 'clouds'],
      [QUESTIONS.clouds, ['volt']],
      [QUESTIONS.keyHome, 'store'],
      [naming('Volt', 'Enter', 'VOLT_API_KEY'), ''],
      [QUESTIONS.write, true],
    ]);
    await runWizard(bench, prompts);
    expect(readFileSync(join(bench.stateDir, 'keys', 'volt'), 'utf8')).toBe(`${VOLT_KEY}\n`);
  });

  it('writes nothing, no backup either, when an entry is there already', async () => {
    const bench = testBench({});
    const again = () =>
      person([
        [QUESTIONS.clients, ['cursor']],
        [QUESTIONS.target, 'sandbox'],
        [QUESTIONS.scope, 'user'],
        [QUESTIONS.write, true],
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
      [QUESTIONS.clients, ['cursor', 'zed']],
      [QUESTIONS.target, 'clouds'],
      [QUESTIONS.clouds, ['volt']],
      [QUESTIONS.keyHome, null],
    ]);
    await runWizard(bench, both.prompts);
    expect(both.asked[2]?.chosen).toEqual(['volt']);
    expect(both.asked[3]?.options).toEqual(['store', 'file', 'literal']);
    const desktop = person([
      [QUESTIONS.clients, ['claude-desktop']],
      [QUESTIONS.target, null],
    ]);
    await runWizard(bench, desktop.prompts);
    expect(desktop.asked[1]?.options).toEqual(['sandbox', 'clouds']);
  });

  it('refers to variables, and warns of a key in plain text', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
    const answers = (home: string) =>
      person([
        [QUESTIONS.clients, ['cursor']],
        [QUESTIONS.target, 'clouds'],
        [QUESTIONS.clouds, ['volt']],
        [QUESTIONS.keyHome, home],
        ...(home === 'literal' ? [[QUESTIONS.key('Volt'), VOLT_KEY] as const] : []),
        [QUESTIONS.scope, 'project'],
        [QUESTIONS.write, true],
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
      [QUESTIONS.clients, ['windsurf']],
      [QUESTIONS.target, 'sandbox'],
      [naming('Windsurf'), false],
    ]);
    await runWizard(bench, prompts);
    expect(asked[1]?.options).toEqual(['clouds', 'sandbox', 'http']);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('names where a key comes from, takes the stored one for Enter, and offers to delete it with the simulator', async () => {
    const bench = testBench({});
    const stored = bench.put(join(bench.stateDir, 'keys', 'volt'), `${VOLT_KEY}\n`);
    const { prompts, said } = person([
      [QUESTIONS.clients, ['claude-desktop']],
      [QUESTIONS.target, 'clouds'],
      [QUESTIONS.clouds, ['volt']],
      [QUESTIONS.keyHome, 'store'],
      [/Volt.*\(Enter\b(?!.*VOLT_API_KEY)/, ''],
      [QUESTIONS.write, true],
    ]);
    await runWizard(bench, prompts);
    expect(said.join('\n')).toMatch(/Volt.*https:\/\//);
    expect(bench.tried).toEqual([`volt ${VOLT_KEY}`]);
    const back = person([
      [QUESTIONS.clients, ['claude-desktop']],
      [QUESTIONS.target, 'sandbox'],
      [naming('Claude Desktop'), true],
      [QUESTIONS.write, true],
      [naming(stored), true],
    ]);
    await runWizard(bench, back.prompts);
    expect(existsSync(stored)).toBe(false);
  });

  it('writes nothing when the person gives up or says no', async () => {
    const bench = testBench({});
    for (const last of [false, null]) {
      const { prompts, said } = person([
        [QUESTIONS.clients, ['cursor']],
        [QUESTIONS.target, 'http'],
        [QUESTIONS.url, 'http://127.0.0.1:8484/mcp'],
        [QUESTIONS.scope, 'user'],
        [QUESTIONS.write, last],
      ]);
      await runWizard(bench, prompts);
      expect(said.at(-1)).toBe(UNCHANGED);
      expect(process.exitCode).toBe(last === null ? 130 : 1);
      process.exitCode = undefined;
    }
    expect(existsSync(join(bench.home, '.cursor'))).toBe(false);
  });

  it('ends with exit code 1 when the handshake fails', async () => {
    const bench = testBench({}, { ok: false, problem: 'no node there' });
    const { prompts, said } = person([
      [QUESTIONS.clients, ['windsurf']],
      [QUESTIONS.target, 'sandbox'],
      [QUESTIONS.write, true],
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
