import type { AuditTrail } from '../audit.ts';
import type { Audit } from '../port.ts';
import { type AuditLine, auditLineSchema } from '../records.ts';
import type { Query } from './database.ts';
import type { Deps } from './deps.ts';

/** Adds a line. Returns its row; none if the order has a line already. */
export const writeLine = (query: Query, scope: string, line: AuditLine): Promise<object[]> =>
  query(
    `insert into gpu_mcp.audit (scope, order_id, written, line) values ($1, $2, gpu_mcp.clock(), $3)
     on conflict (order_id) do nothing returning id`,
    [scope, line.order ?? null, JSON.stringify(line)],
  );

/** Audit lines without an order. While the store is unreachable, they wait until it is back. */
export const createAudit = ({ database, presence, scope, redactLine, onLine }: Deps): Audit => ({
  async write(line) {
    onLine(line);
    await presence.nowOrLater(() => writeLine(database.write, scope, redactLine(line)));
  },
});

/** The last lines of all accounts, oldest first, and the total number. `unreadable`: lines of another version. */
export async function readLines(query: Query, limit: number): Promise<AuditTrail & { total: number }> {
  const [count] = await query<{ total: number }>('select count(*)::int as total from gpu_mcp.audit');
  const rows = await query<{ line: unknown }>('select line from gpu_mcp.audit order by id desc limit $1', [
    limit,
  ]);
  const read = rows.toReversed().map(({ line }) => auditLineSchema.safeParse(line).data);
  const lines = read.filter((line) => line !== undefined);
  return { lines, unreadable: read.length - lines.length, total: count?.total ?? 0 };
}
