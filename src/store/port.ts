import type { Processes, SharedLooks } from '../core/live.ts';
import type { Lease } from '../core/plan.ts';
import type { CloudId } from '../core/ref.ts';
import type { SpendEntry, SpentRow } from '../core/spend.ts';
import type { Moment } from './clock.ts';
import type { AuditLine, Grantor, KeptPlan, Order, StoredLease, Ticket, TicketOutcome } from './records.ts';

/** How long a reservation lasts once its order was closed or left unresolved, milliseconds. */
export const RESERVED_MS = 15 * 60 * 1000;
/**
 * How long a closed order that made nothing is kept at least, milliseconds. It is kept longer while an order of its name
 * has no known outcome.
 */
export const CLOSED_MS = 60 * 60 * 1000;
/**
 * How long one that made a thing is kept, milliseconds: what it made is no other order's, is ours to remove, and costs
 * what was agreed to where the cloud reports no price.
 */
export const MADE_MS = 90 * 24 * 60 * 60 * 1000;
/** How long a ticket can be used, and how long its outcome is remembered, milliseconds. */
export const TICKET_MS = 10 * 60 * 1000;
/** How many tickets one principal can have that were not used. The oldest gives way. */
export const MAX_TICKETS = 50;

/** What a caller's own reading of the fleet shows: refs of live pods, and those of them with a price. */
export interface Reading {
  listed: readonly string[];
  burning: readonly string[];
}

/** What is reserved and not shown by a reading. */
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
 * `full`: with these reservations it does not fit. `busy`: an order of the same tool, cloud and name is being sent.
 * `blocked`: something else, in words for a person, stands in the way of any spending.
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
  /** The thing whose billing is known to have ended. */
  ended: string | null;
  /** Leases of what was found; stored in the same step. A reminder replaces no lease that is there. */
  leases?: readonly Lease[];
}

/** Gated writes of every process that shares the accounts. */
export interface Orders {
  /**
   * One short exclusive step without any request to a cloud: adds up what the reading does not show, compares it with
   * the room that the caps leave above the reading (null = nothing to compare), and makes the order durable.
   */
  admit(order: NewOrder, reading: Reading, room: Reserved | null): Promise<Admission>;
  /** Closes an order and writes its audit line in one step. False: another order made that thing, and nothing was closed. */
  close(id: string, closing: Closing, line: AuditLine): Promise<boolean>;
  /** The outcome is unknown: the order stays unfinished, and any process may reconcile it. A closed one stays closed. */
  keepOpen(id: string): Promise<void>;
  /** The orders of unknown outcome that no process holds. */
  unresolved(): Promise<Order[]>;
  /** Takes one of them to reconcile it; null if another process has it or it was closed since. Give it back with `keepOpen` or `close`. */
  claim(id: string): Promise<Order | null>;
  /** Takes the orders that dead processes were sending; each is handed out once. Audit lines they owed are written. */
  claimAbandoned(): Promise<{ open: Order[]; closed: Order[] }>;
  find(id: string): Promise<Order | null>;
  /** The orders that a ticket (its key) consented to: one for each thing of its plan, as far as they were sent. */
  ofTicket(key: string): Promise<Order[]>;
  /** Orders of this tool, cloud and name, as long as they are kept. */
  named(tool: string, cloud: CloudId | null, name: string): Promise<Order[]>;
  /** What the orders of all processes made. None of these can be the result of another order. */
  createdRefs(): Promise<string[]>;
  /** Those of them that are certainly ours: what was found late may be another's. */
  ownRefs(): Promise<string[]>;
  reserved(reading: Reading): Promise<Reserved>;
}

/** Leases of every process that shares the accounts. */
export interface LeaseItems {
  /** A lease of the same pod is replaced, whoever holds it. */
  add(lease: Lease): Promise<void>;
  /** Adds a lease unless the pod has one, also one that is held. False: it has one, which was left alone. */
  addMissing(lease: Lease): Promise<boolean>;
  /** Also those that a process is ending just now. */
  all(): Promise<StoredLease[]>;
  /** Leases that nobody is ending, that are over by the clock that is ahead, and whose pause is over. */
  due(): Promise<StoredLease[]>;
  /** Takes a lease as it was read; false if another process has it or has tried to end it since. */
  claim(lease: StoredLease): Promise<boolean>;
  /** Whether this process holds the lease as it claimed it: it was neither lifted nor replaced since. */
  isHeld(lease: StoredLease): Promise<boolean>;
  /** The claimed lease is settled: forget it. One that was lifted or replaced since is left as it is. */
  end(lease: StoredLease): Promise<void>;
  /** The claimed lease is not settled: it is retried after `pause_ms`. As for `end`. */
  giveBack(lease: StoredLease, pause_ms: number): Promise<void>;
  /** The pod has no lease any more, whoever holds it. */
  lift(ref: string): Promise<void>;
}

/** What a new ticket is bound to. */
export type NewTicket = Pick<Ticket, 'way' | 'tool' | 'call' | 'principal' | 'session' | 'agreed'> & {
  key: string;
};

/** A ticket as it is now. `is_orphaned`: the process that used it is gone; `age_ms`: since it was made. */
export type TicketState = Ticket & { is_expired: boolean; is_orphaned: boolean; age_ms: number };

export interface Tickets {
  /** Returns the ISO time until which it can be used. */
  create(ticket: NewTicket): Promise<string>;
  /** Reads without using it up. Null if there is none, or its outcome is older than ten minutes. */
  find(key: string): Promise<TicketState | null>;
  /** A wrong text was typed. */
  mistyped(key: string): Promise<void>;
  /** Uses it up: true for one caller only, over all processes. */
  take(key: string): Promise<boolean>;
  /** Which order the ticket led to. */
  ordered(key: string, order: string): Promise<void>;
  /** Remembers what came of it for ten minutes. */
  complete(key: string, outcome: TicketOutcome): Promise<void>;
  /** It is not usable any more, and nothing came of it. */
  drop(key: string): Promise<void>;
}

/** Leases and unfinished orders that another cloud key made, and what is known to be that key's. */
export interface OtherKey {
  cloud: CloudId;
  /** Its fingerprint. */
  key: string;
  /** What it had or made. Where one of these is listed under the present key, both keys are of one account. */
  refs: string[];
  leases: number;
  orders: number;
}

/** Nothing of another key is acted on before it is adopted. */
export interface OtherKeys {
  all(): Promise<OtherKey[]>;
  /** Both keys are of one account: what the other one made is the present key's from now on. */
  adopt(other: OtherKey): Promise<void>;
}

/** What is left of a consent to metered calls. `grant` names it; `ends_in_ms`: until it ends, whatever is left. */
export interface AllowanceLeft {
  grant: string;
  by: Grantor;
  usd: number;
  calls: number;
  ends_in_ms: number;
}

/** What one metered call uses up: USD, or one of the calls whose price is unknown. */
export interface Use {
  usd: number;
  calls: number;
}

/** Consents to metered calls, each for so long and for so much. */
export interface Allowances {
  /** Replaces what was left. A token grants once within `for_ms`: false, and nothing is changed, if it has done so. */
  grant(key: string, grant: { by: Grantor; usd: number; calls: number; for_ms: number }): Promise<boolean>;
  /** Null if none holds. */
  find(key: string): Promise<AllowanceLeft | null>;
  /** How long until a token may grant again what lasts `for_ms`, milliseconds; 0 = it may. */
  tokenWaits(key: string, for_ms: number): Promise<number>;
  /** Uses so much up, if that is left of one that was granted in one of these ways; null, and nothing is used, otherwise. */
  draw(key: string, use: Use, by: readonly Grantor[]): Promise<AllowanceLeft | null>;
  /** Gives back what a call did not use. Does nothing once the grant was replaced. */
  giveBack(key: string, grant: string, use: Use): Promise<void>;
}

export interface Audit {
  write(line: AuditLine): Promise<void>;
}

/**
 * What was drawn, and the window after that. `paused_ms`: how long the cloud wants to be left alone; 0 = it does not.
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
  /** The cloud answered "too many": every draw is refused for so long. */
  close(key: string, for_ms: number): Promise<void>;
}

/** How long a notice is kept, milliseconds. */
export const NOTICE_MS = 24 * 60 * 60 * 1000;
/** How many notices of one account are kept: the newest. */
export const MAX_NOTICES = 50;

/** Something that a person should know, such as a lease that is over. `key`: see `noticeKey`. */
export interface Notice {
  key: string;
  text: string;
}

/** Notices of the accounts, of every process that shares them. */
export interface Notices {
  /** The same text again within a day is the same notice. `cloud`: null = of no one cloud. */
  add(cloud: CloudId | null, text: string): Promise<void>;
  /** Oldest first. If nothing is new since the last time, this sends nothing; it waits half a second at most for a server. */
  all(): Promise<Notice[]>;
  /**
   * Marks notices as told to a reader. Returns the keys that this call marked first, over all processes; all keys if the
   * store does not answer within half a second: a notice may be told twice rather than never.
   */
  tell(reader: string, keys: readonly string[]): Promise<string[]>;
}

/** Amounts that passed through the servers of the accounts, for as long as orders that made something are kept. */
export interface Spent {
  /** The same `id` again is the same amount. */
  add(id: string, entry: SpendEntry): Promise<void>;
  rows(): Promise<SpentRow[]>;
}

type KeptMax = Partial<Record<'max_bytes' | 'max_count', number>>;

/** Values kept for a while: HTTP sessions, results that were paid for. Each `touch` restarts their time. */
export interface KeptItems {
  /** The owner's oldest give way to `max_bytes`. False: this one alone is larger, or is new beside `max_count` others. */
  put(key: string, owner: string, value: unknown, for_ms: number, max?: KeptMax): Promise<boolean>;
  /** Null if there is none, it is another owner's, or its time is over. */
  get(key: string, owner: string): Promise<unknown>;
  /** `for_ms`: it is kept for so long from now on; left out = for as long as before. */
  touch(key: string, for_ms?: number): Promise<void>;
  drop(key: string): Promise<void>;
}

/** Whether what keeps the state answers. */
export type StoreState = 'new' | 'up' | 'away';

/** All state that processes must agree on. Adapters: memory (tests), files, PostgreSQL. Times are the adapter's own. */
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
  looks: SharedLooks | null;
  /** Null if a session is served by one process at a time. */
  processes: Processes | null;
  /** Runs one step alone. No request to a cloud is made inside. */
  exclusive<T>(key: string, step: () => Promise<T>): Promise<T>;
  /** Notifies every process that watches, within some seconds. A message may be lost; read again to be certain. */
  notify(topic: string, message: string): Promise<void>;
  /** Returns how to stop. */
  watch(topic: string, heard: (message: string) => void): () => void;
  /** Records that wait until the store is back. */
  waiting(): number;
  /** `new`: not reached yet; `away`: it was reached before and does not answer now. Only a server can be either. */
  state(): StoreState;
  /** Now, as a record keeps it. */
  moment(): Promise<Moment>;
  /** How long ago something in a record was, milliseconds, by a clock that never jumps. */
  elapsed(since: Moment): Promise<number>;
  /** What cannot be read or is not ours to change, in words for a person. */
  problems(): Promise<string[]>;
  close(): Promise<void>;
}
