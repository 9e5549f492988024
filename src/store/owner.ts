import { randomUUID } from 'node:crypto';
import { open, rename, stat, utimes } from 'node:fs/promises';

/** Marks files of this process: its id and a word that no other process of the same id has (a container's is always 1). */
const OWNER = `${process.pid}-${randomUUID().slice(0, 8)}`;

/** True while a process of that id runs (a foreign owner counts as running). */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Who this process is, and who of the others is gone. */
export interface Identity {
  owner: string;
  /** True if the process that holds this file is gone. */
  isOrphan: (path: string, owner: string, longestMs: number) => Promise<boolean>;
}

/** By process ids. */
export const processIdentity = (alive: (pid: number) => boolean = isRunning): Identity => ({
  owner: OWNER,
  isOrphan: (path, owner, longestMs) => isOrphan(path, owner, alive, longestMs),
});

/**
 * True if the process that made the file is gone: its id does not run; or the id is this process's own and the file
 * is older than this process (a younger one belongs to a process of that id in another container); or the file was
 * left untouched for longer than any work takes (the id then belongs to a stranger).
 */
async function isOrphan(
  path: string,
  owner: string,
  alive: (pid: number) => boolean,
  longestMs: number,
): Promise<boolean> {
  if (owner === OWNER) return false;
  const pid = Number(owner.split('-')[0]);
  if (pid !== process.pid && !alive(pid)) return true;
  const touched = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  );
  if (pid === process.pid && touched < performance.timeOrigin) return true;
  return Date.now() - touched > longestMs;
}

/** Takes a file over by renaming it, which succeeds in one process only; false if it is gone. Its age restarts. */
export async function takeOver(from: string, to: string): Promise<boolean> {
  try {
    const now = new Date();
    await utimes(from, now, now);
    await rename(from, to);
    return true;
  } catch {
    return false;
  }
}

/** Puts a directory's entries on disk, so that a file just made or renamed in it outlives a power failure. */
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
