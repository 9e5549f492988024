import { basename } from 'node:path';
import type { Moment } from '../../core/moment.ts';
import type { CloudId } from '../../core/ref.ts';
import type { Clock } from '../clock.ts';
import type { StoreOptions } from '../files.ts';
import type { AuditLine, Order } from '../records.ts';
import type { Database, Query } from './database.ts';
import type { Presence } from './presence.ts';

/** What all items of a store need. */
export interface Deps {
  /** Ready for use, see `Connection`. */
  database: Database;
  presence: Presence;
  /** The owner of tickets, allowances, sessions and audit lines; stores with the same scope share them. */
  scope: string;
  redact: (order: Order) => Order;
  redactLine: (line: AuditLine) => AuditLine;
  onLine: (line: AuditLine) => void;
  /** The clocks of this process: new leases give their times by its wall clock, and both count while the store is unreachable. */
  clock: Clock;
}

/** One millisecond as an SQL interval. */
export const MS = `interval '1 millisecond'`;

/** A time of the database as records hold it. */
export const momentAt = (ms: number): Moment => ({ boot: 'postgresql', mono: ms, wall: ms });

/** The present time of the database, as a clock that stands still. */
export async function timeIn(query: Query): Promise<Clock> {
  const [row] = await query<{ now: number }>('select gpu_mcp.ms(gpu_mcp.clock()) as now');
  if (row === undefined) throw new Error('the database returned no time');
  const { now } = row;
  return { boot: 'postgresql', wall: () => now, mono: () => now };
}

/** The accounts of a store. Records of other accounts are never read. */
export interface Accounts {
  ids: readonly string[];
  /** The fingerprint of the present key of a cloud; null = not known. */
  keyOf(cloud: CloudId | null): string | null;
  /** The fingerprints of all present keys. */
  keys: readonly string[];
  /** The account on a cloud; records of no single cloud belong to the first. @throws if there is no such account */
  of(cloud: CloudId | null): string;
}

/** The folder of each cloud's account, of which the last part is the account's name. */
type Folders = StoreOptions['accounts'];

const namesOf = (folders: Folders): [cloud: CloudId, name: string][] =>
  Object.entries(folders).flatMap(([cloud, folder]) =>
    folder === undefined ? [] : [[cloud, basename(folder)]],
  );

/** The accounts of a store in PostgreSQL. */
export function createAccounts({
  accounts,
  keys = {},
  unnamed = {},
}: Pick<StoreOptions, 'accounts' | 'keys' | 'unnamed'>): Accounts {
  const names = new Map(namesOf(accounts));
  const [first = ''] = [...names.keys()].toSorted();
  return {
    ids: [...new Set([...names.values(), ...namesOf(unnamed).map(([, name]) => name)])],
    keys: Object.values(keys).filter((key) => key !== undefined),
    keyOf: (cloud) => (cloud === null ? null : (keys[cloud] ?? null)),
    of(cloud) {
      const account = names.get(cloud ?? first);
      if (account === undefined) throw new Error(`this server has no account on ${cloud ?? 'any cloud'}`);
      return account;
    },
  };
}
