import type { Database, Query } from './database.ts';
import { MIGRATIONS } from './schema.ts';

/** The version of a database's schema. `pending`: the names of the steps that this program knows and the database lacks. */
interface SchemaStatus {
  /** 0 = none yet. */
  version: number;
  known: number;
  pending: string[];
}

/** A program that knows version n runs on schemas up to n + 1, so that replicas can be replaced one by one. */
const AHEAD = 1;
const KNOWN = MIGRATIONS.length;

async function versionIn(query: Query): Promise<number> {
  const [found] = await query<{ is: boolean }>(`select to_regclass('gpu_mcp.migrations') is not null as is`);
  if (found?.is !== true) return 0;
  const [row] = await query<{ version: number }>(
    'select coalesce(max(version), 0)::int as version from gpu_mcp.migrations',
  );
  return row?.version ?? 0;
}

const statusOf = (version: number): SchemaStatus => ({
  version,
  known: KNOWN,
  pending: MIGRATIONS.slice(version).map(({ name }) => name),
});

/** Reads the version of the schema. Changes nothing. */
export const schemaStatus = async (database: Database): Promise<SchemaStatus> =>
  statusOf(await versionIn(database.read));

/** Why this program cannot run on a schema; null if it can. */
export const unfitness = ({ version }: SchemaStatus): string | null =>
  version <= KNOWN + AHEAD
    ? null
    : `the schema gpu_mcp has version ${version}, and this program knows ${KNOWN} and runs on ${KNOWN + AHEAD} at most: install a newer gpu-cloud-mcp`;

/**
 * Updates the schema in one transaction, one process at a time. Returns the names of the steps that it took.
 * @throws if the schema is too new or the role may not change it; nothing is changed then
 */
export async function migrate(database: Database): Promise<string[]> {
  return database.longTransaction(async (query) => {
    await query(`select pg_advisory_xact_lock(hashtextextended('gpu_mcp migrations', 0))`);
    const status = statusOf(await versionIn(query));
    const unfit = unfitness(status);
    if (unfit !== null) throw new Error(unfit);
    if (status.version === 0) {
      await query('create schema if not exists gpu_mcp');
      await query(
        `create table if not exists gpu_mcp.migrations (
           version integer primary key, name text not null, applied timestamptz not null default now())`,
      );
    }
    for (const [index, { name, sql }] of MIGRATIONS.entries()) {
      if (index < status.version) continue;
      await query(sql);
      await query('insert into gpu_mcp.migrations (version, name) values ($1, $2)', [index + 1, name]);
    }
    return status.pending;
  });
}
