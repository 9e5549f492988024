import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from './clock.ts';
import type { Collection, Hold, RecordKind } from './collection.ts';
import type { KeyOf } from './items/orders.ts';
import { createExclusive, type Exclusive } from './lock.ts';
import type { Store } from './port.ts';
import type { AuditLine, Order } from './records.ts';
import { createStore } from './store.ts';

interface Kept {
  json: string;
  /** The store that holds it. */
  owner: string | null;
}

/** State that several stores in one process share, each acting as a process of its own. */
interface MemoryState {
  records: Map<string, Map<string, Kept>>;
  lines: AuditLine[];
  /** The stores that count as dead. */
  dead: Set<string>;
  watchers: Set<{ topic: string; receive: (message: string) => void }>;
  exclusive: Exclusive;
}

/** Empty state. */
export const createMemoryState = (): MemoryState => ({
  records: new Map(),
  lines: [],
  dead: new Set(),
  watchers: new Set(),
  exclusive: createExclusive(),
});

/** What a test may replace. */
interface MemoryOptions {
  state?: MemoryState;
  clock?: Clock;
  owner?: string;
  /** Sees each audit line before it is kept. */
  onLine?: (line: AuditLine) => void | Promise<void>;
  redact?: (order: Order) => Order;
  /** The fingerprint of the present key of a cloud. */
  keyOf?: KeyOf;
}

/** A store in memory. Records pass through JSON, as in the other stores. */
export function createMemoryStore({
  state = createMemoryState(),
  clock = systemClock(),
  owner = randomUUID(),
  onLine = () => {},
  redact = (order) => order,
  keyOf = () => null,
}: MemoryOptions = {}): Store {
  const holdOf = (by: string | null): Hold => {
    if (by === null) return 'free';
    if (by === owner) return 'mine';
    return state.dead.has(by) ? 'orphaned' : 'theirs';
  };
  const collection = <T>({ name, schema }: RecordKind<T>): Collection<T> => {
    const kept = state.records.get(name) ?? new Map<string, Kept>();
    state.records.set(name, kept);
    const rowOf = (key: string, { json, owner: by }: Kept) => ({
      key,
      value: schema.parse(JSON.parse(json)),
      hold: holdOf(by),
    });
    return {
      rows: async () => [...kept].map(([key, row]) => rowOf(key, row)),
      find: async (key) => {
        const row = kept.get(key);
        return row === undefined ? null : rowOf(key, row);
      },
      put: async (key, value, hold) => {
        kept.set(key, { json: JSON.stringify(value), owner: hold === 'mine' ? owner : null });
      },
      take: async (key) => {
        const row = kept.get(key);
        if (row === undefined || !['free', 'orphaned'].includes(holdOf(row.owner))) return null;
        kept.set(key, { ...row, owner });
        return rowOf(key, row).value;
      },
      drop: async (key) => {
        kept.delete(key);
      },
      problems: async () => [],
    };
  };
  return createStore({
    clock,
    keyOf,
    redact,
    exclusive: state.exclusive,
    onAccounts: state.exclusive,
    collection,
    async deliver(line, isAgain) {
      await onLine(line);
      if (isAgain && state.lines.some(({ order }) => order !== undefined && order === line.order)) return;
      state.lines.push(line);
    },
    async notify(topic, message) {
      for (const watcher of state.watchers) if (watcher.topic === topic) watcher.receive(message);
    },
    watch(topic, receive) {
      const watcher = { topic, receive };
      state.watchers.add(watcher);
      return () => state.watchers.delete(watcher);
    },
    close: async () => {},
  });
}
