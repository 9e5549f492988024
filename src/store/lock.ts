/** Runs tasks that have a key in common one after the other, and others at the same time. */
export interface Locks {
  /**
   * Waits for its turn for all the keys, then runs `task`. If the signal aborts meanwhile, rejects without running it. Keys
   * are always taken in the same order, so that no two calls wait for each other.
   */
  run<T>(keys: readonly string[], signal: AbortSignal, task: () => Promise<T>): Promise<T>;
}

/** Resolves when the tasks ahead are done. @throws the abort's reason */
const turn = (ahead: Promise<void>, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    void ahead.then(() => {
      signal.removeEventListener('abort', leave);
      resolve();
    });
  });

/** Locks that live as long as the process. */
export function createLocks(): Locks {
  const tails = new Map<string, Promise<void>>();
  const runWith = async <T>(key: string, signal: AbortSignal, task: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    const ahead = tails.get(key) ?? Promise.resolve();
    let release = () => {};
    const mine = new Promise<void>((resolve) => {
      release = resolve;
    });
    // A task that is aborted while it waits does not let those behind it overtake those ahead.
    const tail = ahead.then(() => mine);
    tails.set(key, tail);
    void tail.then(() => {
      if (tails.get(key) === tail) tails.delete(key);
    });
    try {
      await turn(ahead, signal);
      signal.throwIfAborted();
      return await task();
    } finally {
      release();
    }
  };
  return {
    run: (keys, signal, task) =>
      [...new Set(keys)].toSorted().reduceRight((inner, key) => () => runWith(key, signal, inner), task)(),
  };
}

/** Runs steps of the same key one after the other, and steps of different keys at the same time. */
export type Exclusive = <T>(key: string, step: () => Promise<T>) => Promise<T>;

/** Exclusion within this process. */
export function createExclusive(): Exclusive {
  const locks = createLocks();
  return (key, step) => locks.run([key], new AbortController().signal, step);
}
