import type { GpuError } from '../core/errors.ts';
import type { Extra, Outcome, PartEnd, Written } from '../core/outcome.ts';
import type { Permit } from '../core/permit.ts';
import type { Lease, Metered, Plan, Planned } from '../core/plan.ts';
import type { Caps, ConfirmMode } from '../core/policy.ts';
import type { CloudId } from '../core/ref.ts';
import type { Fleet } from '../core/spend.ts';
import type { Locks } from '../store/lock.ts';
import type { Store } from '../store/port.ts';
import type { Sending, Writes } from './writes.ts';

/** Who asked for a call. */
export interface Caller {
  /** Whose tickets and allowances count; the same after a restart. */
  principal: string;
  session: string;
  /** A person can be shown a form. */
  can_ask: boolean;
}

/** How long a client took to answer, milliseconds. */
export interface Timing {
  /** Null = not measured: the time since the ticket's question was asked counts, less `held_ms`. */
  after_ms: number | null;
  /** For how long the server has had the answer; left out = it came just now. */
  held_ms?: number;
}

/** What a person did with a question, as the client reported it: its time counts. `empty`: accepted without the text. */
export type PersonReply = { kind: 'typed'; text: string } | { kind: 'empty' | 'declined' | 'dismissed' };

/**
 * The answer to the question of a ticket. `unshown`: the client declared that it can ask, but answered with an error;
 * `unanswered`: the ticket came back alone; `cancelled`: the call was cancelled before there was an answer.
 */
export type Answer =
  | (PersonReply & Timing & { ticket: string })
  | { kind: 'expired' | 'unshown' | 'unanswered' | 'cancelled'; ticket: string }
  | { kind: 'token'; ticket: string; user_reply: string | undefined };

/** A form for a person. */
export interface Question {
  message: string;
  /** What to type. */
  challenge: string;
  /** The field's own description, for clients that show little else. */
  description: string;
}

/** What the gate knows of an action. */
interface Action {
  effect: 'read' | GateCall['effect'];
  /** It is sent even if its order cannot be recorded. */
  endsCosts: boolean;
}

/** What the gate needs for one credential. */
export interface GateDeps {
  mode: ConfirmMode;
  read_only: boolean;
  caps: Caps;
  /** USD of metered calls that one consent covers for a day; 0 = each call asks. */
  use_allowance_usd: number;
  /** What the action of a plan does, by its name, which is that of a tool. */
  actions: ReadonlyMap<string, Action>;
  /** The name of the account on a cloud. */
  account: (cloud: CloudId) => string;
  store: Store;
  /** One write at a time for one thing, within this process. */
  locks: Locks;
  /** The writes that the end of the process waits for. */
  writes: Writes;
  redact: (text: string) => string;
  now: () => Date;
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  log: (event: { level: 'info' | 'warn' | 'error'; msg: string; [field: string]: unknown }) => void;
}

/** What is known when the result of a write is searched for. */
interface ReconcileFacts {
  /** Only this order can have made what is found: no other order of its name has an unknown outcome. */
  isProven: boolean;
  /** The cloud accepted the write; false if its reply was lost. */
  isAccepted: boolean;
}

/** What an order and its audit line record of a call. */
export type RecordedCall = Pick<GateCall, 'tool' | 'effect' | 'input' | 'name' | 'target' | 'caller'>;

/** One call on its way through the gate. */
export interface GateCall {
  tool: string;
  effect: 'use' | 'change' | 'spend' | 'interrupt' | 'destroy';
  input: Record<string, unknown>;
  /** The name that the new thing will have; null if the call names none. */
  name: string | null;
  /** The thing that the call is about, as its input names it. */
  target: string | null;
  caller: Caller;
  signal: AbortSignal;
  /** `begin` is called before anything is sent. */
  sending: Pick<Sending, 'begin'>;
  /** Null for tools that need no consent. `agreed`: the facts of the agreed plan, when it is read again before the write. */
  plan: ((agreed: Planned['facts'] | null) => Promise<Planned>) | null;
  /** When names of this call were looked up, whose replies the first plan uses, milliseconds (wall clock); null = none were. */
  named_at: number | null;
  /** Only show the plan. */
  dry_run: boolean;
  /** Null for what is not billed by the call. */
  metered: Metered | null;
  run: (permit: Permit, planned: Planned | null) => Promise<Written<unknown>>;
  /**
   * Reads once what became of a write, with a signal of its own, because the call's may be aborted. Null if nothing can be
   * read. If `facts.isProven` is false, what is found may be another's, so it gets no lease and is not booked.
   */
  reconcile:
    | ((planned: Planned | null, signal: AbortSignal, facts: ReconcileFacts) => Promise<Outcome<unknown>>)
    | null;
  /** The result of a plan with parts, of which `run` and `reconcile` get one at a time; null for all other tools. */
  combine: ((planned: Planned, ends: readonly PartEnd[]) => unknown) | null;
  fleet: () => Promise<Fleet>;
  progress: (done: number, total: number | null, message: string) => void;
}

/**
 * A write that took effect. `ref`: what was made or acted on. `repeated_at`: the time of the write, if this is a repeated
 * result. `usd`: what a metered call cost, if its reply reports it.
 */
export interface Done {
  kind: 'done';
  output: unknown;
  ref: string | null;
  extras: Extra[];
  reconciled: boolean;
  /** The leases of what was found; stored when the order is closed. */
  leases?: readonly Lease[];
  repeated_at?: string;
  usd?: number;
}

/** How the agent hands the user's consent back. `reply`: what the user has to say; null = nothing (mode `token`). */
export interface Confirmation {
  token: string;
  expires_at: string;
  reply: string | null;
}

/**
 * How a call left the gate. `ask`: the front asks a person and calls again with the answer. `pending`: nothing was
 * done; `changes` names what changed since a plan was agreed to. `shown`: the plan of a dry run. `working`: another call
 * with this ticket is still running.
 */
export type GateOutcome =
  | Done
  | { kind: 'ask'; plan: Plan; question: Question; ticket: string }
  | { kind: 'pending'; plan: Plan; changes: string[]; confirmation: Confirmation | null }
  | { kind: 'shown'; plan: Plan }
  | { kind: 'working'; plan: Plan; way: 'form' | 'agent' }
  | { kind: 'refused'; error: GpuError };
