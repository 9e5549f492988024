import { afterEach } from 'vitest';
import { runAfterEvery } from './after.ts';

afterEach(async () => {
  await runAfterEvery();
  // Commands set it; files share one process.
  process.exitCode = undefined;
});
