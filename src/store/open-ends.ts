import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

/**
 * Whether something may be left to do in a state directory, for any account: an order without an end, a lease. A directory
 * that cannot be read counts as yes, so that whoever then opens it says what is wrong.
 */
export async function hasOpenEnds(stateDir: string): Promise<boolean> {
  try {
    const entries = await readdir(join(stateDir, 'accounts'), { recursive: true, withFileTypes: true });
    return entries.some((entry) => entry.isFile());
  } catch (error) {
    return !isMissing(error);
  }
}
