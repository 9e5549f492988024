import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A shell line at work; `output` is what it wrote to stdout and stderr so far, in the order it came. */
export interface Shell {
  output(): string;
  stdout(): string;
  /** Resolves with the first match in the output. Rejects if the line ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends a signal to the line and everything it started. */
  signal(name: NodeJS.Signals): void;
  /** The exit code once all is over; null if a signal ended the shell. */
  ended: Promise<number | null>;
}

const alive = new Set<ChildProcess>();

const signalGroup = ({ pid }: ChildProcess, name: NodeJS.Signals): void => {
  if (pid !== undefined) process.kill(-pid, name);
};

/** Ends what a test left running. */
export async function endAll(): Promise<void> {
  await Promise.all(
    [...alive].map(async (child) => {
      signalGroup(child, 'SIGKILL');
      await once(child, 'close');
    }),
  );
}

/** The lines as one script that stops at the first failure; signals are for what it started, which it waits for. */
export const scriptOf = (lines: readonly string[]): string =>
  ['set -eu', 'trap : TERM INT', ...lines].join('\n');

/** Starts lines in bash, in a process group of their own, with nothing on stdin and no other environment than this. */
export function startShell(lines: readonly string[], cwd: string, env: Record<string, string>): Shell {
  const child = spawn('bash', ['-c', scriptOf(lines)], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  alive.add(child);
  let output = '';
  let stdout = '';
  const watchers = new Set<() => void>();
  const grow = (text: string) => {
    output += text;
    for (const watcher of watchers) watcher();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    grow(text);
  });
  child.stderr.setEncoding('utf8').on('data', grow);
  const ended = once(child, 'close').then(([code]) => {
    alive.delete(child);
    return code as number | null;
  });
  return {
    output: () => output,
    stdout: () => stdout,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const found = pattern.exec(output);
          if (found === null) return;
          watchers.delete(check);
          resolve(found);
        };
        watchers.add(check);
        check();
        void ended.then((code) =>
          reject(new Error(`ended with ${code} before it said ${pattern}: ${output}`)),
        );
      }),
    signal: (name) => signalGroup(child, name),
    ended,
  };
}
