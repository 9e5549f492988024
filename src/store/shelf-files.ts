import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type * as z from 'zod';
import { type Identity, syncDirectory, takeOver } from './owner.ts';
import type { Hold, Row, Shelf } from './shelf.ts';

/** What one folder of records is made of. */
export interface FolderOptions<T> {
  folder: string;
  schema: z.ZodType<T>;
  keyOf: (value: T) => string;
  identity: Identity;
  /** No work on a record takes longer; what was held for so long belongs to nobody. */
  longestMs: number;
}

/** `<digest of the key>.json` is free, `<digest>.<owner>.claim` is held. */
const NAME = /^([0-9a-f]{24})\.(?:json|(\d+-\w+)\.claim)$/;

const digestOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 24);

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown';

/** Writes a file (0600) whole or not at all, and puts it on disk. */
async function writeAtomically(folder: string, name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `${randomUUID()}.draft`);
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, join(folder, name));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncDirectory(folder);
}

/** Records in a folder, one file each. A process takes one by renaming it, which succeeds in one process only. */
export function createFolderShelf<T>(options: FolderOptions<T>): Shelf<T> {
  const { folder, schema, keyOf, identity, longestMs } = options;
  const unreadable = new Set<string>();
  let unusable: string | null = null;
  const free = (digest: string) => `${digest}.json`;
  const mine = (digest: string) => `${digest}.${identity.owner}.claim`;
  const at = (name: string) => join(folder, name);

  const names = async (): Promise<string[]> => {
    try {
      const found = await readdir(folder);
      unusable = null;
      return found;
    } catch (error) {
      unusable = codeOf(error) === 'ENOENT' ? null : `${folder} cannot be read (${codeOf(error)})`;
      return [];
    }
  };
  const read = async (name: string): Promise<T | null> => {
    try {
      const value = schema.parse(JSON.parse(await readFile(at(name), 'utf8')));
      if (!name.startsWith(digestOf(keyOf(value)))) throw new Error('named otherwise');
      unreadable.delete(name);
      return value;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') unreadable.add(name);
      return null;
    }
  };
  const holdOf = async (name: string, owner: string | undefined): Promise<Hold> => {
    if (owner === undefined) return 'free';
    if (owner === identity.owner) return 'mine';
    return (await identity.isOrphan(at(name), owner, longestMs)) ? 'orphaned' : 'theirs';
  };
  const rowOf = async (name: string): Promise<Row<T> | null> => {
    const owner = NAME.exec(name)?.[2];
    const value = await read(name);
    return value === null ? null : { key: keyOf(value), value, hold: await holdOf(name, owner) };
  };
  /** One name for each record. A free one is newer than a claim that a process which died left beside it. */
  const newest = (all: string[]): string[] => {
    const byDigest = new Map<string, string>();
    for (const name of all.toSorted()) {
      const digest = NAME.exec(name)?.[1];
      if (digest !== undefined && (name.endsWith('.json') || !byDigest.has(digest)))
        byDigest.set(digest, name);
    }
    return [...byDigest.values()];
  };
  const nameOf = async (key: string): Promise<string | undefined> =>
    newest((await names()).filter((name) => name.startsWith(digestOf(key))))[0];

  return {
    async rows() {
      const rows = await Promise.all(newest(await names()).map(rowOf));
      return rows.filter((row) => row !== null);
    },
    async find(key) {
      const name = await nameOf(key);
      return name === undefined ? null : rowOf(name);
    },
    async put(key, value, hold) {
      const digest = digestOf(key);
      const text = JSON.stringify(value);
      try {
        await writeAtomically(folder, hold === 'mine' ? mine(digest) : free(digest), text);
      } catch (error) {
        // What this process holds nobody else works on: what cannot be given back changed is given back as it was.
        if (hold === 'free') await takeOver(at(mine(digest)), at(free(digest)));
        throw error;
      }
      if (hold === 'free') await rm(at(mine(digest)), { force: true });
    },
    async take(key) {
      const digest = digestOf(key);
      const name = await nameOf(key);
      const owner = name === undefined ? undefined : NAME.exec(name)?.[2];
      if (name === undefined || !['free', 'orphaned'].includes(await holdOf(name, owner))) return null;
      if (!(await takeOver(at(name), at(mine(digest))))) return null;
      const value = await read(mine(digest));
      if (value === null) await takeOver(at(mine(digest)), at(free(digest)));
      return value;
    },
    async drop(key) {
      const digest = digestOf(key);
      await rm(at(mine(digest)), { force: true });
      await rm(at(free(digest)), { force: true });
    },
    problems: async () => {
      await Promise.all(newest(await names()).map(read));
      return [
        ...(unusable === null ? [] : [unusable]),
        ...[...unreadable].map((name) => `${at(name)} is no record of this version`),
      ];
    },
  };
}
