import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrivateFiles } from '../core/context.ts';
import { syncDirectory } from './owner.ts';

/** What stands in a reserved file until its content comes, so that somebody who finds it knows what it is. */
const RESERVED = 'Reserved for a secret that was not written: the request was not finished.\n';

/** Writes everything or leaves no file behind. */
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

/** Makes a new file in `dir`. A taken name gets a number, nothing is overwritten. */
async function openNew(dir: string, name: string): Promise<{ file: FileHandle; path: string }> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const safe = name.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 120);
  for (let number = 0; ; number += 1) {
    const path = join(dir, number === 0 ? safe : `${number}-${safe}`);
    try {
      return { file: await open(path, 'wx', 0o600), path };
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!taken || number > 999) throw error;
    }
  }
}

/** Replaces the content of a file in place and puts it on disk. */
async function overwrite(file: FileHandle, content: string): Promise<void> {
  const bytes = Buffer.from(content, 'utf8');
  await file.write(bytes, 0, bytes.length, 0);
  await file.truncate(bytes.length);
  await file.sync();
}

/** Private files (0600) in `files/` of the state directory (0700). */
export function createPrivateFiles(stateDir: string, allowsSecrets: boolean): PrivateFiles {
  const dir = join(stateDir, 'files');
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
    async write(name, content) {
      const { file, path } = await openNew(dir, name);
      await fill(file, path, content);
      return path;
    },
  };
}
