import type { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { vi } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';
import { stateDirectory } from '../store/directory.ts';

/** How a command line ended, and what it wrote. */
export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

const isListener = (one: unknown): one is (...args: unknown[]) => void => typeof one === 'function';

/** Takes away the listeners that a command leaves, and its exit code. */
async function leavingNothing<T>(run: () => Promise<T>): Promise<T> {
  const watched: readonly (readonly [EventEmitter, string])[] = [
    ...['SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => [process, name] as const),
    ...[process.stdout, process.stderr].map((stream) => [stream, 'error'] as const),
  ];
  const before = watched.map(([emitter, name]) => emitter.listeners(name));
  try {
    return await run();
  } finally {
    for (const [at, [emitter, name]] of watched.entries()) {
      const added = emitter.listeners(name).filter((one) => before[at]?.includes(one) !== true);
      for (const listener of added.filter(isListener)) emitter.off(name, listener);
    }
    process.exitCode = undefined;
  }
}

/** A terminal that a command of this process seems to have, and what the person types there. */
export interface Terminal {
  columns: number;
  typed?: string;
}

/** What the person types, as a stdin that stays open. */
function keyboard(typed: string) {
  const keys = new PassThrough();
  keys.write(typed);
  return Object.assign(keys, { isTTY: true, fd: 0 }) as unknown as typeof process.stdin;
}

/** Lets stdout and stderr look like a terminal, and stdin too if somebody types. */
async function inTerminal<T>({ columns, typed }: Terminal, run: () => Promise<T>): Promise<T> {
  const stdin =
    typed === undefined ? null : vi.spyOn(process, 'stdin', 'get').mockReturnValue(keyboard(typed));
  const streams = [process.stdout, process.stderr];
  const names = ['isTTY', 'columns'] as const;
  const before = streams.map((stream) => names.map((name) => Object.getOwnPropertyDescriptor(stream, name)));
  for (const stream of streams)
    Object.defineProperties(stream, {
      isTTY: { value: true, configurable: true },
      columns: { value: columns, configurable: true },
    });
  try {
    return await run();
  } finally {
    stdin?.mockRestore();
    for (const [at, stream] of streams.entries())
      for (const [nth, name] of names.entries()) {
        const own = before[at]?.[nth];
        if (own === undefined) Reflect.deleteProperty(stream, name);
        else Object.defineProperty(stream, name, own);
      }
  }
}

/**
 * Runs a command line in this process, which takes a tenth of the time of one of its own. It has no key but those
 * given, a home of its own, and no terminal but one that is given. `script` is the file by which it seems to be started.
 */
export async function runHere(
  args: readonly string[],
  env: Record<string, string | undefined> = {},
  script = '/usr/bin/gpu-cloud-mcp',
  terminal?: Terminal,
): Promise<Said> {
  const said = { stdout: '', stderr: '' };
  const state = await stateDirectory();
  const own = {
    VOLT_API_KEY: undefined,
    NEBULA_API_KEY: undefined,
    XDG_STATE_HOME: undefined,
    HOME: state,
    GPU_MCP_STATE_DIR: `${state}/state`,
    ...env,
  };
  for (const [name, value] of Object.entries(own)) vi.stubEnv(name, value);
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    }),
  );
  const { argv } = process;
  process.argv = ['node', script, ...args];
  try {
    const run = () => leavingNothing(() => runProgram(process.argv));
    const code = terminal === undefined ? await run() : await inTerminal(terminal, run);
    return { code, ...said };
  } finally {
    process.argv = argv;
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}
