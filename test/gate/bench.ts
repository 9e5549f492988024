import { GpuError } from '../../src/core/errors.ts';
import type { Fleet } from '../../src/core/fleet.ts';
import type { Planned } from '../../src/core/plan.ts';
import type { GateCall, GateDeps, Reply } from '../../src/gate/deps.ts';
import { passGate } from '../../src/gate/pass.ts';
import { createLocks } from '../../src/store/lock.ts';
import type { AuditLine } from '../../src/store/records.ts';
import { createReservations } from '../../src/store/reservations.ts';
import { createTokenBox } from '../../src/store/token.ts';
import { CAPS, fleetOf, NOON, planned } from './fixtures.ts';

/** What a test of the gate may replace. */
export interface BenchOptions {
  call?: Partial<GateCall>;
  deps?: Partial<GateDeps>;
  /** The plans in the order in which they are read; the last one stands. Default: always the same. */
  plans?: Planned[];
  /** What the person answers; left out, the client cannot ask. */
  reply?: Reply | (() => Reply | Promise<Reply>);
  fleet?: Fleet;
}

/** A gate with everything real but the disk, the clock and the cloud; `seen` tells what happened, in order. */
export function gateBench({
  call = {},
  deps = {},
  plans = [planned()],
  reply,
  fleet = fleetOf(),
}: BenchOptions = {}) {
  let now = NOON;
  let read = 0;
  const seen: string[] = [];
  const audited: AuditLine[] = [];
  const logged: string[] = [];
  const gate: GateDeps = {
    mode: 'auto',
    read_only: false,
    caps: CAPS,
    tokens: createTokenBox(() => now),
    locks: createLocks(),
    reservations: createReservations(() => now),
    journal: {
      open: async ({ tool }) => {
        seen.push(`open ${tool}`);
        return 'intent-1';
      },
      close: async ({ outcome, ref }) => {
        seen.push(`close ${outcome} ${ref}`);
      },
      leave: (id) => {
        seen.push(`leave ${id}`);
      },
      left: () => [],
      refs: () => [],
      abandoned: async () => [],
    },
    audit: {
      write: async (line) => {
        audited.push(line);
      },
    },
    now: () => new Date(now),
    sleep: async (ms) => {
      now += ms;
    },
    log: ({ msg }) => {
      logged.push(msg);
    },
    ...deps,
  };
  const question: GateCall = {
    tool: 'create_pod',
    spends: true,
    input: { name: 'trainer' },
    token: undefined,
    session: {
      id: 'session-1',
      can_ask: reply !== undefined,
      ask: async (message) => {
        seen.push(`ask: ${message.split('\n').at(-1)}`);
        return (typeof reply === 'function' ? await reply() : reply) ?? { kind: 'dismissed' };
      },
    },
    signal: new AbortController().signal,
    plan: async () => {
      read += 1;
      return plans[Math.min(read, plans.length) - 1] ?? planned();
    },
    run: async () => {
      seen.push('run');
      return { done: { ref: 'volt:pod:new' }, ref: 'volt:pod:new' };
    },
    reconcile: null,
    fleet: async () => fleet,
    ...call,
  };
  return {
    gate,
    seen,
    audited,
    logged,
    reserved: () => gate.reservations.onto(fleetOf()).reserved,
    pass: (more: Partial<GateCall> = {}) => passGate({ ...question, ...more }, gate),
    /** The error that the call ends in; fails where it ends in none. */
    async refusal(more: Partial<GateCall> = {}): Promise<GpuError> {
      const error: unknown = await passGate({ ...question, ...more }, gate).then(
        (outcome) => outcome,
        (thrown: unknown) => thrown,
      );
      if (error instanceof GpuError) return error;
      throw new Error(`expected a GpuError, got ${JSON.stringify(error)}`);
    },
  };
}

/** A person who types what the plan of the fixtures asks for. */
export const YES: Reply = { kind: 'typed', text: '0.39' };
