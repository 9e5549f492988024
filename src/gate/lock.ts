/** Runs tasks of the same key one after the other; tasks of different keys side by side. */
export interface Locks {
  /** Waits for its turn, then runs `task`. Rejects without running it when the signal aborts while waiting. */
  run<T>(key: string, signal: AbortSignal, task: () => Promise<T>): Promise<T>;
}

/** Locks that live as long as the process. */
export function createLocks(): Locks {
  const tails = new Map<string, Promise<void>>();
  return {
    async run(key, signal, task) {
      const before = tails.get(key) ?? Promise.resolve();
      let release = () => {};
      const mine = new Promise<void>((resolve) => {
        release = resolve;
      });
      const tail = before.then(() => mine);
      tails.set(key, tail);
      try {
        await before;
        signal.throwIfAborted();
        return await task();
      } finally {
        release();
        if (tails.get(key) === tail) tails.delete(key);
      }
    },
  };
}
