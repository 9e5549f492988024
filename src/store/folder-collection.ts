import { access, constants, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Collection, Hold, RecordKind, Row } from './collection.ts';
import { shortDigest } from './digest.ts';
import { codeOf, takeOver, writeAtomically } from './disk.ts';
import type { Identity } from './identity.ts';
import { createExclusive } from './lock.ts';

/** `<owner>.<random>.draft` is being written. Older versions named no owner. */
const DRAFT = /^(?:(\w+-\w+)\.)?[0-9a-f-]{36}\.draft$/;
/** Max time of a write, milliseconds: an older draft without an owner is an orphan. */
const DRAFT_MS = 10 * 60 * 1000;

/** Removes the drafts of processes that ended while they wrote. `names`: the files of the folder. */
async function removeDrafts(folder: string, names: readonly string[], identity: Identity): Promise<void> {
  for (const name of names) {
    const draft = DRAFT.exec(name);
    if (draft === null) continue;
    const [, owner] = draft;
    const path = join(folder, name);
    const isAbandoned = owner === undefined ? await isOld(path) : await identity.isOrphan(path, owner);
    if (isAbandoned) await rm(path, { force: true }).catch(() => {});
  }
}

const isOld = async (path: string): Promise<boolean> =>
  Date.now() - (await stat(path).then(({ mtimeMs }) => mtimeMs, Date.now)) > DRAFT_MS;

/** One folder of records. */
interface FolderOptions<T> extends Pick<RecordKind<T>, 'schema' | 'keyOf' | 'unwritable'> {
  folder: string;
  identity: Identity;
}

/** `<digest of the key>.json` is free, `<digest>.<owner>.claim` is held. */
const NAME = /^([0-9a-f]{24})\.(?:json|(\w+-\w+)\.claim)$/;

/** Within this process one caller at a time takes a record; between processes only one rename succeeds. */
const oneAtATime = createExclusive();

/** Records in a folder, one file each. A process takes one by renaming it, which succeeds in one process only. */
export function createFolderCollection<T>(options: FolderOptions<T>): Collection<T> {
  const { folder, schema, keyOf, identity, unwritable } = options;
  /** Files that cannot be read, and why. */
  const faults = new Map<string, string>();
  /** Files that cannot be changed, and why. */
  const fixed = new Map<string, string>();
  /** Records that this process holds and could not give back: it may take them again itself. */
  const stuck = new Set<string>();
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
      unusable =
        codeOf(error) === 'ENOENT'
          ? null
          : `${folder} cannot be read (${codeOf(error)}), so its records are unknown`;
      return [];
    }
  };
  const faultOf = (error: unknown): string => {
    const code = codeOf(error);
    return code === 'unknown' ? 'is no record of this version' : `cannot be read (${code})`;
  };
  const read = async (name: string): Promise<T | null> => {
    try {
      const value = schema.parse(JSON.parse(await readFile(at(name), 'utf8')));
      if (!name.startsWith(shortDigest(keyOf(value)))) throw new Error('its name belongs to another key');
      faults.delete(name);
      return value;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') faults.delete(name);
      else faults.set(name, `${faultOf(error)}, so it is ignored`);
      return null;
    }
  };
  const holdOf = async (name: string, owner: string | undefined): Promise<Hold> => {
    if (owner === undefined) return 'free';
    if (owner === identity.owner) return stuck.has(name) ? 'orphaned' : 'mine';
    return (await identity.isOrphan(at(name), owner)) ? 'orphaned' : 'theirs';
  };
  const rowOf = async (name: string): Promise<Row<T> | null> => {
    const owner = NAME.exec(name)?.[2];
    const value = await read(name);
    return value === null ? null : { key: keyOf(value), value, hold: await holdOf(name, owner) };
  };
  /** One file name for each record. A free file is newer than the claim of a dead process beside it. */
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
    newest((await names()).filter((name) => name.startsWith(shortDigest(key))))[0];
  /** Renames a record to take it or give it back. A failure becomes a problem, because other processes fail, too. */
  const move = async (from: string, to: string): Promise<boolean> => {
    try {
      const moved = await takeOver(at(from), at(to));
      stuck.delete(to);
      fixed.delete(from);
      return moved;
    } catch (error) {
      if (from === mine(from.slice(0, 24))) stuck.add(from);
      fixed.set(from, `cannot be changed (${codeOf(error)})`);
      throw error;
    }
  };
  /** Removes all files of a record but one, also claims of other processes: they would reappear when those end. */
  const clear = async (digest: string, but: string | null): Promise<void> => {
    const others = (await names()).filter((name) => name.startsWith(digest) && NAME.test(name));
    for (const name of new Set([mine(digest), free(digest), ...others]))
      if (name !== but) await rm(at(name), { force: true });
  };
  const giveBack = (digest: string) => move(mine(digest), free(digest)).catch(() => false);
  const whyFixed = async (): Promise<string | null> => {
    try {
      await access(folder, constants.W_OK);
      return null;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT') return null;
      return unwritable === undefined
        ? `${folder} cannot be changed (${code})`
        : `${folder} cannot be written (${code}), so ${unwritable}`;
    }
  };

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
      const digest = shortDigest(key);
      const text = JSON.stringify(value);
      if (hold === 'mine') await identity.appear();
      try {
        await writeAtomically(folder, hold === 'mine' ? mine(digest) : free(digest), text, identity.owner);
      } catch (error) {
        // If the new value cannot be written, the old one is given back: nobody else works on what this process holds.
        if (hold === 'free') await giveBack(digest);
        throw error;
      }
      if (hold === 'free') await clear(digest, free(digest));
      stuck.delete(mine(digest));
    },
    take: (key) =>
      oneAtATime(`${folder} ${key}`, async () => {
        const digest = shortDigest(key);
        const name = await nameOf(key);
        const owner = name === undefined ? undefined : NAME.exec(name)?.[2];
        if (name === undefined || !['free', 'orphaned'].includes(await holdOf(name, owner))) return null;
        await identity.appear();
        if (!(await move(name, mine(digest)))) return null;
        const value = await read(mine(digest));
        if (value === null) await giveBack(digest);
        return value;
      }),
    async drop(key) {
      await clear(shortDigest(key), null);
    },
    problems: async () => {
      const all = await names();
      await removeDrafts(folder, all, identity);
      const present = newest(all);
      await Promise.all(present.map(read));
      for (const known of [faults, fixed])
        for (const name of known.keys()) if (!present.includes(name)) known.delete(name);
      const readOnly = await whyFixed();
      return [
        ...(unusable === null ? [] : [unusable]),
        ...(readOnly === null ? [] : [readOnly]),
        ...[...faults, ...fixed].map(([name, why]) => `${at(name)} ${why}`),
      ];
    },
  };
}
