import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Store } from '../../../src/store/port.ts';
import { openConnection } from '../../../src/store/postgres/connection.ts';
import { createPostgresStore, type PostgresOptions } from '../../../src/store/postgres/store.ts';
import { auditLineSchema } from '../../../src/store/records.ts';
import { testClock } from '../clock.ts';
import type { StoreBed } from '../contract/bed.ts';

/** A bed on PostgreSQL, and what only its tests reach. */
export interface PostgresBed extends Omit<StoreBed, 'open'> {
  open(over?: Partial<PostgresOptions>): Promise<Store>;
  /** Statements of the test itself. */
  sql: pg.Client;
  accounts: Record<string, string>;
}

/** A bed in a database, beside the records of earlier ones. The database's clock is a file in the test's hand. */
export async function postgresBed(url: string): Promise<PostgresBed> {
  const dir = mkdtempSync(join(tmpdir(), 'gpu-mcp-clock-'));
  chmodSync(dir, 0o755);
  const path = join(dir, 'now');
  const { clock, now, advance } = testClock();
  const show = () => writeFileSync(path, String(now()));
  show();
  const id = randomUUID();
  const accounts = { volt: `v-${id}`, nebula: `n-${id}` };
  const sql = new pg.Client({ connectionString: url });
  await sql.connect();
  const ids = new Map<Store, string>();
  const open = async (over: Partial<PostgresOptions> = {}) => {
    const store = createPostgresStore({
      connection: openConnection(url, () => {}),
      accounts,
      scope: id,
      clock,
      noticePatienceMs: 30_000,
      ...over,
    });
    await store.problems();
    if (ids.size === 0)
      await sql.query(`create or replace function gpu_mcp.clock() returns timestamptz language sql volatile
        as $$ select to_timestamp(pg_read_file('${path}')::double precision / 1000) $$`);
    ids.set(store, store.processes?.self ?? '');
    return store;
  };
  return {
    sql,
    accounts,
    open,
    now,
    isOneClock: true,
    advance(ms) {
      advance(ms);
      show();
    },
    // A process may set its clock as it likes: only the database's counts.
    jump: () => {},
    async kill(store) {
      await sql.query(`update gpu_mcp.processes set until = '-infinity' where id = $1`, [ids.get(store)]);
    },
    async auditLines() {
      const { rows } = await sql.query('select line from gpu_mcp.audit where scope = $1 order by id', [id]);
      return rows.map(({ line }) => auditLineSchema.parse(line));
    },
    async close() {
      await Promise.all([...ids.keys()].map((store) => store.close()));
      await sql.query(
        `create or replace function gpu_mcp.clock() returns timestamptz language sql volatile as 'select clock_timestamp()'`,
      );
      await sql.end();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
