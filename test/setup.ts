import { afterEach } from 'vitest';
import { runAfterEvery } from './after.ts';
import { useModern } from './revision.ts';

// Before each file, because files share modules.
useModern(false);

afterEach(async () => {
  await runAfterEvery();
  // Commands set it; files share one process.
  process.exitCode = undefined;
});
