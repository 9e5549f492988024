import { randomBytes } from 'node:crypto';
import {
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { chmod, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ConfigError } from '../../config/read.ts';

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : null);

/** A file's text; empty where there is no such file. @throws ConfigError where it cannot be read */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw new ConfigError(`${path} cannot be read (${String(codeOf(error))}). Nothing was changed.`);
  }
}

/** `20261122T070301Z`, for names of backups. */
const stamp = (now: Date): string => now.toISOString().replace(/[-:]|\.\d+/g, '');

/** Copies a file beside itself under a name that is not taken, with its own mode. */
function backUp(path: string, now: Date): string {
  for (let number = 0; ; number += 1) {
    const backup = `${path}.${stamp(now)}${number === 0 ? '' : `-${number}`}.bak`;
    try {
      copyFileSync(path, backup, constants.COPYFILE_EXCL);
      return backup;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST' || number > 999) throw error;
    }
  }
}

/** What a write needs to know: the text it is based on, and whether others may read a new file. */
export interface SaveOptions {
  expected: string;
  shared: boolean;
  now: Date;
}

/**
 * Writes a file in one step (a temporary file beside it, then a rename), after a backup. Its mode stays, a link stays a
 * link. @throws ConfigError where the file was changed by somebody else since it was read
 */
export async function save(
  path: string,
  text: string,
  { expected, shared, now }: SaveOptions,
): Promise<{ backup: string | null }> {
  const exists = existsSync(path);
  const target = exists ? realpathSync(path) : path;
  mkdirSync(dirname(target), { recursive: true });
  const mode = exists ? statSync(target).mode & 0o777 : shared ? 0o644 : 0o600;
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(temporary, mode);
    if (readText(path) !== expected)
      throw new ConfigError(
        `${path} was changed by another program just now. Nothing was written; run it again.`,
      );
    const backup = exists ? backUp(target, now) : null;
    await rename(temporary, target);
    return { backup };
  } finally {
    await rm(temporary, { force: true });
  }
}
