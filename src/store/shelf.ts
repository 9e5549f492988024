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
export interface Shelf<T> {
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

/** Several shelves as one; `place` returns the shelf for a new record. */
export function joinShelves<T>(shelves: readonly Shelf<T>[], place: (value: T) => Shelf<T>): Shelf<T> {
  const first = async <R>(ask: (shelf: Shelf<T>) => Promise<R | null>): Promise<R | null> => {
    for (const shelf of shelves) {
      const answer = await ask(shelf);
      if (answer !== null) return answer;
    }
    return null;
  };
  return {
    rows: async () => (await Promise.all(shelves.map((shelf) => shelf.rows()))).flat(),
    find: (key) => first((shelf) => shelf.find(key)),
    async put(key, value, hold) {
      const shelf = place(value);
      await shelf.put(key, value, hold);
      // The record may have been on another shelf before.
      await Promise.all(shelves.map((other) => other !== shelf && other.drop(key)));
    },
    take: (key) => first((shelf) => shelf.take(key)),
    drop: async (key) => {
      await Promise.all(shelves.map((shelf) => shelf.drop(key)));
    },
    problems: async () => (await Promise.all(shelves.map((shelf) => shelf.problems()))).flat(),
  };
}
