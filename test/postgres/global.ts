import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { removeCluster } from '../../testbed/postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The directory of this run's PostgreSQL, which the first test that needs it starts. */
    postgresDir: string;
  }
}

let dir = '';

/** Names the place of the run's one PostgreSQL and starts nothing. */
export function setup(project: TestProject): void {
  dir = mkdtempSync(join(tmpdir(), 'gpu-mcp-pg-'));
  project.provide('postgresDir', dir);
}

/** Ends the PostgreSQL, if a test started it. */
export function teardown(): void {
  removeCluster(join(dir, 'run'));
  rmSync(dir, { recursive: true, force: true });
}
