import { access, open, rename, stat } from 'node:fs/promises';
import { isAlive, newOwner, PLACE, placeOf, showAlive } from './alive.ts';
import { codeOf } from './errors.ts';
import { createNeighbours, type NeighbourOptions } from './neighbours.ts';

/** Marks files of this process. */
const OWNER = newOwner();
/** An older version's file that was left untouched for so long is nobody's: its process id has another program now. */
const OLD_MAX_AGE_MS = 60 * 60 * 1000;

/** Who this process is, and who of the others is gone. */
export interface Identity {
  owner: string;
  /** Makes this process known to the others; before it holds anything. */
  appear: () => Promise<void>;
  /** True if the process that holds this file is gone. */
  isOrphan: (path: string, owner: string) => Promise<boolean>;
  /** Living processes elsewhere, which share the folders and not the kernel, so that no lock is shared with them. */
  elsewhere: () => Promise<string[]>;
  /** This process uses the folders no more. */
  leave: () => Promise<void>;
}

/** True while a process of that id runs (a foreign owner counts as running). */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** What a test may replace. */
export interface IdentityOptions extends Partial<NeighbourOptions> {
  owner?: string;
  place?: string;
}

/**
 * By the kernel within this place, which knows of each process whether it lives, however long it does nothing; by
 * heartbeats in `folders` between places.
 */
export function processIdentity(
  folders: readonly string[],
  { owner = OWNER, place = PLACE, ...timing }: IdentityOptions = {},
): Identity {
  const neighbours = createNeighbours(folders, { owner, place, ...timing });
  return {
    owner,
    async appear() {
      await showAlive(owner);
      await neighbours.appear();
    },
    async isOrphan(path, other) {
      if (other === owner) return false;
      const where = placeOf(other);
      if (where === null) return isOldOrphan(path, other);
      return where === place ? !(await isAlive(other)) : neighbours.isGone(other);
    },
    elsewhere: neighbours.beating,
    leave: neighbours.leave,
  };
}

/** Of a version that marked its files with process ids: the id does not run, or the file was left alone for too long. */
async function isOldOrphan(path: string, owner: string): Promise<boolean> {
  const pid = Number(owner.split('-')[0]);
  if (pid !== process.pid && !isRunning(pid)) return true;
  const touched = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Date.now(),
  );
  if (pid === process.pid && touched < performance.timeOrigin) return true;
  return Date.now() - touched > OLD_MAX_AGE_MS;
}

/**
 * Takes a file over by renaming it, which succeeds in one process only; false if it is gone. `to` bears this process's
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
