import type { KeptItems } from '../port.ts';
import { type Deps, MS } from './deps.ts';

const IS_OVER = `used + for_ms * ${MS} <= gpu_mcp.clock()`;

/** Values of one kind that are kept for a time after their last use. */
export function createKept({ database, scope }: Deps, kind: 'sessions' | 'paid'): KeptItems {
  const ONE = 'kind = $1 and scope = $2 and key = $3';
  return {
    async put(key, owner, value, for_ms, { max_bytes = Infinity, max_count = Infinity } = {}) {
      const json = JSON.stringify(value) ?? 'null';
      const bytes = Buffer.byteLength(json);
      if (bytes > max_bytes) return false;
      return database.transaction(async (query) => {
        await query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${kind} ${scope} ${owner}`]);
        await query(`delete from gpu_mcp.kept where kind = $1 and scope = $2 and ${IS_OVER}`, [kind, scope]);
        if (Number.isFinite(max_count)) {
          const [full] = await query(
            `select from gpu_mcp.kept where kind = $1 and scope = $2 and owner = $3
             having count(*) >= $5 and not bool_or(key = $4)`,
            [kind, scope, owner, key, max_count],
          );
          if (full !== undefined) return false;
        }
        if (Number.isFinite(max_bytes)) {
          await query(
            `delete from gpu_mcp.kept k using (
               select key, sum(bytes) over (order by used desc, key) as so_far from gpu_mcp.kept
               where kind = $1 and scope = $2 and owner = $3 and key <> $4) newest
             where k.kind = $1 and k.scope = $2 and k.key = newest.key and so_far > $5`,
            [kind, scope, owner, key, max_bytes - bytes],
          );
        }
        await query(
          `insert into gpu_mcp.kept (kind, scope, key, owner, used, for_ms, bytes, value)
           values ($1, $2, $3, $4, gpu_mcp.clock(), $5, $6, $7) on conflict (kind, scope, key) do update set
             owner = excluded.owner, used = excluded.used, for_ms = excluded.for_ms,
             bytes = excluded.bytes, value = excluded.value`,
          [kind, scope, key, owner, for_ms, bytes, json],
        );
        return true;
      });
    },
    async get(key, owner) {
      const [row] = await database.read<{ value: unknown }>(
        `select value from gpu_mcp.kept where ${ONE} and owner = $4 and not ${IS_OVER}`,
        [kind, scope, key, owner],
      );
      return row === undefined ? null : row.value;
    },
    async touch(key, for_ms) {
      const sql = `update gpu_mcp.kept set used = gpu_mcp.clock(), for_ms = coalesce($4, for_ms) where ${ONE} and not ${IS_OVER}`;
      await database.write(sql, [kind, scope, key, for_ms ?? null]);
    },
    async drop(key) {
      await database.write(`delete from gpu_mcp.kept where ${ONE}`, [kind, scope, key]);
    },
  };
}
