import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';
import { memoryDisk } from './test/memory-disk.ts';
import { ON_CI } from './test/on-ci.ts';

const disk = memoryDisk();
if (disk !== null) process.env.TMPDIR ??= disk;

/** Files that CI alone runs: they execute the commands of the pages, start programs for each step, or repeat what an attack tries. */
const ON_CI_ALONE = [
  'test/{docs/execute,faults/{killed,replicas},http/restore,interop/demo-steps,soak/clocks}.test.ts',
];

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: 'architecture', include: ['test/architecture.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'all',
          include: ['test/**/*.test.ts'],
          exclude: ['test/architecture.test.ts', ...(ON_CI ? [] : ON_CI_ALONE)],
          globalSetup: ['test/postgres/global.ts'],
          setupFiles: ['test/setup.ts'],
          // Files share modules: evaluating the sources once for each file would be a third of the whole time.
          isolate: false,
        },
      },
    ],
    // Two cores are what a small CI machine has. The third worker runs while others wait for programs that they started; each
    // one more evaluates all sources once more.
    maxWorkers: 3,
    expect: { poll: { timeout: 30_000 } },
    sequence: { sequencer: LongestFirst },
    // A busy machine is slow; what hangs ends here.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './scripts/closing-line.mjs'],
  },
});
