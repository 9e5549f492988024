/** Runs tasks of the same key one after the other, and tasks of different keys at the same time. */
export interface Locks {
  /** Waits for its turn, then runs `task`. If the signal aborts meanwhile, rejects without running it. */
  run<T>(key: string, signal: AbortSignal, task: () => Promise<T>): Promise<T>;
}

/**
 * Runs a task while it holds all these keys. They are always taken in the same order, so that no two calls wait for each
 * other.
 */
export function runWithAll<T>(
  locks: Locks,
  keys: readonly string[],
  signal: AbortSignal,
  task: () => Promise<T>,
): Promise<T> {
  const inTurn = [...new Set(keys)].toSorted();
  const whole = inTurn.reduceRight((inner, key) => () => locks.run(key, signal, inner), task);
  return whole();
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
  return {
    async run(key, signal, task) {
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
    },
  };
}

/** Runs steps of the same key one after the other, and steps of different keys at the same time. */
export type Exclusive = <T>(key: string, step: () => Promise<T>) => Promise<T>;

/** Exclusion within this process. */
export function createExclusive(): Exclusive {
  const locks = createLocks();
  return (key, step) => locks.run(key, new AbortController().signal, step);
}
