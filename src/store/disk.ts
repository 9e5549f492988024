import { randomUUID } from 'node:crypto';
import { access, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isCode } from '../core/errors.ts';

/** The code of a system error, e.g. ENOENT; `unknown` of anything else. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown';

/**
 * Does nothing if a store cannot be used now: a file system refuses, or a database or the holder of a lock does not answer.
 * @throws the error in all other cases
 */
export function unlessUnusable(error: unknown): void {
  const isOfSystem = /^E[A-Z0-9]+$/.test(codeOf(error));
  if (!isOfSystem && !isCode(error, 'upstream_unavailable')) throw error;
}

/**
 * Takes a file over by renaming it, which succeeds in one process only; false if it is gone. `to` has this process's
 * mark. @throws if the folder cannot be changed, e.g. EROFS
 */
export async function takeOver(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    // A network file system that repeats a request whose reply was lost finds nothing to rename the second time.
    return access(to).then(
      () => true,
      () => false,
    );
  }
}

/** Writes a directory's entries to disk, so that a new or renamed file survives a power failure. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } catch {
    // Some file systems cannot sync a directory; the file itself is on disk.
  } finally {
    await handle.close();
  }
}

/** Writes a file (0600) whole or not at all, and syncs it to disk. Until it is whole it is called `<owner>.<random>.draft`. */
export async function writeAtomically(
  folder: string,
  name: string,
  text: string,
  owner: string,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `${owner}.${randomUUID()}.draft`);
  const path = join(folder, name);
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path).catch(async (error: unknown) => {
      // See `takeOver`: the first of two requests may have renamed it.
      if (codeOf(error) !== 'ENOENT' || (await readFile(path, 'utf8')) !== text) throw error;
    });
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncDirectory(folder);
}
