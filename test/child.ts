import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterEvery } from './after.ts';
import { binary } from './binary.ts';

/** How a process ended; `code` is null if a signal ended it. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** The program as a process of its own. */
export interface Child {
  process: ChildProcessByStdio<Writable, Readable, Readable>;
  /** A directory of this process alone: its home, and the state below it. Gone after the test. */
  home: string;
  stdout: () => string;
  stderr: () => string;
  ended: Promise<Ended>;
}

const running = new Set<Child>();

afterEvery(async () => {
  await Promise.all(
    [...running].map(async (child) => {
      child.process.kill('SIGKILL');
      await child.ended;
      await rm(child.home, { recursive: true, force: true });
    }),
  );
  running.clear();
});

/** Starts the program with these arguments; it gets this environment and none of ours but PATH. `script`: another copy of it. */
export async function startProgram(
  args: readonly string[],
  env: Record<string, string> = {},
  script?: string,
): Promise<Child> {
  const home = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-child-'));
  const child = spawn(process.execPath, [script ?? (await binary()), ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: home, GPU_MCP_STATE_DIR: join(home, 'state'), ...env },
    cwd: home,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A program that refuses to start does not read what is sent to it.
  child.stdin.on('error', () => {});
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout, stderr }));
  const started: Child = { process: child, home, stdout: () => stdout, stderr: () => stderr, ended };
  running.add(started);
  return started;
}

/** Runs the program to its end with nothing on stdin. */
export async function runProgram(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = await startProgram(args, env);
  child.process.stdin.end();
  return child.ended;
}
