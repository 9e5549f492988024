import type { Processes, SharedReadings } from '../core/live.ts';
import type { Moment } from '../core/moment.ts';
import type { Lease } from '../core/plan.ts';
import type { Grantor } from '../core/policy.ts';
import type { CloudId } from '../core/ref.ts';
import type { SpendEntry, SpentRow } from '../core/spend.ts';
import type { AuditLine, KeptPlan, Order, StoredLease, Ticket, TicketOutcome } from './records.ts';

/** How long a reservation lasts once its order was closed or left unresolved, milliseconds. */
export const RESERVED_MS = 15 * 60 * 1000;
/**
 * Min time that a closed order which made nothing is kept, milliseconds. It is kept longer while the outcome of an order
 * of its name is unknown.
 */
export const CLOSED_MS = 60 * 60 * 1000;
/**
 * How long a closed order that made a thing is kept, milliseconds: no other order can have made that thing, this server
 * may remove it, and its agreed price counts if the cloud reports none.
 */
export const MADE_MS = 90 * 24 * 60 * 60 * 1000;
/** Max unused tickets of one principal; the oldest are dropped. */
export const MAX_TICKETS = 50;

/** A caller's own reading of the fleet: the refs of live pods, and of those that cost something. */
export interface FleetRefs {
  listed: readonly string[];
  burning: readonly string[];
}

/** The reservations that a reading does not show. */
export interface Reserved {
  usd_per_hour: number;
  pods: number;
}

/** An order before it is admitted. */
export interface NewOrder {
  at: string;
  tool: string;
  cloud: CloudId | null;
  principal: string;
  name: string | null;
  target: string | null;
  ticket: string | null;
  input: Record<string, unknown>;
  planned: KeptPlan;
  adds: { usd_per_hour: number; pods: number };
}

/**
 * `full`: with these reservations the order does not fit. `busy`: an order of the same tool, cloud and name is being sent.
 * `blocked`: nothing may be spent now; `why` is a sentence for a person.
 */
export type Admission =
  | { kind: 'admitted'; id: string }
  | { kind: 'full'; reserved: Reserved }
  | { kind: 'busy'; order: Order }
  | { kind: 'blocked'; why: string };

/** How an order ended. */
export interface Closing {
  outcome: string;
  took_effect: boolean;
  ref: string | null;
  /** The ref whose billing is known to have ended. */
  ended: string | null;
  /** The leases of what was found; stored in the same step. A reminder does not replace an existing lease. */
  leases?: readonly Lease[];
}

/** The gated writes of every process that shares the accounts. */
export interface Orders {
  /**
   * One short exclusive step without any request to a cloud: sums the reservations that the reading does not show,
   * compares them with the room that the caps leave above the reading (null = no check), and stores the order durably.
   */
  admit(order: NewOrder, reading: FleetRefs, room: Reserved | null): Promise<Admission>;
  /** Closes an order and writes its audit line in one step. False if another order made that thing; nothing is closed then. */
  close(id: string, closing: Closing, line: AuditLine): Promise<boolean>;
  /** Leaves an order of unknown outcome open, so that any process may reconcile it. A closed order stays closed. */
  keepOpen(id: string): Promise<void>;
  /** The orders of unknown outcome that no process holds. */
  unresolved(): Promise<Order[]>;
  /** Takes an unresolved order to reconcile it; null if another process has it or it was closed since. Give it back with `keepOpen` or `close`. */
  claim(id: string): Promise<Order | null>;
  /** Takes the orders that dead processes were sending; each is returned once. Writes their missing audit lines. */
  claimAbandoned(): Promise<{ open: Order[]; closed: Order[] }>;
  find(id: string): Promise<Order | null>;
  /** The orders that a ticket consented to, by its key: one for each thing of its plan, as far as they were sent. */
  ofTicket(key: string): Promise<Order[]>;
  /** The orders of this tool, cloud and name that are still kept. */
  named(tool: string, cloud: CloudId | null, name: string): Promise<Order[]>;
  /** The refs that the orders of all processes made. None of them can be the result of another order. */
  createdRefs(): Promise<string[]>;
  /** Those of them that these orders certainly made: what a recovery found may be another's. */
  ownRefs(): Promise<string[]>;
  reserved(reading: FleetRefs): Promise<Reserved>;
}

/** The leases of every process that shares the accounts. */
export interface LeaseItems {
  /** Adds a lease. It replaces a lease of the same pod, also one that another process holds. */
  add(lease: Lease): Promise<void>;
  /** Adds a lease unless the pod has one. False if it has one. */
  addMissing(lease: Lease): Promise<boolean>;
  /** All leases, also those that a process is ending right now. */
  all(): Promise<StoredLease[]>;
  /** The leases that are over by the clock that is ahead, whose pause is over, and that no process is ending. */
  due(): Promise<StoredLease[]>;
  /** Takes a lease as it was read; false if another process has it or has tried to end it since then. */
  claim(lease: StoredLease): Promise<boolean>;
  /** True if this process still holds the lease as it claimed it: it was neither lifted nor replaced since. */
  isHeld(lease: StoredLease): Promise<boolean>;
  /** Removes the claimed lease. One that was lifted or replaced since stays. */
  end(lease: StoredLease): Promise<void>;
  /** Gives the claimed lease back, to be tried again after `pause_ms`. One that was lifted or replaced since stays. */
  giveBack(lease: StoredLease, pause_ms: number): Promise<void>;
  /** Removes the lease of a pod, also one that another process holds. */
  lift(ref: string): Promise<void>;
}

/** What a new ticket is bound to. */
export type NewTicket = Pick<Ticket, 'way' | 'tool' | 'call' | 'principal' | 'session' | 'agreed'> & {
  key: string;
};

/** A ticket as it is now. `is_orphaned`: the process that used it is gone. `asked_ms`: since its question was asked. */
export type TicketState = Ticket & { is_expired: boolean; is_orphaned: boolean; asked_ms: number };

export interface Tickets {
  /** Stores a ticket. Returns the ISO time until which it can be used. */
  create(ticket: NewTicket): Promise<string>;
  /** Reads a ticket. Null if there is none, or its outcome is older than ten minutes. */
  find(key: string): Promise<TicketState | null>;
  /** The question of an unused ticket is asked again; `isMistyped`: because a wrong text was typed, which is counted. */
  askAgain(key: string, isMistyped: boolean): Promise<void>;
  /** Uses a ticket: true for one caller only, over all processes. */
  take(key: string): Promise<boolean>;
  /** Records the order that the ticket led to. */
  ordered(key: string, order: string): Promise<void>;
  /** Stores the outcome for ten minutes. */
  complete(key: string, outcome: TicketOutcome): Promise<void>;
  /** Removes a ticket unless it was used. */
  drop(key: string): Promise<void>;
}

/** The leases and unfinished orders of another cloud key, and the refs that are known to belong to it. */
export interface OtherKey {
  cloud: CloudId;
  /** Its fingerprint. */
  key: string;
  /** The refs that it had or made. If one of them is listed under the present key, both keys belong to one account. */
  refs: string[];
  leases: number;
  orders: number;
}

/** The records of other keys. They are left alone until they are adopted. */
export interface OtherKeys {
  all(): Promise<OtherKey[]>;
  /** Gives the records of another key of the same account to the present key. */
  adopt(other: OtherKey): Promise<void>;
}

/** What is left of a consent to metered calls. `grant` identifies it; `ends_in_ms`: the time until it expires. */
export interface AllowanceLeft {
  grant: string;
  by: Grantor;
  usd: number;
  calls: number;
  ends_in_ms: number;
}

/** What one metered call uses: USD, or one call of unknown price. */
export interface Use {
  usd: number;
  calls: number;
}

/** Consents to metered calls, limited in time and amount. */
export interface Allowances {
  /** Replaces what was left. A token grants once within `for_ms`: false if it has granted already; nothing is changed then. */
  grant(key: string, grant: { by: Grantor; usd: number; calls: number; for_ms: number }): Promise<boolean>;
  /** What is left; null if there is no valid consent. */
  find(key: string): Promise<AllowanceLeft | null>;
  /** Time until a token may grant again for `for_ms`, milliseconds; 0 if it may now. */
  tokenWaits(key: string, for_ms: number): Promise<number>;
  /** Draws a use from a consent that was granted in one of these ways. Null if too little is left; nothing is drawn then. */
  draw(key: string, use: Use, by: readonly Grantor[]): Promise<AllowanceLeft | null>;
  /** Gives back what a call did not use. Does nothing if the grant was replaced since. */
  giveBack(key: string, grant: string, use: Use): Promise<void>;
}

export interface Audit {
  write(line: AuditLine): Promise<void>;
}

/**
 * The requests that were drawn, and the window after that. `paused_ms`: how long the cloud accepts no requests; 0 = it does.
 * `sharers`: how many processes use the store now; left out = not known.
 */
export interface Drawn {
  granted: number;
  used: number;
  ends_in_ms: number;
  paused_ms: number;
  sharers?: number;
}

/** The requests an hour that the processes with one key share. */
export interface Budget {
  /** Draws up to `wanted` requests of `limit` in a window, which begins with its first request; 0 if it is used up. */
  draw(key: string, wanted: number, limit: number, window_ms: number): Promise<Drawn>;
  /** Pauses all draws, because the cloud answered "too many requests". */
  close(key: string, for_ms: number): Promise<void>;
}

/** How long a notice is kept, milliseconds. */
export const NOTICE_MS = 24 * 60 * 60 * 1000;
/** Max notices of one account; the oldest are dropped. */
export const MAX_NOTICES = 50;

/** Something that a person should know, such as a lease that is over. `key`: see `noticeKey`. */
export interface Notice {
  key: string;
  text: string;
}

/** Notices of the accounts, of every process that shares them. */
export interface Notices {
  /** Adds a notice; the same text again within a day is the same notice. `cloud`: null = all clouds. */
  add(cloud: CloudId | null, text: string): Promise<void>;
  /** All notices, oldest first. Sends nothing if nothing is new; waits at most half a second for a database. */
  all(): Promise<Notice[]>;
  /**
   * Marks notices as shown to a reader. Returns the keys that this call marked first, over all processes; all keys if the
   * store does not answer within half a second: a notice is shown twice rather than never.
   */
  markShown(reader: string, keys: readonly string[]): Promise<string[]>;
}

/** Amounts that passed through the servers of the accounts, for as long as orders that made something are kept. */
export interface Spent {
  /** Adds an amount once; the same `id` again is the same amount. */
  add(id: string, entry: SpendEntry): Promise<void>;
  rows(): Promise<SpentRow[]>;
}

type KeptMax = Partial<Record<'max_bytes' | 'max_count', number>>;

/** Values that are kept for a time: HTTP sessions, paid results. Each `touch` restarts that time. */
export interface KeptItems {
  /** Stores a value; the owner's oldest are dropped above `max_bytes`. False if this one alone is larger, or the owner has `max_count` others. */
  put(key: string, owner: string, value: unknown, for_ms: number, max?: KeptMax): Promise<boolean>;
  /** The value; null if there is none, it is another owner's, or it has expired. */
  get(key: string, owner: string): Promise<unknown>;
  /** Restarts the time of a value. `for_ms`: the new time; left out = the same as before. */
  touch(key: string, for_ms?: number): Promise<void>;
  drop(key: string): Promise<void>;
}

/** Whether the store answers. */
type StoreState = 'new' | 'up' | 'unreachable';

/** All state that processes share. Adapters: memory (tests), files, PostgreSQL. Times come from the adapter. */
export interface Store {
  orders: Orders;
  leases: LeaseItems;
  otherKeys: OtherKeys;
  tickets: Tickets;
  allowances: Allowances;
  audit: Audit;
  budget: Budget;
  notices: Notices;
  spent: Spent;
  sessions: KeptItems;
  paid: KeptItems;
  /** Null if each process polls for itself. */
  sharedReadings: SharedReadings | null;
  /** Null if a session is served by one process at a time. */
  processes: Processes | null;
  /** Runs one step at a time for a key, over all processes. The step sends no request to a cloud. */
  exclusive<T>(key: string, step: () => Promise<T>): Promise<T>;
  /** Sends a message to all watchers in every process within seconds. It may be lost: readers must also poll. */
  notify(topic: string, message: string): Promise<void>;
  /** Calls `receive` for each message of a topic. Returns a function that ends this. */
  watch(topic: string, receive: (message: string) => void): () => void;
  /** The number of records that wait until the store is back. */
  waiting(): number;
  /** `new`: not reached yet. `unreachable`: it was reached before and does not answer now. Files are always `up`. */
  state(): StoreState;
  /** The present moment, as records hold it. */
  moment(): Promise<Moment>;
  /** The time since a moment in a record, milliseconds, by a clock that never jumps. */
  elapsed(since: Moment): Promise<number>;
  /** Records that cannot be read or changed, one sentence each for a person. */
  problems(): Promise<string[]>;
  close(): Promise<void>;
}
