import type * as z from 'zod';
import type { CloudId } from '../core/ref.ts';

/**
 * One kind of records. `cloudOf`: the cloud whose account a record belongs to, null = all of them; left out = it belongs to
 * no account. `unwritable`: what follows for users if none can be written; left out = nothing that they must know.
 */
export interface RecordKind<T> {
  name: string;
  schema: z.ZodType<T>;
  keyOf: (value: T) => string;
  cloudOf?: (value: T) => CloudId | null;
  unwritable?: string;
}

/** Who holds a record: nobody, this store, another live process, or a dead one. */
export type Hold = 'free' | 'mine' | 'theirs' | 'orphaned';

/** One record under its key. */
export interface Row<T> {
  key: string;
  value: T;
  hold: Hold;
}

/**
 * Records of one kind that processes share. Each is written whole or not at all, and at most one process holds it:
 * `take` succeeds for one of several callers.
 */
export interface Collection<T> {
  rows(): Promise<Row<T>[]>;
  find(key: string): Promise<Row<T> | null>;
  /** Writes a record with this `hold`; it is durable when this resolves. `free` also ends the hold of another process. */
  put(key: string, value: T, hold: 'free' | 'mine'): Promise<void>;
  /** Takes a free or orphaned record; null if another has it or it is gone. */
  take(key: string): Promise<T | null>;
  /** Removes a record, whoever holds it. */
  drop(key: string): Promise<void>;
  /** Records that cannot be read and folders that cannot be used, one sentence each. */
  problems(): Promise<string[]>;
}

/** Several collections as one; `place` returns the collection for a new record. */
export function joinCollections<T>(
  collections: readonly Collection<T>[],
  place: (value: T) => Collection<T>,
): Collection<T> {
  const first = async <R>(ask: (collection: Collection<T>) => Promise<R | null>): Promise<R | null> => {
    for (const collection of collections) {
      const answer = await ask(collection);
      if (answer !== null) return answer;
    }
    return null;
  };
  return {
    rows: async () => (await Promise.all(collections.map((collection) => collection.rows()))).flat(),
    find: (key) => first((collection) => collection.find(key)),
    async put(key, value, hold) {
      const collection = place(value);
      await collection.put(key, value, hold);
      // The record may have been in another collection before.
      await Promise.all(collections.map((other) => other !== collection && other.drop(key)));
    },
    take: (key) => first((collection) => collection.take(key)),
    drop: async (key) => {
      await Promise.all(collections.map((collection) => collection.drop(key)));
    },
    problems: async () => (await Promise.all(collections.map((collection) => collection.problems()))).flat(),
  };
}
