import { parseRef } from '../../core/ref.ts';
import type { LeaseItems } from '../port.ts';
import type { StoredLease } from '../records.ts';
import type { Accounts } from './accounts.ts';
import { type Deps, MS, momentAt } from './deps.ts';

interface LeaseRow {
  ref: string;
  name: string;
  kind: StoredLease['kind'];
  ends_at: string;
  made: number;
  tries: number;
  pause_since: number | null;
  pause_ms: number | null;
}

const COLUMNS = `ref, name, kind, ends_at, gpu_mcp.ms(made) as made, tries,
  gpu_mcp.ms(pause_since) as pause_since, pause_ms`;
/** $1 = the accounts, $2 = this process. */
const TAKEABLE = 'account = any($1) and (owner is null or (owner <> $2 and gpu_mcp.is_gone(owner)))';

const leaseIn = ({ made, pause_since, pause_ms, ...row }: LeaseRow): StoredLease => ({
  ...row,
  made: momentAt(made),
  pause: pause_since === null || pause_ms === null ? null : { since: momentAt(pause_since), ms: pause_ms },
});

/** Leases as rows, each claimed by one process. A lease lasts as long as it was to last when it was recorded. */
export function createLeases({ database, presence, wall }: Deps, { ids, of }: Accounts): LeaseItems {
  const select = async (where: string): Promise<StoredLease[]> => {
    await presence.ready();
    const sql = `select ${COLUMNS} from gpu_mcp.leases where ${TAKEABLE} and ${where} order by due`;
    return (await database.read<LeaseRow>(sql, [ids, presence.id])).map(leaseIn);
  };
  return {
    async add({ ref, name, ends_at, kind = 'stop' }) {
      await presence.ready();
      await database.write(
        `insert into gpu_mcp.leases (account, ref, name, kind, ends_at, made, due)
         values ($1, $2, $3, $4, $5, gpu_mcp.clock(), gpu_mcp.clock() + $6 * ${MS})
         on conflict (account, ref) do update set name = excluded.name, kind = excluded.kind,
           ends_at = excluded.ends_at, made = excluded.made, due = excluded.due, tries = 0,
           pause_since = null, pause_ms = null, owner = null`,
        [of(parseRef(ref, 'pod').cloud), ref, name, kind, ends_at, Date.parse(ends_at) - wall()],
      );
    },
    all: () => select('true'),
    due: () =>
      select(`due <= gpu_mcp.clock()
        and (pause_since is null or pause_since + pause_ms * ${MS} <= gpu_mcp.clock())`),
    async claim({ ref, tries, ends_at }) {
      await presence.ready();
      const taken = await database.write(
        `update gpu_mcp.leases set owner = $2 where (account, ref) in (
           select account, ref from gpu_mcp.leases
           where ${TAKEABLE} and ref = $3 and tries = $4 and ends_at = $5 for update skip locked)
         returning ref`,
        [ids, presence.id, ref, tries, ends_at],
      );
      return taken.length > 0;
    },
    async settle({ ref }) {
      await presence.nowOrLater(() =>
        database.write(
          'delete from gpu_mcp.leases where account = any($1) and ref = $3 and (owner is null or owner = $2)',
          [ids, presence.id, ref],
        ),
      );
    },
    async giveBack({ ref, tries }, pause_ms) {
      await presence.nowOrLater(() =>
        database.write(
          `update gpu_mcp.leases set owner = null, tries = $4, pause_since = gpu_mcp.clock(), pause_ms = $5
           where account = any($1) and ref = $3 and owner = $2`,
          [ids, presence.id, ref, tries + 1, pause_ms],
        ),
      );
    },
  };
}
