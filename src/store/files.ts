import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../core/live.ts';
import type { CloudId } from '../core/ref.ts';
import { createAuditLog, readAudit } from './audit.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Collection, joinCollections, type RecordKind } from './collection.ts';
import { createFolderCollection } from './folder-collection.ts';
import { createHostExclusive, type LockKind } from './host-lock.ts';
import { type Identity, livingIn, processIdentity } from './identity.ts';
import { dueIn } from './items/leases.ts';
import type { KeyedCollections } from './items/other-keys.ts';
import { createLocalLeases, type LeaseRead, withLocalClaims } from './local-leases.ts';
import { withLocalTickets } from './local-tickets.ts';
import { createExclusive } from './lock.ts';
import { createFileOutbox } from './outbox-files.ts';
import type { NewOrder, Store } from './port.ts';
import { type AuditLine, RECORDS } from './records.ts';
import { AS_IT_IS, type Redact, redactOrder } from './redact.ts';
import { createStore } from './store.ts';
import { oldJournals } from './version-1.ts';

/** Whose state a store keeps and where, and what a test may replace. Stores that are not in files use the names of the folders. */
export interface StoreOptions {
  /** The folder of each cloud's account, for its leases and orders. */
  accounts: Partial<Record<CloudId, string>>;
  /** The folder of everything else. */
  shared: string;
  /** The fingerprint of each cloud's present key: records of another key are left alone until they are adopted. */
  keys?: Partial<Record<CloudId, string>>;
  /** Folders named after the present key, from before the account had a name. They belong to the account, too. */
  unnamed?: Partial<Record<CloudId, string>>;
  /** The folder of all accounts' folders, which is searched for those of former keys. */
  allAccounts?: string;
  redact?: Redact;
  clock?: Clock;
  identity?: Identity;
  lock?: LockKind;
  /** Is told of faults that are no problem of a record: by default nobody is. */
  log?: Log;
  /** Sees each audit line before it is written. */
  onLine?: (line: AuditLine) => void;
  /** A simulator answers; audit lines record it. */
  sandbox?: boolean;
  /** Days that a database keeps audit lines; null or left out = for ever. Files keep the last 10 MiB. */
  auditDays?: number | null;
}

/** A folder that is named after a key. */
const KEY_FOLDER = /^[0-9a-f]{16}$/;

/** Stores of this process that share a folder wait for each other here, so that only one of them asks for its lock. */
const withinProcess = createExclusive();

/** A kind of which only records of these clouds count: another one, or one that names no cloud as it must, is no record here. */
function onClouds<T>(kind: RecordKind<T>, clouds: readonly CloudId[]): RecordKind<T> {
  const isOurs = (value: T): boolean => {
    try {
      const cloud = kind.cloudOf?.(value) ?? null;
      return cloud === null || clouds.includes(cloud);
    } catch {
      return false;
    }
  };
  return { ...kind, schema: kind.schema.refine(isOurs) };
}

/** True for an order that costs nothing. */
const isFree = ({ planned: { adds } }: NewOrder): boolean =>
  adds.usd_per_hour === 0 && adds.usd_upfront === 0 && adds.pods === 0;

const NAMELESS =
  'Another server uses the same key without GPU_MCP_ACCOUNT, and neither sees the orders of the other. The operator can give both the same name.';

const elsewhereWords = (folder: string): string =>
  `A server on another host or in another container also uses ${folder} (its heartbeat changes), and file locks do not work between them: nothing that spends is sent. The operator can give all of them one PostgreSQL (GPU_MCP_STORE_URL), or each its own GPU_MCP_STATE_DIR.`;

/** Records as files (0600) in the state directory, safe between the processes of one host that use it. */
export function createFileStore(options: StoreOptions): Store {
  const { accounts, shared, keys = {}, unnamed = {}, redact = AS_IT_IS, clock = systemClock() } = options;
  const { onLine = () => {}, log = () => {}, sandbox = false, lock } = options;
  const clouds = Object.keys(accounts).filter((id) => accounts[id] !== undefined);
  const [first = ''] = clouds;
  const folderOf = (cloud: CloudId) => accounts[cloud] ?? shared;
  const foldersOf = (cloud: CloudId) => [
    folderOf(cloud),
    ...(unnamed[cloud] === undefined ? [] : [unnamed[cloud]]),
  ];
  const folders = [...new Set(clouds.flatMap(foldersOf))].toSorted();
  const { identity = processIdentity([...folders, shared]) } = options;
  const audit = createAuditLog(shared, redact.all);
  const outbox = createFileOutbox(join(shared, 'messages'), identity.owner);

  /** Runs a step while it holds the locks of all folders, which are always taken in the same order. */
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
  const inFolder = <T>(folder: string, kind: RecordKind<T>): Collection<T> =>
    createFolderCollection({ ...kind, folder: join(folder, kind.name), identity });
  /** One collection for each cloud; a record of several clouds is kept with the first. */
  const collection = <T>(kind: RecordKind<T>): Collection<T> => {
    const { cloudOf } = kind;
    if (cloudOf === undefined) return inFolder(shared, kind);
    const collections = new Map(
      clouds.map((cloud) => {
        const all = foldersOf(cloud).map((folder) => inFolder(folder, onClouds(kind, [cloud])));
        return [cloud, all] as const;
      }),
    );
    return joinCollections([...collections.values()].flat(), (value) => {
      const cloud = cloudOf(value) ?? first;
      const [place] = collections.get(cloud) ?? [];
      if (place === undefined) throw new Error(`this server has no account on ${cloud}`);
      return place;
    });
  };
  const siblings = async (): Promise<KeyedCollections[]> => {
    const { allAccounts } = options;
    if (allAccounts === undefined) return [];
    const names = await readdir(allAccounts).catch((): string[] => []);
    const places: KeyedCollections[] = [];
    for (const name of names) {
      const folder = join(allAccounts, name);
      if (!KEY_FOLDER.test(name) || folders.includes(folder) || (await livingIn(folder)).length > 0) continue;
      places.push({
        orders: inFolder(folder, RECORDS.orders),
        leases: inFolder(folder, onClouds(RECORDS.leases, clouds)),
        key: name,
      });
    }
    return places;
  };
  const store = createStore({
    clock,
    keyOf: (cloud) => (cloud === null ? null : (keys[cloud] ?? null)),
    siblings,
    exclusive: (key, step) => alone(key, [shared], step),
    onAccounts: (key, step) => alone(key, folders, step),
    collection,
    async deliver(line, isAgain) {
      onLine(line);
      const known = isAgain && line.order !== undefined ? (await readAudit(shared)).lines : [];
      if (!known.some(({ order }) => order === line.order))
        await audit.write(sandbox ? { ...line, sandbox } : line);
    },
    redact: (order) => redactOrder(order, redact),
    notify: outbox.notify,
    watch: outbox.watch,
    async close() {
      await outbox.close();
      await identity.leave();
    },
  });
  const others = async () => ((await identity.elsewhere()).length > 0 ? elsewhereWords(shared) : null);
  /** Why nothing is bought while a server with the same key runs without the account's name: it does not see the account's orders. */
  const nameless = async () => {
    const named = new Set((await Promise.all(clouds.map(folderOf).map(livingIn))).flat());
    const all = await Promise.all(Object.values(unnamed).map((folder = '') => livingIn(folder)));
    return all.flat().every((owner) => named.has(owner)) ? null : NAMELESS;
  };
  const journals = oldJournals(
    clouds.flatMap((cloud) => foldersOf(cloud).map((folder) => [cloud, folder] as [CloudId, string])),
    identity,
  );
  const leasesNow = async (): Promise<[LeaseRead[], string[]]> => {
    const living = await Promise.all(folders.map(livingIn));
    const all = await store.leases.all();
    return [all.map((lease) => ({ lease, due_in_ms: dueIn(lease, clock) })), [...new Set(living.flat())]];
  };
  const orders = collection(RECORDS.orders);
  const whyBlocked = async () => {
    await identity.appear();
    return (await others()) ?? (await nameless()) ?? journals.whyBlocked();
  };
  return {
    ...store,
    tickets: withLocalTickets(store.tickets, log),
    leases: withLocalClaims(store.leases, createLocalLeases(clock, identity.owner), leasesNow),
    orders: {
      ...store.orders,
      async admit(order, reading, room) {
        const why = isFree(order) ? null : await whyBlocked();
        return why === null ? store.orders.admit(order, reading, room) : { kind: 'blocked', why };
      },
      async claimAbandoned() {
        const imported = await journals.import((order) => orders.put(order.id, order, 'mine'));
        const { open, closed } = await store.orders.claimAbandoned();
        // A process with leases to end makes itself known to the others before it orders anything.
        if ((await store.leases.all()).length > 0) await identity.appear().catch(() => {});
        return { open: [...imported, ...open], closed };
      },
    },
    problems: async () => [
      ...[await others()].filter((words) => words !== null),
      ...(await store.problems()),
      ...(await journals.problems()),
    ],
  };
}
