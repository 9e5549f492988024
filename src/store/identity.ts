import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { BOOT, HOST, isAlive, newOwner, PLACE, placeOf, showAlive } from './alive.ts';
import { codeOf } from './disk.ts';

/** What a test may replace. Milliseconds: how often a process shows that it lives, and after how long without a sign it counts as gone. */
export interface IdentityOptions {
  owner?: string;
  place?: string;
  host?: string;
  boot?: string;
  beatMs?: number;
  goneMs?: number;
}

/** The mark of this process, and which of the others are gone. */
export interface Identity {
  owner: string;
  /** Makes this process known to the others. Called before it holds anything. */
  appear: () => Promise<void>;
  /** True if the process that holds this file is gone. */
  isOrphan: (path: string, owner: string) => Promise<boolean>;
  /**
   * Living processes elsewhere (in another network namespace, container or host) that share the folders but not the
   * kernel, so that locks do not work between them: their heartbeat changes. Watches an unknown one for a few beats.
   */
  elsewhere: () => Promise<string[]>;
  /** Signs off from the folders. */
  leave: () => Promise<void>;
}

/** The mark of files that this process holds. */
const OWNER = newOwner();
/** A file of an older version that is unchanged for so long is an orphan, even if a process has its id, milliseconds. */
const OLD_MAX_AGE_MS = 60 * 60 * 1000;
const FOLDER = 'processes';
const BEAT_MS = 3000;
const GONE_MS = 120_000;
/** After so many missed beats a process counts as silent. */
const SILENT_BEATS = 3;

const signSchema = z.object({ host: z.string(), boot: z.string(), beat: z.number() });

/** The signs of this process by path, each with the number of stores that use it. */
const given = new Map<string, { users: number; stop: () => Promise<void> }>();

interface Observation {
  beat: number;
  /** When this beat was first read. */
  since: number;
  hasChanged: boolean;
}

const draftOf = (sign: string): string => `${sign}.draft`;

const othersIn = async (dir: string): Promise<string[]> => {
  const names = await readdir(dir).catch((): string[] => []);
  return names.flatMap((name) => {
    const [owner = '', ...rest] = name.split('.json');
    return placeOf(owner) === null || rest.join('') !== '' ? [] : [owner];
  });
};

/** The processes of this place that use a folder. */
export async function livingIn(folder: string): Promise<string[]> {
  const all = (await othersIn(join(folder, FOLDER))).filter((owner) => placeOf(owner) === PLACE);
  const alive = await Promise.all(all.map(isAlive));
  return all.filter((_owner, at) => alive[at]);
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
 * The identity of this process. Within this place the kernel shows which processes live, also suspended ones; between
 * places heartbeats in `folders` do: each folder holds the signs of the processes that use it.
 */
export function processIdentity(
  folders: readonly string[],
  {
    owner = OWNER,
    place = PLACE,
    host = HOST,
    boot = BOOT,
    beatMs = BEAT_MS,
    goneMs = GONE_MS,
  }: IdentityOptions = {},
): Identity {
  const dirs = [...new Set(folders)].map((folder) => join(folder, FOLDER));
  const observed = new Map<string, Observation>();
  const mine = new Set<string>();
  let appearing: Promise<void> | null = null;

  const read = async (path: string): Promise<z.infer<typeof signSchema> | null | 'unclear'> => {
    try {
      return signSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch (error) {
      return codeOf(error) === 'ENOENT' ? null : 'unclear';
    }
  };
  const stateOf = async (path: string): Promise<'gone' | 'beats' | 'silent' | 'new'> => {
    const sign = await read(path);
    if (sign === null) return 'gone';
    // A sign that cannot be read counts as a living process.
    if (sign === 'unclear') return 'beats';
    if (sign.host === host && sign.boot !== boot) return 'gone';
    const now = performance.now();
    const seen = observed.get(path);
    if (seen === undefined || seen.beat !== sign.beat) {
      observed.set(path, { beat: sign.beat, since: now, hasChanged: seen !== undefined });
      return seen === undefined ? 'new' : 'beats';
    }
    if (now - seen.since >= goneMs) return 'gone';
    if (now - seen.since >= SILENT_BEATS * beatMs) return 'silent';
    return seen.hasChanged ? 'beats' : 'new';
  };
  const others = async (dir: string) => (await othersIn(dir)).filter((other) => other !== owner);
  const inOtherPlaces = async () =>
    (await Promise.all(dirs.map(async (dir) => (await others(dir)).map((other) => ({ dir, other })))))
      .flat()
      .filter(({ other }) => placeOf(other) !== place);
  /** True if a process signed off, its computer was restarted since, or it has given no sign for `goneMs`. */
  const isGone = async (other: string): Promise<boolean> => {
    const seen = await Promise.all(dirs.map((dir) => stateOf(join(dir, `${other}.json`))));
    return seen.every((one) => one === 'gone');
  };
  /** Removes the signs of processes that ended without signing off. */
  const clean = async (dir: string) => {
    for (const other of await others(dir)) {
      const path = join(dir, `${other}.json`);
      const isDead = placeOf(other) === place ? !(await isAlive(other)) : (await stateOf(path)) === 'gone';
      if (!isDead) continue;
      await rm(path, { force: true });
      await rm(draftOf(path), { force: true });
    }
  };
  const show = async (dir: string) => {
    const path = join(dir, `${owner}.json`);
    mine.add(path);
    const known = given.get(path);
    if (known !== undefined) {
      known.users += 1;
      return;
    }
    let beat = 0;
    const draft = draftOf(path);
    // Renamed into place, so that nobody reads a partial sign.
    const write = async () => {
      beat += 1;
      await writeFile(draft, JSON.stringify({ host, boot, beat }), { mode: 0o600 });
      await rename(draft, path);
    };
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await write();
    let last = Promise.resolve();
    const timer = setInterval(() => {
      last = last.then(write).catch(() => {});
    }, beatMs);
    timer.unref();
    given.set(path, {
      users: 1,
      stop: () => {
        clearInterval(timer);
        return last;
      },
    });
    await clean(dir).catch(() => {});
  };
  return {
    owner,
    async appear() {
      await showAlive(owner);
      appearing ??= Promise.all(dirs.map(show)).then(
        () => {},
        (error: unknown) => {
          appearing = null;
          throw error;
        },
      );
      await appearing;
    },
    async isOrphan(path, other) {
      if (other === owner) return false;
      const where = placeOf(other);
      if (where === null) return isOldOrphan(path, other);
      return where === place ? !(await isAlive(other)) : isGone(other);
    },
    async elsewhere() {
      for (let waited = 0; ; waited += beatMs / 2) {
        const seen = await Promise.all(
          (await inOtherPlaces()).map(async ({ dir, other }) => ({
            other,
            is: await stateOf(join(dir, `${other}.json`)),
          })),
        );
        const isUnsure = seen.some(({ is }) => is === 'new');
        if (!isUnsure || waited >= SILENT_BEATS * beatMs)
          return [...new Set(seen.flatMap(({ other, is }) => (is === 'beats' ? [other] : [])))];
        await pause(beatMs / 2);
      }
    },
    async leave() {
      appearing = null;
      for (const path of mine) {
        const sign = given.get(path);
        if (sign === undefined) continue;
        sign.users -= 1;
        if (sign.users > 0) continue;
        given.delete(path);
        await sign.stop();
        await rm(path, { force: true }).catch(() => {});
      }
      mine.clear();
    },
  };
}
