import { access, open, rename, stat } from 'node:fs/promises';
import { isAlive, newOwner, PLACE, placeOf, showAlive } from './alive.ts';
import { codeOf } from './errors.ts';
import { createOtherProcesses, type ProcessSignOptions } from './other-processes.ts';

/** The mark of files that this process holds. */
const OWNER = newOwner();
/** A file of an older version that is unchanged for so long is an orphan, even if a process has its id, milliseconds. */
const OLD_MAX_AGE_MS = 60 * 60 * 1000;

/** The mark of this process, and which of the others are gone. */
export interface Identity {
  owner: string;
  /** Makes this process known to the others. Called before it holds anything. */
  appear: () => Promise<void>;
  /** True if the process that holds this file is gone. */
  isOrphan: (path: string, owner: string) => Promise<boolean>;
  /** Living processes elsewhere that share the folders but not the kernel, so that locks do not work between them. */
  elsewhere: () => Promise<string[]>;
  /** Signs off from the folders. */
  leave: () => Promise<void>;
}

/** True if a process of that id runs, also one of another user. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** What a test may replace. */
export interface IdentityOptions extends Partial<ProcessSignOptions> {
  owner?: string;
  place?: string;
}

/**
 * The identity of this process. Within this place the kernel shows which processes live, also suspended ones; between
 * places heartbeats in `folders` do.
 */
export function processIdentity(
  folders: readonly string[],
  { owner = OWNER, place = PLACE, ...timing }: IdentityOptions = {},
): Identity {
  const others = createOtherProcesses(folders, { owner, place, ...timing });
  return {
    owner,
    async appear() {
      await showAlive(owner);
      await others.appear();
    },
    async isOrphan(path, other) {
      if (other === owner) return false;
      const where = placeOf(other);
      if (where === null) return isOldOrphan(path, other);
      return where === place ? !(await isAlive(other)) : others.isGone(other);
    },
    elsewhere: others.beating,
    leave: others.leave,
  };
}

/** True for a file of a version that marked files with process ids, if no such process runs or the file is too old. */
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
