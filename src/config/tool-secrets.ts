import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from './given.ts';
import { blankToNone } from './values.ts';

/** Variables that tools may read as secrets, by name. */
export const TOOL_SECRET = /^GPU_MCP_SECRET_[A-Z0-9_]+$/;

/** The folder of the state directory whose files hold such secrets, each under the name of its variable. */
const FOLDER = 'secrets';
const MAX_BYTES = 16_384;
const OTHERS = 0o077;

/** What a file holds that only its owner may read, without spaces around it; undefined if there is no such file. */
function readPrivate(path: string): string | undefined {
  let file: number | null = null;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    const { mode, size } = fstatSync(file);
    const isPrivate = process.platform === 'win32' || (mode & OTHERS) === 0;
    const isFile = (mode & constants.S_IFMT) === constants.S_IFREG;
    return isFile && isPrivate && size <= MAX_BYTES
      ? readFileSync(file, 'utf8').trim() || undefined
      : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== null) closeSync(file);
  }
}

/**
 * The secret of a name: the variable's value, else what the file of that name in `secrets/` of the state directory holds
 * now, so that a new one needs no restart. Undefined for any other name, and if there is none. `stateDir` null: no files.
 */
export function readToolSecret(env: Env, stateDir: string | null, name: string): string | undefined {
  if (!TOOL_SECRET.test(name)) return undefined;
  return (
    blankToNone(env[name]) ?? (stateDir === null ? undefined : readPrivate(join(stateDir, FOLDER, name)))
  );
}
