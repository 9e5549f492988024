import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrivateFiles } from '../core/context.ts';

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

/** Private files (0600) in `files/` of the state directory (0700). A taken name gets a number, nothing is overwritten. */
export function createPrivateFiles(stateDir: string, allowsSecrets: boolean): PrivateFiles {
  const dir = join(stateDir, 'files');
  return {
    allowsSecrets,
    async write(name, content) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const safe = name.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 120);
      for (let number = 0; ; number += 1) {
        const path = join(dir, number === 0 ? safe : `${number}-${safe}`);
        try {
          const file = await open(path, 'wx', 0o600);
          await fill(file, path, content);
          return path;
        } catch (error) {
          const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
          if (!taken || number > 999) throw error;
        }
      }
    },
  };
}
