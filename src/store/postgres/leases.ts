import type { Lease } from '../../core/plan.ts';
import { parseRef } from '../../core/ref.ts';
import type { LeaseItems } from '../port.ts';
import type { StoredLease } from '../records.ts';
import type { Accounts } from './accounts.ts';
import type { Query } from './database.ts';
import { type Deps, MS, momentAt } from './deps.ts';

interface LeaseRow {
  ref: string;
  name: string;
  key: string | null;
  kind: StoredLease['kind'];
  ends_at: string;
  made: number;
  tries: number;
  pause_since: number | null;
  pause_ms: number | null;
}

const COLUMNS = `ref, name, key, kind, ends_at, gpu_mcp.ms(made) as made, tries,
  gpu_mcp.ms(pause_since) as pause_since, pause_ms`;
/** $1 = the accounts, $2 = the present keys. */
const PRESENT = 'account = any($1) and (key is null or cardinality($2::text[]) = 0 or key = any($2))';
/** $3 = this process. */
const TAKEABLE = `${PRESENT} and (owner is null or (owner <> $3 and gpu_mcp.is_gone(owner)))`;

/** $1 = the accounts, $2 = this process, $3 to $5 = the lease as it was claimed. */
const HELD = 'account = any($1) and owner = $2 and ref = $3 and tries = $4 and ends_at = $5';
const heldAs = ({ ref, tries, ends_at }: StoredLease) => [ref, tries, ends_at];

const REPLACE = `do update set name = excluded.name, kind = excluded.kind, ends_at = excluded.ends_at,
  made = excluded.made, due = excluded.due, tries = 0, pause_since = null, pause_ms = null, owner = null,
  key = excluded.key`;

const leaseIn = ({ made, pause_since, pause_ms, ...row }: LeaseRow): StoredLease => ({
  ...row,
  made: momentAt(made),
  pause: pause_since === null || pause_ms === null ? null : { since: momentAt(pause_since), ms: pause_ms },
});

const cloudOf = (ref: string) => parseRef(ref, 'pod').cloud;

/** Writes a lease; one that the pod has is replaced or left alone, and then no row comes back. */
export const insertLease =
  (wall: () => number, { of, keyOf }: Pick<Accounts, 'of' | 'keyOf'>) =>
  (
    query: Query,
    { ref, name, ends_at, for_ms = Number.POSITIVE_INFINITY, kind = 'stop' }: Lease,
    replaces: boolean,
  ) =>
    query(
      `insert into gpu_mcp.leases (account, ref, name, kind, ends_at, made, due, key)
       values ($1, $2, $3, $4, $5, gpu_mcp.clock(), gpu_mcp.clock() + $6 * ${MS}, $7)
       on conflict (account, ref) ${replaces ? REPLACE : 'do nothing'} returning ref`,
      [
        of(cloudOf(ref)),
        ref,
        name,
        kind,
        ends_at,
        Math.min(for_ms, Date.parse(ends_at) - wall()),
        keyOf(cloudOf(ref)),
      ],
    );

/** Leases as rows, each claimed by one process. A lease lasts as long as it was to last when it was recorded. */
export function createLeases(
  { database, presence, wall }: Deps,
  { ids, keys, keyOf, of }: Accounts,
): LeaseItems {
  const select = async (where: string, ...values: unknown[]): Promise<StoredLease[]> => {
    await presence.ready();
    const sql = `select ${COLUMNS} from gpu_mcp.leases where ${where} order by due`;
    return (await database.read<LeaseRow>(sql, [ids, keys, ...values])).map(leaseIn);
  };
  const insert = insertLease(wall, { of, keyOf });
  return {
    // The order stands: what the store misses now it gets when it is back.
    async add(lease) {
      await presence.nowOrLater(() => insert(database.write, lease, true));
    },
    async addMissing(lease) {
      const added = await presence.nowOrLater(() => insert(database.write, lease, false));
      return added === null || added.length > 0;
    },
    all: () => select(PRESENT),
    due: () =>
      select(
        `${TAKEABLE} and due <= gpu_mcp.clock()
         and (pause_since is null or pause_since + pause_ms * ${MS} <= gpu_mcp.clock())`,
        presence.id,
      ),
    async claim({ ref, tries, ends_at }) {
      await presence.ready();
      const taken = await database.write(
        `update gpu_mcp.leases set owner = $3 where (account, ref) in (
           select account, ref from gpu_mcp.leases
           where ${TAKEABLE} and ref = $4 and tries = $5 and ends_at = $6 for update skip locked)
         returning ref`,
        [ids, keys, presence.id, ref, tries, ends_at],
      );
      return taken.length > 0;
    },
    async isHeld(lease) {
      await presence.ready();
      const sql = `select ref from gpu_mcp.leases where ${HELD}`;
      return (await database.read(sql, [ids, presence.id, ...heldAs(lease)])).length > 0;
    },
    async end(lease) {
      await presence.nowOrLater(() =>
        database.write(`delete from gpu_mcp.leases where ${HELD}`, [ids, presence.id, ...heldAs(lease)]),
      );
    },
    async giveBack(lease, pause_ms) {
      await presence.nowOrLater(() =>
        database.write(
          `update gpu_mcp.leases set owner = null, tries = tries + 1, pause_since = gpu_mcp.clock(), pause_ms = $6
           where ${HELD}`,
          [ids, presence.id, ...heldAs(lease), pause_ms],
        ),
      );
    },
    async lift(ref) {
      await presence.ready();
      await database.write('delete from gpu_mcp.leases where account = any($1) and ref = $2', [ids, ref]);
    },
  };
}
