import { ConfigError } from '../../config/read.ts';
import { GpuError } from '../../core/errors.ts';
import { wrapLines } from './layout.ts';
import { safe } from './safe.ts';
import { screenOf } from './screen.ts';

/** Writes a message to stderr, within the columns of the terminal; elsewhere every sentence stays on its line. */
export function writeStderr(message: string): void {
  const { isTerminal, columns } = screenOf(process.stderr);
  const text = safe(message);
  process.stderr.write(`${isTerminal ? wrapLines(text, columns) : text}\n`);
}

const withHint = ({ message, hint }: GpuError): string =>
  hint === null ? message : `${message}\nNext: ${hint}`;

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
    writeStderr(`gpu-cloud-mcp failed: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

const GONE: readonly unknown[] = ['EPIPE', 'ERR_STREAM_DESTROYED'];

/**
 * Nobody reads on (`| head`): the rest of the output goes nowhere, and the command ends as it would have, with its
 * writes finished. Commands that never end by themselves listen for it on their own.
 */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!GONE.includes(error.code)) throw error;
    });
  }
}
