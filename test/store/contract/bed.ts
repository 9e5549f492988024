import { it } from 'vitest';
import type { Closing, FleetRefs, NewOrder, NewTicket, Store } from '../../../src/store/port.ts';
import type { AuditLine, KeptPlan } from '../../../src/store/records.ts';

/** One adapter with a clock that the test controls. Each store that `open` returns represents a process of its own. */
export interface StoreBed {
  /** `keys`: the fingerprint of each cloud's present key. */
  open(keys?: Readonly<Record<string, string>>): Promise<Store>;
  /** The process of this store ends as by a kill. */
  kill(store: Store): Promise<void>;
  /** Moves both clocks. */
  advance(ms: number): void;
  /** Somebody sets the wall clock; negative = back. */
  jump(ms: number): void;
  /** The store has a clock of its own, so that no jump of a process's clock is felt. */
  isOneClock?: true;
  /** The wall clock, milliseconds. */
  now(): number;
  auditLines(): Promise<AuditLine[]>;
  close(): Promise<void>;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const NONE: FleetRefs = { listed: [], burning: [] };
export const POD = 'volt:pod:new';
export const ROOM = { usd_per_hour: 1, pods: 5 };

export const keptPlan = (over: Partial<KeptPlan['plan']> = {}): KeptPlan => ({
  plan: {
    action: 'create_pod',
    ref: null,
    summary: 'Rent a machine.',
    effects: [],
    cost: {
      usd_per_hour: 0.4,
      usd_upfront: 0,
      usd_upfront_max: 0,
      basis: 'a test',
      quoted_at: '2026-03-28T12:00:00.000Z',
    },
    consequences: [],
    challenge: '0.40',
    ...over,
  },
  cloud: 'volt',
  before: [],
  facts: {},
  adds: { usd_per_hour: 0.4, usd_upfront: 0, pods: 1 },
  data: { order: 1 },
});

/** An order of a pod for $0.40 an hour, or what `over` makes of it. */
export const newOrder = (over: Partial<NewOrder> = {}): NewOrder => ({
  at: '2026-03-28T12:00:00.000Z',
  tool: 'create_pod',
  cloud: 'volt',
  principal: 'anna',
  name: null,
  target: null,
  ticket: null,
  input: { name: 'trainer' },
  planned: keptPlan(),
  adds: { usd_per_hour: 0.4, pods: 1 },
  ...over,
});

export const done = (over: Partial<Closing> = {}): Closing => ({
  outcome: 'done',
  took_effect: true,
  ref: POD,
  ended: null,
  ...over,
});

export const line = (outcome = 'done'): AuditLine => ({
  at: '2026-03-28T12:00:01.000Z',
  session: 's',
  tool: 'create_pod',
  ref: POD,
  summary: 'Rent a machine.',
  usd_per_hour: 0.4,
  usd_upfront: 0,
  answer: 'person',
  outcome,
});

export const ticket = (key: string, over: Partial<NewTicket> = {}): NewTicket => ({
  key,
  way: 'agent',
  tool: 'create_pod',
  call: 'digest',
  principal: 'anna',
  session: 's',
  agreed: { plan: keptPlan().plan, facts: {}, usd_per_hour: 0.4, usd_upfront: 0, parts: [] },
  ...over,
});

/** The id of an order that is admitted. */
export async function admitted(
  store: Store,
  order = newOrder(),
  room: typeof ROOM | null = ROOM,
): Promise<string> {
  const admission = await store.orders.admit(order, NONE, room);
  if (admission.kind !== 'admitted') throw new Error(`expected an admission, got ${admission.kind}`);
  return admission.id;
}

/** Does something after so many turns of the event loop: in the middle of something else that goes on. */
export async function after<T>(turns: number, act: () => Promise<T>): Promise<T> {
  for (let n = 0; n < turns; n += 1) await new Promise((resolve) => setImmediate(resolve));
  return act();
}

/** A test on a fresh bed with one store open. */
export const onBed =
  <B extends StoreBed>(make: () => Promise<B>) =>
  (title: string, test: (bed: B, store: Store) => Promise<void>) =>
    it(title, async () => {
      const bed = await make();
      try {
        await test(bed, await bed.open());
      } finally {
        await bed.close();
      }
    });
