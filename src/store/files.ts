import { join } from 'node:path';
import type * as z from 'zod';
import { type CloudId, parseRef } from '../core/ref.ts';
import { createAuditLog } from './audit.ts';
import { readAudit } from './audit-read.ts';
import { type Clock, systemClock } from './clock.ts';
import { createExclusive } from './exclusive.ts';
import { createHostExclusive, type LockKind } from './host-lock.ts';
import { type Identity, processIdentity } from './owner.ts';
import type { Store } from './port.ts';
import { type AuditLine, leaseSchema, orderSchema } from './records.ts';
import { type Redact, redactOrder } from './redact.ts';
import { joinShelves, type Shelf } from './shelf.ts';
import { createFolderShelf } from './shelf-files.ts';
import { createStore } from './store.ts';
import { oldJournals } from './version-1.ts';
import { withVersion1 } from './with-version-1.ts';

/** Where a store in files lies, and what a test may replace. */
export interface FileStoreOptions {
  /** The folder of each cloud's account: leases and orders go there, so that another key's are never looked at. */
  accounts: Partial<Record<CloudId, string>>;
  /** The folder of everything else. */
  shared: string;
  redact?: Redact;
  clock?: Clock;
  identity?: Identity;
  lock?: LockKind;
  /** Sees each audit line before it is written. */
  onLine?: (line: AuditLine) => void;
  /** The simulator answers: audit lines say so. */
  sandbox?: boolean;
}

const asItIs: Redact = { all: (text) => text, keys: (text) => text };

/** Ending a lease takes two minutes at most, an order some minutes. */
const MAX_AGE_MS = 60 * 60 * 1000;

/** The stores of this process that share a folder wait for each other here, so that one of them asks for its lock. */
const withinProcess = createExclusive();

/** Leases of another cloud's pods are not this account's. */
const leaseOn = (cloud: CloudId) =>
  leaseSchema.refine(({ ref }) => {
    try {
      return parseRef(ref, 'pod').cloud === cloud;
    } catch {
      return false;
    }
  });

/** Records as files (0600) in the state directory, safe between the processes of one host that use it. */
export function createFileStore(options: FileStoreOptions): Store {
  const { accounts, shared, redact = asItIs, clock = systemClock(), identity = processIdentity() } = options;
  const { onLine = () => {}, sandbox = false, lock } = options;
  const audit = createAuditLog(shared, redact.all);
  const watchers = new Set<{ topic: string; heard: (message: string) => void }>();
  const clouds = Object.keys(accounts).filter((id) => accounts[id] !== undefined);
  const [first = ''] = clouds;
  const folders = clouds.map((id) => accounts[id] ?? shared).toSorted();

  /** Takes the folders one after the other, always in the same order. */
  const alone = <T>(key: string, among: readonly string[], step: () => Promise<T>): Promise<T> => {
    const [next, ...others] = among;
    if (next === undefined) return step();
    const onHost = createHostExclusive({
      folder: next,
      identity,
      ...(lock === undefined ? {} : { kind: lock }),
    });
    return withinProcess(`${next} ${key}`, () => onHost(key, () => alone(key, others, step)));
  };
  const folderShelf = <T>(folder: string, schema: z.ZodType<T>, keyOf: (value: T) => string): Shelf<T> =>
    createFolderShelf({ folder, schema, keyOf, identity, longestMs: MAX_AGE_MS });
  /** One folder a cloud; an order on several clouds lies in the first. */
  const byCloud = <T>(make: (folder: string, cloud: CloudId) => Shelf<T>, cloudOf: (value: T) => CloudId) => {
    const shelves = new Map(clouds.map((cloud) => [cloud, make(accounts[cloud] ?? shared, cloud)]));
    return joinShelves([...shelves.values()], (value) => {
      const shelf = shelves.get(cloudOf(value));
      if (shelf === undefined) throw new Error(`this server has no account on ${cloudOf(value)}`);
      return shelf;
    });
  };
  const orders = byCloud(
    (folder) => folderShelf(join(folder, 'orders'), orderSchema, ({ id }) => id),
    ({ cloud }) => cloud ?? first,
  );
  const store = createStore({
    clock,
    exclusive: (key, step) => alone(key, key === 'orders' ? folders : [shared], step),
    orders,
    leases: byCloud(
      (folder, cloud) => folderShelf(join(folder, 'leases'), leaseOn(cloud), ({ ref }) => ref),
      ({ ref }) => parseRef(ref, 'pod').cloud,
    ),
    shelf: (name, schema, keyOf) => folderShelf(join(shared, name), schema, keyOf),
    async deliver(line, isAgain) {
      onLine(line);
      const known = isAgain && line.order !== undefined ? (await readAudit(shared)).lines : [];
      if (!known.some(({ order }) => order === line.order))
        await audit.write(sandbox ? { ...line, sandbox } : line);
    },
    redact: (order) => redactOrder(order, redact),
    async notify(topic, message) {
      for (const watcher of watchers) if (watcher.topic === topic) watcher.heard(message);
    },
    watch(topic, heard) {
      const watcher = { topic, heard };
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    close: async () => {},
  });
  const journals = clouds.map((cloud) => oldJournals(accounts[cloud] ?? shared, cloud, identity));
  return withVersion1(store, journals, (order) => orders.put(order.id, order, 'mine'));
}
