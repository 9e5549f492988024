import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binary } from '../binary.ts';
import { literally } from '../facts.ts';
import { stateDirectory } from '../store/directory.ts';
import { runHere } from './here.ts';

/** Whether this machine can give a process a real terminal: script of util-linux, which all Linux distributions have. */
export const HAS_TERMINAL = /util-linux/.test(
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '',
);

/** How a program ended in a terminal: its exit code, and everything it wrote there. */
export interface Shown {
  code: number | null;
  text: string;
}

/** A program in a terminal, as a person has it before them. */
export interface InTerminal {
  columns?: number;
  lines?: number;
  env?: Record<string, string>;
  /** What the person types as soon as something is asked. */
  typed?: string;
  /** What the person types, each once the text before it has appeared; needs a terminal of the system. */
  keys?: readonly (readonly [RegExp, string])[];
  /** Prepares the home before the start. */
  home?: (dir: string) => Promise<void> | void;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Runs the program to its end in a terminal of 80 columns and 24 lines, with a home of its own. */
export async function runInTerminal(
  args: readonly string[],
  { columns = 80, lines = 24, env = {}, keys = [], home }: InTerminal = {},
): Promise<Shown> {
  const dir = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-tty-'));
  try {
    await home?.(dir);
    const command = [process.execPath, await binary(), ...args].map(quoted).join(' ');
    const child = spawn(
      'script',
      ['-qefc', `stty cols ${columns} rows ${lines}; exec ${command}`, '/dev/null'],
      {
        env: { PATH: process.env.PATH ?? '', SHELL: '/bin/sh', TERM: 'xterm-256color', HOME: dir, ...env },
        cwd: dir,
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    const left = [...keys];
    let text = '';
    let seen = 0;
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      const [next] = left;
      const found = next?.[0].exec(text.slice(seen));
      if (next === undefined || found == null) return;
      seen += found.index + found[0].length;
      left.shift();
      child.stdin.write(next[1]);
    });
    child.stdin.on('error', () => {});
    const [code] = await once(child, 'close');
    return { code, text };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** What a command shows in a terminal: in this process, unless the order of keys needs a terminal of the system. */
export async function lookAt(args: readonly string[], given: InTerminal = {}): Promise<Shown> {
  if (given.keys !== undefined) return runInTerminal(args, given);
  const home = await stateDirectory();
  await given.home?.(home);
  const state = { XDG_STATE_HOME: join(home, '.local', 'state'), GPU_MCP_STATE_DIR: undefined };
  const env = { NO_COLOR: undefined, TERM: 'xterm-256color', HOME: home, ...state, ...given.env };
  const { code, stdout, stderr } = await runHere(args, env, await binary(), {
    columns: given.columns ?? 80,
    ...(given.typed !== undefined && { typed: given.typed }),
  });
  return { code, text: stdout + stderr };
}

/** A question of the wizard as the person sees it on the screen. */
export const asks = (question: string, also = ''): RegExp =>
  new RegExp(`${literally(question)}[^└]*${literally(also)}[^└]*└`);

/** The choice of a list, drawn again after an arrow key. */
export const CHOSEN = /●[^└]*└/;

const ESCAPES = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

/** Whether anything but text is in it: colours, cursor movements. */
export const hasEscapes = (text: string): boolean => /[\u001b\u0007\u0008]/.test(text);
/** Whether it is coloured. */
export const isColored = (text: string): boolean => /\u001b\[\d[\d;]*m/.test(text);
/** The lines without colours and movements. */
export const plainLines = (text: string): string[] => text.replace(ESCAPES, '').split(/\r*\n/);

/** What may be longer than a line, because it can only be used whole. */
export const UNBREAKABLE: readonly RegExp[] = [
  /https?:\/\/\S{30,}/,
  /(?:\/[^\s/]+){3,}/,
  /"[^"]*(?:\/[^\s/"]+){3,}"/,
];

/** The lines that are longer than the terminal is wide, without those that only something unbreakable makes so long. */
export const tooWide = (text: string, columns = 80): string[] =>
  plainLines(text).filter((line) => {
    if ([...line].length <= columns) return false;
    return UNBREAKABLE.every((pattern) => {
      const whole = pattern.exec(line)?.[0];
      return whole === undefined || line.length - whole.length > columns - 20;
    });
  });
