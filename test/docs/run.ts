import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { type Verdict, verify } from '../../src/cli/install/verify.ts';
import { ROOT } from '../architecture/source.ts';
import type { Entry } from './entries.ts';
import { buildImage } from './image.ts';
import { plain, type Shown } from './listing.ts';
import { readPages } from './pages.ts';
import type { Reader } from './reader.ts';
import { RULES, type Rule } from './rules.ts';
import { scriptOf, startShell } from './shell.ts';

type As<K extends Rule['as']> = Extract<Rule, { as: K }>;

/** What the stand-in for `openssl rand -hex 32` answers. */
export const TOKEN = '5a'.repeat(32);

const PACKAGE: { scripts: Record<string, string> } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
const KEYS = ['VOLT_API_KEY', 'NEBULA_API_KEY'];

/** The rule for a command. @throws Error that says what to do where there is none */
export function ruleFor({ page, line, command }: Shown): Rule {
  const rule = RULES.find(({ match }) => match.test(plain(command)));
  if (rule !== undefined) return rule;
  throw new Error(
    `${page}:${line}: no test executes "${command}". Add a rule to test/docs/rules.ts that says how it is run and what it must say.`,
  );
}

/** What a client that starts this gets to see: at least the tools of one cloud. */
export function expectServed(verdict: Verdict): void {
  expect(verdict).toEqual({ ok: true, tools: expect.any(Number) });
  expect(verdict.ok && verdict.tools).toBeGreaterThan(15);
}

/** Shakes hands with what a client was told to start, in an environment that holds no key but those it was told. */
async function shakeHands(
  reader: Reader,
  entry: { command: string; args: readonly string[]; env: Readonly<Record<string, string>> },
): Promise<void> {
  const bare = Object.entries(reader.environment()).filter(([name]) => !KEYS.includes(name));
  const launch = [entry.command, ...entry.args].map((word) => `'${reader.localized(word)}'`).join(' ');
  const script = scriptOf([`cd '${reader.folder}'`, launch]);
  const values = { ...Object.fromEntries(bare), ...entry.env };
  const server = { kind: 'stdio' as const, command: 'bash', args: ['-c', script], values, references: [] };
  expectServed(await verify(server, {}));
}

/** Starts or reaches the server of a client's entry. A team's server is the one that runs here, whatever its name. */
export async function tryEntry(reader: Reader, entry: Entry): Promise<void> {
  if (entry.kind === 'stdio') return shakeHands(reader, entry);
  const { pathname } = new URL(entry.url);
  expectServed(await verify({ kind: 'http', url: `${reader.server}${pathname}`, token: null }, {}));
}

const linesOf = (reader: Reader, { exports, command }: Shown, ...more: string[]): string[] =>
  [...exports, command, ...more].map((line) => reader.localized(line));

let distIsFree: Promise<unknown> = Promise.resolve();

/** One after the other: who builds the checkout's dist has it alone. */
function inTurn<T>(task: () => Promise<T>): Promise<T> {
  const turn = distIsFree.then(task);
  distIsFree = turn.catch(() => {});
  return turn;
}

const stalePages = (reader: Reader): string[] =>
  readPages()
    .filter(({ path, text }) => readFileSync(join(reader.checkout, path), 'utf8') !== text)
    .map(({ path }) => `${path} is stale: run npm run docs`);

async function runEnds(reader: Reader, shown: Shown, rule: As<'ends'>): Promise<void> {
  const lines = linesOf(reader, shown, ...(rule.and === undefined ? [] : [rule.and]));
  const [from = '', to = ''] = rule.instead ?? [];
  const run = async () => {
    const shell = startShell(
      lines.map((line) => line.replace(from, to)),
      rule.where === undefined ? reader.folder : reader.checkout,
      reader.environment(),
    );
    expect({ code: await shell.ended, output: shell.output() }).toEqual({
      code: rule.exit ?? 0,
      output: expect.stringMatching(rule.says),
    });
  };
  await (rule.where === 'checkout, in turn' ? inTurn(run) : run());
  if (rule.keeps !== undefined) expect(stalePages(reader)).toEqual([]);
}

async function runStdio(reader: Reader, shown: Shown): Promise<void> {
  const script = scriptOf([`cd '${reader.folder}'`, ...linesOf(reader, shown)]);
  const values = reader.environment();
  expectServed(
    await verify({ kind: 'stdio', command: 'bash', args: ['-c', script], values, references: [] }, {}),
  );
}

/** Starts an HTTP server, looks at it from outside, and tells it to end. */
async function runHttp(reader: Reader, shown: Shown): Promise<void> {
  const shell = startShell(linesOf(reader, shown), reader.folder, reader.environment());
  const [, url = ''] = await shell.until(/"url":"([^"]+)"/);
  expect((await fetch(new URL('/healthz', url))).status).toBe(200);
  const isOpen = !shown.exports.some((line) => line.startsWith('export GPU_MCP_HTTP_TOKEN='));
  if (!isOpen) expect((await fetch(url, { method: 'POST' })).status).toBe(401);
  const token = isOpen ? null : 'GPU_MCP_HTTP_TOKEN';
  expectServed(await verify({ kind: 'http', url, token }, { GPU_MCP_HTTP_TOKEN: TOKEN }));
  shell.signal('SIGTERM');
  expect(await shell.ended).toBe(0);
}

async function runUntilTold(reader: Reader, shown: Shown, rule: As<'until told'>): Promise<void> {
  const lines = linesOf(reader, { ...shown, command: `${shown.command} ${rule.adds ?? ''}` });
  const shell = startShell(lines, reader.folder, reader.environment());
  await shell.until(rule.says);
  shell.signal('SIGINT');
  expect(await shell.ended).toBe(rule.exit ?? 0);
}

async function runRegisters(reader: Reader, shown: Shown): Promise<void> {
  const shell = startShell(linesOf(reader, shown), reader.folder, reader.environment());
  expect(await shell.ended, shell.output()).toBe(0);
  await shakeHands(reader, JSON.parse(shell.stdout()));
}

/** For what is not run: the file that runs it says so, or what it would start can at least be read and put together. */
async function checkElsewhere({ command }: Shown, { seen }: As<'elsewhere'>): Promise<void> {
  if (seen !== undefined) {
    const [file, words] = seen;
    expect(readFileSync(`${ROOT}${file}`, 'utf8')).toContain(words);
    return;
  }
  const script = command.startsWith('npm run ') ? PACKAGE.scripts[command.slice(8)] : command;
  const [entry = ''] = /(?:bench|scripts)\/[\w-]+\.(?:ts|mjs)$/.exec(script ?? '') ?? [];
  expect(entry).not.toBe('');
  if (entry.endsWith('.mjs')) execFileSync(process.execPath, ['--check', join(ROOT, entry)]);
  else
    await build({
      absWorkingDir: ROOT,
      entryPoints: [entry],
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      write: false,
    });
}

/** Executes a command of the pages by its rule, with expectations. */
export async function execute(reader: Reader, shown: Shown, rule: Rule = ruleFor(shown)): Promise<void> {
  switch (rule.as) {
    case 'ends':
      return runEnds(reader, shown, rule);
    case 'stdio':
      return runStdio(reader, shown);
    case 'http':
      return runHttp(reader, shown);
    case 'until told':
      return runUntilTold(reader, shown, rule);
    case 'registers':
      return runRegisters(reader, shown);
    case 'image':
      return buildImage(reader, shown.command);
    case 'elsewhere':
      return checkElsewhere(shown, rule);
  }
}
