import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { GpuError } from '../core/errors.ts';
import { abstractName, listenOn, pipeName } from './alive.ts';
import { shortDigest } from './digest.ts';
import { codeOf, syncDirectory, takeOver } from './disk.ts';
import type { Identity } from './identity.ts';
import type { Exclusive } from './lock.ts';

/** `socket` and `pipe`: a name that the kernel frees when its process ends; `folder`: a file that its holder renames. */
export type LockKind = 'socket' | 'pipe' | 'folder';

/** A lock that one process of this host holds at a time. */
interface HostLock {
  /** The folder that the processes share. */
  folder: string;
  identity: Identity;
  /** Default: the best one of this platform. */
  kind?: LockKind;
  /** Max wait for steps of other processes, which take milliseconds. */
  maxWaitMs?: number;
}

const MAX_WAIT_MS = 10_000;
const MAX_PAUSE_MS = 20;

const PLATFORMS: Partial<Record<NodeJS.Platform, LockKind>> = { linux: 'socket', win32: 'pipe' };

/** The random word of a folder, created by the first process that needs it. Other users cannot read it, so they cannot take its locks. */
async function wordOf(folder: string): Promise<string> {
  const path = join(folder, 'lock-word');
  const read = () => readFile(path, 'utf8');
  const found = await read().catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    return null;
  });
  if (found !== null) return found;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `${randomUUID()}.draft`);
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(randomBytes(16).toString('hex'));
      await file.sync();
    } finally {
      await file.close();
    }
    await link(draft, path);
    await syncDirectory(folder);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return read();
}

type Release = () => Promise<void>;

/** Listens on a name. Null if another process listens on it. */
async function tryListen(name: string): Promise<Release | null> {
  try {
    const server = await listenOn(name);
    return async () => void server.close();
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return null;
    throw error;
  }
}

/** Renames the one file of a folder, which is called `free` or like its holder, to our own name. Null if a living process holds it. */
async function tryClaim(dir: string, { owner, appear, isOrphan }: Identity): Promise<Release | null> {
  await appear();
  const names = await readdir(dir).catch(() => null);
  if (names === null) {
    // The folder is renamed into place with its file, so that there is never a second one.
    const draft = `${dir}.${randomUUID()}`;
    await mkdir(draft, { recursive: true, mode: 0o700 });
    await writeFile(join(draft, 'free'), '', { mode: 0o600 });
    await rename(draft, dir).catch(() => rm(draft, { recursive: true, force: true }));
    return null;
  }
  for (const name of names) {
    const isFree = name === 'free' || (await isOrphan(join(dir, name), name));
    if (isFree && (await takeOver(join(dir, name), join(dir, owner))))
      return () => rename(join(dir, owner), join(dir, 'free'));
  }
  return null;
}

async function tryLock(lock: HostLock, key: string): Promise<Release | null> {
  const { folder, identity, kind = PLATFORMS[process.platform] ?? 'folder' } = lock;
  if (kind === 'folder') return tryClaim(join(folder, 'locks', shortDigest(key)), identity);
  const secret = `${await wordOf(folder)} ${key}`;
  return tryListen(kind === 'pipe' ? pipeName(secret) : abstractName(secret));
}

/**
 * Exclusion between all processes of this host that share a folder. The lock of a process is free once it ends.
 * @throws GpuError `upstream_unavailable` if another process holds the lock for too long; the step has not begun then
 */
export const createHostExclusive =
  (lock: HostLock): Exclusive =>
  async (key, step) => {
    let spread = 1;
    for (let waited = 0; waited < (lock.maxWaitMs ?? MAX_WAIT_MS); ) {
      const release = await tryLock(lock, key);
      if (release !== null) return step().finally(() => release().catch(() => {}));
      // Random pauses, so that waiting processes do not collide again and again.
      const ms = 1 + Math.random() * spread;
      await pause(ms);
      waited += ms;
      spread = Math.min(MAX_PAUSE_MS, spread * 2);
    }
    throw new GpuError(
      'upstream_unavailable',
      `Another process has held the lock of ${lock.folder} for too long.`,
      {
        hint: 'A server on the same state directory is suspended or hangs: tell the user to end it or resume it.',
      },
    );
  };
