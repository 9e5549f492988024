import type { Clock, Moment } from '../clock.ts';
import type { AuditLine, Order } from '../records.ts';
import type { Database, Query } from './database.ts';
import type { Presence } from './presence.ts';

/** What the items of a store share. */
export interface Deps {
  database: Database;
  presence: Presence;
  /** Whose tickets, allowances, sessions and lines these are; several stores with one scope share them. */
  scope: string;
  redact: (order: Order) => Order;
  redactLine: (line: AuditLine) => AuditLine;
  onLine: (line: AuditLine) => void;
  /** The clocks of this process: the times of new leases are given in its wall clock; both count while the store is away. */
  clock: Clock;
}

/** A millisecond of SQL. */
export const MS = `interval '1 millisecond'`;

/** A time of the database as a record has it. */
export const momentAt = (ms: number): Moment => ({ boot: 'postgresql', mono: ms, wall: ms });

/** The database's clock, standing at the moment of the question. */
export async function timeIn(query: Query): Promise<Clock> {
  const [row] = await query<{ now: number }>('select gpu_mcp.ms(gpu_mcp.clock()) as now');
  if (row === undefined) throw new Error('the database returned no time');
  const { now } = row;
  return { boot: 'postgresql', wall: () => now, mono: () => now };
}
