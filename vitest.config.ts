import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'architecture', include: ['test/architecture.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'all',
          include: ['test/**/*.test.ts'],
          exclude: ['test/architecture.test.ts'],
          globalSetup: ['test/postgres/global.ts'],
          setupFiles: ['test/setup.ts'],
          // Files share modules: evaluating the sources once for each file would be a third of the whole time.
          isolate: false,
        },
      },
    ],
    // Two cores are what a small CI machine has; the default leaves one of them idle.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: ['default', './scripts/closing-line.mjs'],
  },
});
