import { lstatSync, mkdirSync, mkdtempSync, type Stats } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from './errors.ts';

const user = (): number | null => process.getuid?.() ?? null;

const pathOf = (name: string): string => join(tmpdir(), `${name}-${user() ?? 'user'}`);

/** True for a real folder that only this user can read or write. Windows keeps temporary files in the user's own profile. */
const isOwn = (found: Stats): boolean =>
  found.isDirectory() && (user() === null || (found.uid === user() && (found.mode & 0o077) === 0));

/** The folder of this name among the temporary files, if it exists and only this user can use it; null otherwise. */
export function findOwnFolder(name: string): string | null {
  const found = lstatSync(pathOf(name), { throwIfNoEntry: false });
  return found !== undefined && isOwn(found) ? pathOf(name) : null;
}

/** The folder that this process uses instead of a path that another user took. */
const others = new Map<string, string>();

/**
 * The same folder, created (0700) if it does not exist. Anybody can write among the temporary files: if another user's
 * folder, a link or an open folder has this name, a new folder of another name is returned.
 */
export function ownFolder(name: string): string {
  const path = pathOf(name);
  try {
    mkdirSync(path, { mode: 0o700 });
    return path;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const other = others.get(path);
  if (other !== undefined) return other;
  const found = findOwnFolder(name) ?? mkdtempSync(`${path}-`);
  if (found !== path) others.set(path, found);
  return found;
}
