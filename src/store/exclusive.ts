/** Runs steps of the same key one after the other, and steps of different keys side by side. */
export type Exclusive = <T>(key: string, step: () => Promise<T>) => Promise<T>;

/** Exclusion within this process. */
export function createExclusive(): Exclusive {
  const last = new Map<string, Promise<unknown>>();
  return async (key, step) => {
    const ahead = last.get(key) ?? Promise.resolve();
    const mine = ahead.then(step, step);
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}
