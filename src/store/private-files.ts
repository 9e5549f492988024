import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrivateFiles } from '../core/context.ts';
import { codeOf, syncDirectory } from './disk.ts';

/** The content of a reserved file until its secret is written, so that a person who finds it knows what it is. */
const RESERVED = 'Reserved for a secret that was not written: the request was not finished.\n';

/** Writes the content and closes the file; removes the file if that fails. */
async function fill(file: FileHandle, path: string, content: string | Uint8Array): Promise<void> {
  try {
    await file.writeFile(content);
    await file.close();
  } catch (error) {
    await file.close().catch(() => {});
    await rm(path, { force: true });
    throw error;
  }
}

/** Creates a file in `dir`. If the name is taken, it gets a number; nothing is overwritten. */
async function openNew(dir: string, name: string): Promise<{ file: FileHandle; path: string }> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const safe = name.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 120);
  for (let number = 0; ; number += 1) {
    const path = join(dir, number === 0 ? safe : `${number}-${safe}`);
    try {
      return { file: await open(path, 'wx', 0o600), path };
    } catch (error) {
      if (codeOf(error) !== 'EEXIST' || number > 999) throw error;
    }
  }
}

/** Replaces the content of a file in place and syncs it to disk. */
async function overwrite(file: FileHandle, content: string): Promise<void> {
  const bytes = Buffer.from(content, 'utf8');
  await file.write(bytes, 0, bytes.length, 0);
  await file.truncate(bytes.length);
  await file.sync();
}

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
/** The time at the end of a name, as `privateName` writes it: the clock of the file system may differ. */
const TIMED = /-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)\d{3}Z\.\w+$/;

/** Removes files of a directory whose names are older than a week. */
async function removeOld(dir: string, now: Date): Promise<void> {
  const names = await readdir(dir).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const old = names.filter((name) => {
    const [, year, month, day, hour, minute, second] = TIMED.exec(name) ?? [];
    const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    return now.getTime() - at >= WEEK_MS;
  });
  await Promise.all(old.map((name) => rm(join(dir, name), { force: true })));
}

/** Private files (0600) of the state directory (0700): secrets and documents in `files/`, paid results in `results/`. */
export function createPrivateFiles(
  stateDir: string,
  allowsSecrets: boolean,
  now: () => Date = () => new Date(),
): PrivateFiles {
  const dir = join(stateDir, 'files');
  const results = join(stateDir, 'results');
  const write = async (to: string, name: string, content: string | Uint8Array): Promise<string> => {
    const { file, path } = await openNew(to, name);
    await fill(file, path, content);
    return path;
  };
  return {
    allowsSecrets,
    async reserve(name) {
      const { file, path } = await openNew(dir, name);
      const drop = async () => {
        await file.close().catch(() => {});
        await rm(path, { force: true }).catch(() => {});
      };
      try {
        await overwrite(file, RESERVED);
        await syncDirectory(dir);
      } catch (error) {
        await drop();
        throw error;
      }
      return {
        path,
        async fill(content) {
          await overwrite(file, content);
          await file.close();
        },
        drop,
      };
    },
    write: (name, content) => write(dir, name, content),
    keep: (name, content) => write(results, name, content),
    removeOld: () => removeOld(results, now()),
  };
}
