import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ConfigError } from '../../config/read.ts';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

const isLink = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;

/**
 * A file's text; empty if there is no such file.
 * @throws ConfigError if it cannot be read, is no UTF-8 (writing it back would damage it), or a link leads nowhere
 */
export function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT')
      throw new ConfigError(`${path} cannot be read (${codeOf(error)}). Nothing was changed.`);
    if (isLink(path))
      throw new ConfigError(
        `${path} is a link to ${readlinkSync(path)}, which does not exist. Nothing was changed: make that file, or remove the link.`,
      );
    return '';
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ConfigError(
      `${path} is not UTF-8 text, so writing it could damage what others put there. Nothing was changed: save it as UTF-8 in an editor and run the command again.`,
    );
  }
}

/** `20261122T070301Z`, for names of backups. */
const stamp = (now: Date): string => now.toISOString().replace(/[-:]|\.\d+/g, '');

/** Copies a file to a free name beside it, with the same mode. */
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

const temporaryName = (target: string): string =>
  join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.gpu-cloud.tmp`);

const MINUTE_MS = 60_000;

/** Removes the temporary files of a process that was killed during a write. */
function removeLeftovers(target: string): void {
  const folder = dirname(target);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`.${basename(target)}.`) || !name.endsWith('.gpu-cloud.tmp')) continue;
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    if (found !== undefined && Date.now() - found.mtimeMs > MINUTE_MS)
      rmSync(join(folder, name), { force: true });
  }
}

/**
 * Writes a file in one step: a temporary file beside it, then a rename. It is all synchronous, so that nothing else of
 * this process (a closed pipe, for instance) comes in between. `last` runs right before the rename.
 */
export function writeAtomically(
  target: string,
  text: string,
  mode: number,
  last: () => void = () => {},
): void {
  removeLeftovers(target);
  const temporary = temporaryName(target);
  try {
    const file = openSync(temporary, 'wx', mode);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    chmodSync(temporary, mode);
    last();
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** The text that a write is based on, and if others may read a new file. */
interface SaveOptions {
  expected: string;
  shared: boolean;
  now: Date;
}

/**
 * Writes a client's file after a backup. Its mode stays, a link stays a link.
 * @throws ConfigError if the file was changed by somebody else since it was read
 */
export function save(
  path: string,
  text: string,
  { expected, shared, now }: SaveOptions,
): { backup: string | null } {
  const exists = existsSync(path);
  const target = exists ? realpathSync(path) : path;
  mkdirSync(dirname(target), { recursive: true });
  const mode = exists ? statSync(target).mode & 0o777 : shared ? 0o644 : 0o600;
  let backup: string | null = null;
  writeAtomically(target, text, mode, () => {
    if (readText(path) !== expected)
      throw new ConfigError(
        `${path} was changed by another program just now. Nothing was written; run it again.`,
      );
    if (exists) backup = backUp(target, now);
  });
  return { backup };
}
