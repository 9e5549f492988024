import type { Lease } from '../../core/plan.ts';
import { parseRef } from '../../core/ref.ts';
import { StoreUnreachable } from '../../core/store-error.ts';
import { type Clock, momentOf } from '../clock.ts';
import type { LeaseRead, LocalLeases } from '../local-leases.ts';
import type { LeaseItems } from '../port.ts';
import type { StoredLease } from '../records.ts';
import type { Query } from './database.ts';
import { type Accounts, type Deps, MS, momentAt } from './deps.ts';

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
  due_in_ms: number;
  is_free: boolean;
  alive: string[];
}

/** $1 = the accounts, $2 = the present keys. */
const PRESENT = 'account = any($1) and (key is null or cardinality($2::text[]) = 0 or key = any($2))';
/** $3 = this process. */
const IS_FREE = '(owner is null or (owner <> $3 and gpu_mcp.is_gone(owner)))';

const READ = `select ref, name, key, kind, ends_at, gpu_mcp.ms(made) as made, tries,
    gpu_mcp.ms(pause_since) as pause_since, pause_ms, ${IS_FREE} as is_free,
    gpu_mcp.ms(greatest(due, pause_since + pause_ms * ${MS})) - gpu_mcp.ms(gpu_mcp.clock()) as due_in_ms,
    array(select id from gpu_mcp.processes where until > now()) as alive
  from gpu_mcp.leases where ${PRESENT} order by due`;

/** $1 = the accounts, $2 = this process, $3 to $5 = the lease as it was claimed. */
const HELD = 'account = any($1) and owner = $2 and ref = $3 and tries = $4 and ends_at = $5';
const HELD_LOCALLY = HELD.replace('owner = $2', '(owner is null or owner = $2 or gpu_mcp.is_gone(owner))');
const heldAs = ({ ref, tries, ends_at }: StoredLease) => [ref, tries, ends_at];

const REPLACE = `do update set name = excluded.name, kind = excluded.kind, ends_at = excluded.ends_at,
  made = excluded.made, due = excluded.due, tries = 0, pause_since = null, pause_ms = null, owner = null,
  key = excluded.key`;

const leaseIn = ({
  made,
  pause_since,
  pause_ms,
  ...row
}: Omit<LeaseRow, 'due_in_ms' | 'is_free' | 'alive'>): StoredLease => ({
  ...row,
  made: momentAt(made),
  pause: pause_since === null || pause_ms === null ? null : { since: momentAt(pause_since), ms: pause_ms },
});

const cloudOf = (ref: string) => parseRef(ref, 'pod').cloud;

/** How long a new lease lasts from now, milliseconds. */
const lastsFor = ({ ends_at, for_ms = Number.POSITIVE_INFINITY }: Lease, wall: () => number): number =>
  Math.min(for_ms, Date.parse(ends_at) - wall());

/** A lease that is not in the store yet, as this process knows it. */
export const unstored = (
  { ref, name, ends_at, kind = 'stop', ...lease }: Lease,
  clock: Clock,
): LeaseRead => ({
  lease: { ref, name, ends_at, kind, made: momentOf(clock), key: null, tries: 0, pause: null },
  due_in_ms: lastsFor({ ref, name, ends_at, ...lease }, clock.wall),
});

/** Writes a lease. If the pod has one, it is replaced, or stays and no row is returned. */
export const insertLease =
  (wall: () => number, { of, keyOf }: Pick<Accounts, 'of' | 'keyOf'>) =>
  (query: Query, lease: Lease, replaces: boolean) => {
    const { ref, name, ends_at, kind = 'stop' } = lease;
    return query(
      `insert into gpu_mcp.leases (account, ref, name, kind, ends_at, made, due, key)
       values ($1, $2, $3, $4, $5, gpu_mcp.clock(), gpu_mcp.clock() + $6 * ${MS}, $7)
       on conflict (account, ref) ${replaces ? REPLACE : 'do nothing'} returning ref`,
      [of(cloudOf(ref)), ref, name, kind, ends_at, lastsFor(lease, wall), keyOf(cloudOf(ref))],
    );
  };

/** Leases as rows, each claimed by at most one process. How long a lease lasts is fixed when it is recorded. */
export function createLeases(
  { database, presence, clock }: Pick<Deps, 'database' | 'presence' | 'clock'>,
  { ids, keys, keyOf, of }: Accounts,
  local: LocalLeases,
): LeaseItems {
  const read = async (): Promise<(LeaseRead & { is_free: boolean })[]> => {
    const rows = await database.read<LeaseRow>(READ, [ids, keys, presence.id]);
    const leases = rows.map(({ due_in_ms, is_free, alive: _, ...row }) => ({
      lease: leaseIn(row),
      due_in_ms,
      is_free,
    }));
    local.remember(leases, rows[0]?.alive ?? []);
    return leases;
  };
  const unlessUnreachable = async <T>(act: () => Promise<T>, instead: () => T | null): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      const known = error instanceof StoreUnreachable ? instead() : null;
      if (known === null) throw error;
      return known;
    }
  };
  const insert = insertLease(clock.wall, { of, keyOf });
  const add = async (lease: Lease, replaces: boolean): Promise<boolean> => {
    const added = await presence.nowOrLater(() => insert(database.write, lease, replaces));
    const isAdded = added === null || added.length > 0;
    if (isAdded) local.add(unstored(lease, clock));
    return isAdded;
  };
  /** Of a lease that was claimed here alone, nobody else must have claimed it since. */
  const held = (lease: StoredLease) => (local.holds(lease) ? HELD_LOCALLY : HELD);
  return {
    // The order stands: what the store misses now it gets when it is back.
    async add(lease) {
      await add(lease, true);
    },
    addMissing: (lease) => add(lease, false),
    all: () => unlessUnreachable(async () => (await read()).map(({ lease }) => lease), local.all),
    due: () =>
      unlessUnreachable(
        async () =>
          (await read()).flatMap(({ lease, due_in_ms, is_free }) =>
            is_free && due_in_ms <= 0 && !local.isPausing(lease) && !local.hasEnded(lease) ? [lease] : [],
          ),
        local.due,
      ),
    claim: (lease) =>
      unlessUnreachable(
        async () => {
          const { ref, tries, ends_at } = lease;
          const taken = await database.write(
            `update gpu_mcp.leases set owner = $3 where (account, ref) in (
               select account, ref from gpu_mcp.leases
               where ${PRESENT} and ${IS_FREE} and ref = $4 and tries = $5 and ends_at = $6 for update skip locked)
             returning ref`,
            [ids, keys, presence.id, ref, tries, ends_at],
          );
          return taken.length > 0;
        },
        () => local.claim(lease),
      ),
    isHeld: (lease) =>
      unlessUnreachable(
        async () => {
          const sql = `select ref from gpu_mcp.leases where ${held(lease)}`;
          return (await database.read(sql, [ids, presence.id, ...heldAs(lease)])).length > 0;
        },
        () => (local.holds(lease) ? true : null),
      ),
    async end(lease) {
      const sql = `delete from gpu_mcp.leases where ${held(lease)}`;
      local.end(lease);
      await presence.nowOrLater(() => database.write(sql, [ids, presence.id, ...heldAs(lease)]));
    },
    async giveBack(lease, pause_ms) {
      const sql = `update gpu_mcp.leases set owner = null, tries = tries + 1, pause_since = gpu_mcp.clock(), pause_ms = $6
        where ${held(lease)}`;
      if (local.holds(lease)) local.giveBack(lease, pause_ms);
      await presence.nowOrLater(() => database.write(sql, [ids, presence.id, ...heldAs(lease), pause_ms]));
    },
    async lift(ref) {
      await database.write('delete from gpu_mcp.leases where account = any($1) and ref = $2', [ids, ref]);
      local.lift(ref);
    },
  };
}
