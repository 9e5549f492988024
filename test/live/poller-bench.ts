import type { Cloud, Io } from '../../src/core/cloud.ts';
import { GpuError } from '../../src/core/errors.ts';
import type { Pod } from '../../src/core/model.ts';
import { createPoller, type Poller } from '../../src/live/poller/poller.ts';
import { createBudget } from '../../src/outbound/budget.ts';
import { createVirtualTime, type VirtualTime } from '../../testbed/virtual-time.ts';
import { call, createLocalBudget, reply } from '../outbound/fixtures.ts';
import { fakeCloud } from '../tools/fake-context.ts';
import { pod } from '../tools/fake-pods.ts';

/** One request as the fake cloud saw it; `at` in seconds since the start. */
export interface Seen {
  at: number;
  what: string;
}

/** A poller on one fake cloud, on a stopped clock. */
export interface PollerBench {
  poller: Poller;
  time: VirtualTime;
  requests: Seen[];
  /** When lists were asked for, seconds. */
  polls(): number[];
  set(id: string, change?: Partial<Pod>): void;
  drop(id: string): void;
  /** Pods that the list leaves out though they live. */
  hidden: Set<string>;
  /** Pods that only a complete list shows. */
  cut: Set<string>;
  /** Thrown by complete lists while set. */
  proof: { error: GpuError | null };
  /** Thrown by every list while set. */
  failing: { error: Error | null };
  /** What the poller logged. */
  logs: Record<string, unknown>[];
  /** Thrown by every detail while set. */
  refusing: { error: GpuError | null };
  /** Reads of others, counted by the same budget. */
  others(count: number): Promise<void>;
  ios: Io[];
}

const START = Date.parse('2026-03-28T14:00:00Z');

interface BenchOptions {
  random?: () => number;
  /** How many requests an hour the cloud allows; null = no documented limit. */
  perHour?: number | null;
}

/** A bench whose requests go through a real budget. */
export function pollerBench({ random = () => 0.5, perHour = null }: BenchOptions = {}): PollerBench {
  let now = START;
  const clock = {
    now: () => now,
    advance: (seconds: number) => {
      now = Math.round(now + seconds * 1000);
    },
  };
  const pods = new Map<string, Pod>();
  const requests: Seen[] = [];
  const ios: Io[] = [];
  const hidden = new Set<string>();
  const cut = new Set<string>();
  const proof: PollerBench['proof'] = { error: null };
  const failing: PollerBench['failing'] = { error: null };
  const refusing: PollerBench['refusing'] = { error: null };
  const logs: PollerBench['logs'] = [];
  const budget = createBudget({
    perHour,
    store: createLocalBudget(clock.now),
    now: clock.now,
    monotonic: clock.now,
  });
  const send = budget.layer(async () => reply(200));
  const ask = async (what: string, io: Io) => {
    await send(call({ io }));
    requests.push({ at: (now - START) / 1000, what });
    ios.push(io);
  };
  const base = fakeCloud('volt', {});
  const cloud: Cloud = {
    ...base,
    budget: budget.state,
    pods: {
      ...base.pods,
      list: async (io) => {
        const isWhole = io.purpose === 'gate';
        await ask(isWhole ? 'whole list' : 'list', io);
        const error = failing.error ?? (isWhole ? proof.error : null);
        if (error !== null) throw error;
        return [...pods.values()].filter(({ id }) => !hidden.has(id) && (isWhole || !cut.has(id)));
      },
      get: async (io, id) => {
        await ask(`get ${id}`, io);
        if (refusing.error !== null) throw refusing.error;
        const found = pods.get(id);
        if (found === undefined) throw new GpuError('not_found', 'gone');
        return { ...found, ssh_key_ids: ['key_1'], total_cost_usd: 1 };
      },
    },
  };
  const clouds = { ids: ['volt'] as const, knows: () => true, get: () => cloud, all: () => [cloud] };
  let poller: Poller | null = null;
  const time = createVirtualTime(clock, async () => poller?.idle());
  poller = createPoller(clouds, {
    monotonic: clock.now,
    random,
    schedule: time.schedule,
    log: (event) => void logs.push({ ...event }),
  });
  return {
    poller,
    time,
    requests,
    polls: () => requests.filter(({ what }) => what === 'list').map(({ at }) => at),
    set: (id, change = {}) =>
      pods.set(id, { ...(pods.get(id) ?? pod('volt', id, { name: id, ssh_key_ids: null })), ...change }),
    drop: (id) => pods.delete(id),
    hidden,
    cut,
    proof,
    failing,
    logs,
    refusing,
    others: async (count) => {
      for (let n = 0; n < count; n += 1) await send(call());
    },
    ios,
  };
}

/** The distances between numbers in order. */
export const gaps = (numbers: readonly number[]): number[] =>
  numbers.slice(1).map((at, place) => at - (numbers[place] ?? 0));
