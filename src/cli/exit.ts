import { ConfigError } from '../config.ts';
import { GpuError } from '../core/errors.ts';

/**
 * Runs a command and returns the exit code: its own (`process.exitCode`), 2 for a wrong configuration, 1 for a failure,
 * both of which it tells on stderr.
 */
export async function exitCodeOf(run: () => Promise<unknown>): Promise<number> {
  try {
    await run();
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof ConfigError || (error instanceof GpuError && error.code === 'invalid_input')) {
      process.stderr.write(`${error.message}\n`);
      return 2;
    }
    process.stderr.write(`gpu-cloud-mcp failed: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
