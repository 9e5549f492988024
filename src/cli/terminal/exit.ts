import { constants } from 'node:os';
import { ConfigError } from '../../config/read.ts';
import { GpuError, messageOf } from '../../core/errors.ts';
import { withoutSettingsRule } from '../../core/settings-rule.ts';
import { wrapLines } from './layout.ts';
import { safe, screenOf } from './screen.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The signal that a command must end early, and a function for prompts that read Ctrl-C themselves. */
export interface Interrupt {
  signal: AbortSignal;
  interrupt: (by?: (typeof SIGNALS)[number]) => void;
}

/**
 * Listens for Ctrl-C and for signals to end. The exit code is then 128 and the number of the signal, as shells have
 * it (130 for Ctrl-C). A second signal ends the process at once. A closed output (`| head`) ends it too, and is no failure.
 */
export function untilInterrupted(): Interrupt {
  const stop = new AbortController();
  const interrupt: Interrupt['interrupt'] = (by = 'SIGINT') => {
    process.exitCode = 128 + constants.signals[by];
    stop.abort();
  };
  for (const name of SIGNALS) process.once(name, () => interrupt(name));
  process.stdout.on('error', () => stop.abort());
  return { signal: stop.signal, interrupt };
}

/** Writes a message to stderr, within the columns of the terminal; elsewhere every sentence stays on its line. */
export function writeStderr(message: string): void {
  const { isTerminal, columns } = screenOf(process.stderr);
  const text = safe(message);
  process.stderr.write(`${isTerminal ? wrapLines(text, columns) : text}\n`);
}

function withHint({ message, hint }: GpuError): string {
  const next = withoutSettingsRule(hint ?? '');
  return next === '' ? message : `${message}\nNext: ${next}`;
}

/**
 * Runs a command and returns the exit code: its own (`process.exitCode`), 2 for a wrong configuration or command line,
 * 1 for a failure, both of which it reports on stderr.
 */
export async function exitCodeOf(run: () => Promise<unknown>): Promise<number> {
  try {
    await run();
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof ConfigError) {
      writeStderr(error.message);
      return 2;
    }
    if (error instanceof GpuError) {
      writeStderr(withHint(error));
      return error.code === 'invalid_input' ? 2 : 1;
    }
    writeStderr(`gpu-cloud-mcp failed: ${messageOf(error)}`);
    return 1;
  }
}

const GONE: readonly unknown[] = ['EPIPE', 'ERR_STREAM_DESTROYED'];

/**
 * Handles a closed output (`| head`): the rest of the output is dropped, and the command ends normally, with its writes
 * finished. Commands that never end by themselves listen for it themselves.
 */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!GONE.includes(error.code)) throw error;
    });
  }
}
