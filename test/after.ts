const tasks: (() => Promise<unknown>)[] = [];

/**
 * Runs after every test of every file, the last one first. Unlike `afterEach` it may stand in a module that files share: with
 * modules shared between files (vitest.config.ts), that would hold for the first file alone.
 */
export const afterEvery = (task: () => Promise<unknown>): void => {
  tasks.push(task);
};

/** What setup.ts runs after each test. */
export async function runAfterEvery(): Promise<void> {
  for (const task of tasks.toReversed()) await task();
}
