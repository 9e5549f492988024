import { expect } from 'vitest';
import { type Verdict, verify } from '../../src/cli/install/verify.ts';
import { runHere } from '../cli/here.ts';
import { words } from './commands.ts';
import { curl } from './curl.ts';
import type { Entry } from './entries.ts';
import type { Machine } from './machine.ts';
import { scriptOf, startShell } from './shell.ts';
import { plain, type Shown } from './shown.ts';

/** Follows a command of the pages, with expectations. */
export type Follow = (machine: Machine, shown: Shown) => Promise<void>;

const KEYS = ['VOLT_API_KEY', 'NEBULA_API_KEY'];

/** What a client of this server gets to see: at least the tools of one cloud. */
function expectServed(verdict: Verdict): void {
  expect(verdict).toEqual({ ok: true, tools: expect.any(Number) });
  expect(verdict.ok && verdict.tools).toBeGreaterThan(15);
}

const linesOf = (machine: Machine, { exports, command }: Shown): string[] =>
  [...exports, command].map((line) => machine.localized(line));

async function shakeHands(
  machine: Machine,
  lines: readonly string[],
  values: Record<string, string>,
): Promise<void> {
  const args = ['-c', scriptOf([`cd '${machine.folder}'`, ...lines])];
  expectServed(await verify({ kind: 'stdio', command: 'bash', args, values, references: [] }, {}));
}

interface Launch {
  command: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

/** Starts the command of a client's entry, in an environment that holds no key but those of the entry. */
async function launch(machine: Machine, { command, args, env }: Launch): Promise<void> {
  const bare = Object.entries(machine.environment()).filter(([name]) => !KEYS.includes(name));
  const line = [command, ...args].map((word) => `'${machine.localized(word)}'`).join(' ');
  await shakeHands(machine, [line], { ...Object.fromEntries(bare), ...env });
}

/** Starts an entry, or waits for the start of one that differs only in how it names the program and in the text of its keys. */
function startEntry(machine: Machine, entry: Launch): Promise<void> {
  const settings = Object.entries(entry.env).map(([name, text]) =>
    KEYS.includes(name) ? name : [name, text],
  );
  const same = JSON.stringify([plain([entry.command, ...entry.args].join(' ')), settings]);
  const started = machine.started.get(same) ?? launch(machine, entry);
  machine.started.set(same, started);
  return started;
}

/** Starts or reaches the server of a client's entry. A team's server is the one that runs here, whatever its name. */
export async function tryEntry(machine: Machine, entry: Entry): Promise<void> {
  if (entry.kind === 'stdio') return startEntry(machine, entry);
  const { pathname } = new URL(entry.url);
  expectServed(await verify({ kind: 'http', url: `${machine.server}${pathname}`, token: null }, {}));
}

/** It runs to its end with code 0, and stdout and stderr together say this. */
export const says =
  (output: RegExp): Follow =>
  async (machine, shown) => {
    const shell = startShell(linesOf(machine, shown), machine.folder, machine.environment());
    expect({ code: await shell.ended, output: shell.output() }).toEqual({
      code: 0,
      output: expect.stringMatching(output),
    });
  };

/** The arguments of the program in a command line as a page writes it. */
const argumentsIn = (command: string): string[] => words(plain(command)).slice(1);

/** The same, in this process; `before`: the arguments of a command that a page shows before it. */
export const saysHere =
  (output: RegExp, before?: readonly string[]): Follow =>
  async (machine, { command, exports }) => {
    const given = exports.map((line) => /^export (\w+)=(.*)$/.exec(machine.localized(line)) ?? []);
    const env = {
      ...machine.environment(),
      ...Object.fromEntries(given.map(([, name = '', value = '']) => [name, words(value).join(' ')])),
    };
    if (before !== undefined) expect(await runHere(before, env)).toMatchObject({ code: 0 });
    const { code, stdout, stderr } = await runHere(argumentsIn(machine.localized(command)), env);
    expect({ code, output: stdout + stderr }).toEqual({ code: 0, output: expect.stringMatching(output) });
  };

/** A request by curl is answered with this. */
export const fetches =
  (answer: RegExp): Follow =>
  async (machine, { command }) => {
    expect(await curl(words(machine.localized(command)).slice(1))).toMatch(answer);
  };

/** It runs until a signal: it prints this, then ends with that code. */
export const until =
  (output: RegExp, signal: NodeJS.Signals, code: number): Follow =>
  async (machine, shown) => {
    const shell = startShell(linesOf(machine, shown), machine.folder, machine.environment());
    await shell.until(output);
    shell.signal(signal);
    expect(await shell.ended).toBe(code);
  };

/** It serves over stdio until stdin ends. */
export const servesStdio: Follow = (machine, shown) =>
  shakeHands(machine, linesOf(machine, shown), machine.environment());

/** It serves HTTP until SIGTERM: healthy, and closed to strangers if the page sets a token. */
export const servesHttp =
  (token: string): Follow =>
  async (machine, shown) => {
    const shell = startShell(linesOf(machine, shown), machine.folder, machine.environment());
    const [, url = ''] = await shell.until(/"url":"([^"]+)"/);
    expect((await fetch(new URL('/healthz', url))).status).toBe(200);
    const isOpen = !shown.exports.some((line) => line.startsWith('export GPU_MCP_HTTP_TOKEN='));
    if (!isOpen) expect((await fetch(url, { method: 'POST' })).status).toBe(401);
    expectServed(await verify({ kind: 'http', url, token: isOpen ? null : 'TOKEN' }, { TOKEN: token }));
    shell.signal('SIGTERM');
    expect(await shell.ended).toBe(0);
  };

/** The command registers an entry with another program; the test starts that entry. */
export const registers: Follow = async (machine, shown) => {
  const shell = startShell(linesOf(machine, shown), machine.folder, machine.environment());
  expect(await shell.ended, shell.output()).toBe(0);
  await startEntry(machine, JSON.parse(shell.stdout()));
};
