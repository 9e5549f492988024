import type { Caps } from '../core/context.ts';
import type { Fleet } from '../core/fleet.ts';
import type { Extra, Outcome, Written } from '../core/outcome.ts';
import type { Permit } from '../core/permit.ts';
import type { Plan, Planned } from '../core/plan.ts';
import type { ConfirmMode } from '../core/policy.ts';
import type { AuditLog } from '../store/audit.ts';
import type { Journal } from '../store/journal.ts';
import type { Locks } from '../store/lock.ts';
import type { Reservations } from '../store/reservations.ts';
import type { TokenBox } from '../store/token.ts';

/** What a person answered, as the client reported it. */
export type Reply =
  | { kind: 'typed'; text: string }
  | { kind: 'declined' }
  | { kind: 'dismissed' }
  | { kind: 'expired' }
  | { kind: 'unshown' };

/** The other end of a call: who asked for it, and whether a person can be asked. */
export interface Session {
  id: string;
  can_ask: boolean;
  /** Shows the message and waits for one typed line. Rejects when the call is cancelled. */
  ask(message: string, challenge: string): Promise<Reply>;
}

/** What the gate keeps for one credential, for the life of the process. */
export interface GateDeps {
  mode: ConfirmMode;
  read_only: boolean;
  caps: Caps;
  tokens: TokenBox;
  locks: Locks;
  reservations: Reservations;
  journal: Journal;
  audit: AuditLog;
  now: () => Date;
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  log: (event: { level: 'info' | 'warn' | 'error'; msg: string; [field: string]: unknown }) => void;
}

/** One call on its way through the gate. */
export interface GateCall {
  tool: string;
  spends: boolean;
  input: Record<string, unknown>;
  token: string | undefined;
  session: Session;
  signal: AbortSignal;
  /** Null for tools that run unconfirmed. */
  plan: (() => Promise<Planned>) | null;
  run: (permit: Permit, planned: Planned | null) => Promise<Written<unknown>>;
  /** One reading after a lost reply, with a signal of its own, because the call's may be aborted. Null if nothing can be read. */
  reconcile: ((planned: Planned | null, signal: AbortSignal) => Promise<Outcome<unknown>>) | null;
  fleet: () => Promise<Fleet>;
}

/** How a call left the gate. `done`: `ref` is the thing that was made or acted on. `pending`: nothing was done; `changes` says why an agreed plan no longer holds. */
export type GateOutcome =
  | { kind: 'done'; output: unknown; ref: string | null; extras: Extra[]; reconciled: boolean }
  | {
      kind: 'pending';
      plan: Plan;
      changes: string[];
      confirmation: { token: string; expires_at: string } | null;
    };
