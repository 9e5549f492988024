import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { startCluster } from '../../testbed/postgres.ts';
import { testPostgres } from './postgres.ts';

const postgres = await testPostgres();

describe.skipIf(postgres === null)('the PostgreSQL of the tests', () => {
  it('gives each caller an empty database of its own', async () => {
    const urls = await Promise.all([postgres?.database(), postgres?.database()]);
    expect(new Set(urls).size).toBe(2);
    for (const url of urls) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      const { rows } = await client.query(
        `select count(*)::int as n from pg_tables where schemaname = 'public'`,
      );
      expect(rows).toEqual([{ n: 0 }]);
      await client.end();
    }
  });
});

it('is said to be missing when the binaries do not run', () => {
  const dir = mkdtempSync(join(tmpdir(), 'gpu-mcp-pg-none-'));
  expect(startCluster(join(dir, 'run'), '/nonexistent')).toBeNull();
  rmSync(dir, { recursive: true, force: true });
});
