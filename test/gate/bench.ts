import type { GpuError } from '../../src/core/errors.ts';
import type { Planned } from '../../src/core/plan.ts';
import type { Fleet } from '../../src/core/spend.ts';
import { readingOf } from '../../src/gate/admission.ts';
import type { Answer, GateCall, GateDeps, GateOutcome } from '../../src/gate/deps.ts';
import { gatedCall } from '../../src/gate/gated-call.ts';
import { createWrites } from '../../src/gate/writes.ts';
import { createLocks } from '../../src/store/lock.ts';
import { createMemoryState, createMemoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/port.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { challengeOf } from '../../testbed/challenge.ts';
import { CAPS, fleetOf, NOON, planned } from './fixtures.ts';

/** What a person does with a form, and how long it takes, milliseconds. */
export type Reply =
  | { kind: 'typed'; text: string; after_ms?: number }
  | { kind: 'empty' | 'declined' | 'dismissed'; after_ms?: number }
  | { kind: 'expired' | 'unshown' | 'cancelled' };

/** What a test of the gate may replace. */
export interface BenchOptions {
  call?: Partial<GateCall>;
  deps?: Partial<GateDeps>;
  /** The plans in the order in which they are read; the last one is repeated. Default: always the same. */
  plans?: Planned[];
  /** What the person answers, in turn; left out, the client cannot ask. */
  reply?: Reply | (() => Reply | Promise<Reply>);
  fleet?: Fleet;
  /** Parts of the store that fail. */
  orders?: Partial<Store['orders']>;
  audit?: Store['audit'];
  /** How many records wait for the store. */
  waiting?: number;
}

/** A store that records in `seen`, in order, what becomes of orders. */
function watched(store: Store, seen: string[], { orders, audit, waiting = 0 }: BenchOptions): Store {
  return {
    ...store,
    waiting: () => waiting,
    ...(audit !== undefined && { audit }),
    orders: {
      ...store.orders,
      admit: async (order, ...rest) => {
        const admission = await store.orders.admit(order, ...rest);
        if (admission.kind === 'admitted') seen.push(`open ${order.tool}`);
        return admission;
      },
      close: async (id, closing, line) => {
        const closed = await store.orders.close(id, closing, line);
        seen.push(`close ${closing.outcome} ${closing.ref}`);
        return closed;
      },
      keepOpen: async (id) => {
        await store.orders.keepOpen(id);
        seen.push('keep open');
      },
      ...orders,
    },
  };
}

/** A gate with everything real but the disk, the clock and the cloud; `seen` lists what happened, in order. */
export function gateBench(options: BenchOptions = {}) {
  const { call = {}, deps = {}, plans = [planned()], reply, fleet = fleetOf() } = options;
  let now = NOON;
  let read = 0;
  const seen: string[] = [];
  const logged: string[] = [];
  const state = createMemoryState();
  const clock = { boot: 'boot', wall: () => now, mono: () => now };
  const gate: GateDeps = {
    mode: 'auto',
    read_only: false,
    caps: CAPS,
    use_allowance_usd: 1,
    actions: new Map(TOOLS.map((tool) => [tool.name, tool])),
    account: (cloud) => `${cloud} account`,
    store: watched(createMemoryStore({ state, clock }), seen, options),
    locks: createLocks(),
    writes: createWrites(),
    redact: (text) => text,
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
    effect: 'spend',
    input: { name: 'trainer' },
    name: 'trainer',
    target: null,
    caller: { principal: 'anna', session: 'session-1', can_ask: reply !== undefined },
    signal: new AbortController().signal,
    sending: { begin: () => {} },
    plan: async () => {
      read += 1;
      return plans[Math.min(read, plans.length) - 1] ?? planned();
    },
    named_at: null,
    run: async () => {
      seen.push('run');
      return { done: { ref: 'volt:pod:new' }, ref: 'volt:pod:new' };
    },
    reconcile: null,
    combine: null,
    dry_run: false,
    metered: null,
    fleet: async () => fleet,
    progress: () => {},
    ...call,
  };
  const answered = async (ticket: string): Promise<Answer> => {
    const given = (typeof reply === 'function' ? await reply() : reply) ?? NOTHING;
    switch (given.kind) {
      case 'typed':
      case 'empty':
      case 'declined':
      case 'dismissed':
        return { ...given, ticket, after_ms: given.after_ms ?? 2000 };
      default:
        return { kind: given.kind, ticket };
    }
  };
  /** One step, as a front makes it. */
  const step = (answer: Answer | null = null, more: Partial<GateCall> = {}): Promise<GateOutcome> =>
    gatedCall({ ...question, ...more }, answer, gate);
  /** The whole call with the person's answers, as a front that pushes questions makes it. */
  const pass = async (more: Partial<GateCall> = {}, first: Answer | null = null): Promise<GateOutcome> => {
    let outcome = await step(first, more);
    while (outcome.kind === 'ask') {
      seen.push(`ask ${challengeOf(outcome.question.message)}`);
      outcome = await step(await answered(outcome.ticket), more);
    }
    return outcome;
  };
  return {
    gate,
    seen,
    audited: state.lines,
    logged,
    step,
    pass,
    advance: (ms: number) => {
      now += ms;
    },
    reserved: (shown: Fleet = fleetOf()) => gate.store.orders.reserved(readingOf(shown)),
    /** The error that the call ends in. @throws if the call was not refused */
    async refusal(more: Partial<GateCall> = {}, first: Answer | null = null): Promise<GpuError> {
      const outcome = await pass(more, first);
      if (outcome.kind === 'refused') return outcome.error;
      throw new Error(`expected a refusal, got ${JSON.stringify(outcome)}`);
    },
    /** The plan that a client which cannot ask gets, with its token. */
    async handedOut(more: Partial<GateCall> = {}) {
      const outcome = await step(null, more);
      if (outcome.kind !== 'pending' || outcome.confirmation === null) throw new Error('expected a token');
      return outcome.confirmation;
    },
  };
}

const NOTHING: Reply = { kind: 'dismissed' };

/** A person who types what the plan of the fixtures asks for. */
export const YES: Reply = { kind: 'typed', text: '0.39' };

/** A token with what the user is said to have replied. */
export const byToken = (ticket: string, user_reply: string | undefined = '0.39'): Answer => ({
  kind: 'token',
  ticket,
  user_reply,
});
