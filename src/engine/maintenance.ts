import type { Io } from '../core/cloud.ts';
import type { OtherKey } from '../store/port.ts';
import { endDueLeases } from './lease-endings.ts';
import { recheckUnresolved, recoverAbandoned } from './recover.ts';
import type { Runtime } from './runtime.ts';

/** Interval between two searches for things of another key, milliseconds. */
const LOOK_MS = 10 * 60 * 1000;
const TIMEOUT_MS = 30_000;

const countOf = ({ leases, orders }: OtherKey): string =>
  [
    leases === 0 ? null : leases === 1 ? '1 lease' : `${leases} leases`,
    orders === 0 ? null : orders === 1 ? '1 unfinished order' : `${orders} unfinished orders`,
  ]
    .filter((part) => part !== null)
    .join(' and ');

/** Time of the last search for things of each other key. */
export type Looked = Map<string, number>;

/**
 * Leases and orders that another key of a cloud made are taken over once a thing of that key is listed under the
 * present one: then both are keys of one account. Until then they are left alone, and a notice says so.
 */
async function adoptOtherKeys(
  { clouds, gate, monotonic, notices }: Pick<Runtime, 'clouds' | 'gate' | 'monotonic' | 'notices'>,
  looked: Looked,
): Promise<void> {
  for (const other of await gate.store.otherKeys.all()) {
    const { cloud: id, key, refs } = other;
    const since = looked.get(`${id} ${key}`);
    if (since !== undefined && monotonic() - since < LOOK_MS) continue;
    looked.set(`${id} ${key}`, monotonic());
    const cloud = clouds.get(id);
    const io: Io = { signal: AbortSignal.timeout(TIMEOUT_MS), fresh: true };
    const [pods, jobs] = await Promise.all([cloud.pods.list(io), cloud.jobs?.list(io) ?? []]);
    const isSame = [...pods, ...jobs].some(({ ref }) => refs.includes(ref));
    if (isSame) await gate.store.otherKeys.adopt(other);
    notices.add(
      id,
      isSame
        ? `The key of ${cloud.title} has changed, and the account is the same: ${countOf(other)} of the earlier key go on.`
        : `State of this server: ${countOf(other)} on ${cloud.title} were made with another key, and none of their things is listed under the present one: they are left alone. If it was another account, run a server with its key until they are over.`,
    );
  }
}

const EVERY_MS = 30_000;

/** One round: what another key of the account left, orders whose outcome is still unknown, paid results that are a week old, then pods whose lease is over. Never rejects. */
export async function runMaintenance(runtime: Runtime, looked: Looked = new Map()): Promise<void> {
  const { clouds, gate, notices } = runtime;
  for (const [what, task] of [
    ['records of other keys could not be read', () => adoptOtherKeys(runtime, looked)],
    ['orders of previous runs could not be reconciled', () => recoverAbandoned(runtime)],
    ['open orders could not be reconciled', () => recheckUnresolved(runtime)],
    ['old paid results could not be removed', () => runtime.files.removeOld()],
    ['leases could not be checked', () => endDueLeases({ clouds, gate, notify: notices.add })],
  ] as const) {
    await task().catch((error: unknown) =>
      runtime.log({ level: 'error', msg: what, error: error instanceof Error ? error.message : 'unknown' }),
    );
  }
}

/** The maintenance of one runtime. */
export interface Maintenance {
  /** A round is under way: it may have sent a stop whose reply is still to come. */
  isBusy(): boolean;
  /** Begins no further round. Resolves when the one under way has ended; what it uses must be there until then. */
  stop(): Promise<void>;
}

/**
 * Work that a serving process does beside calls: once, what a crash left open; then every 30 s, one round. Begins only
 * when called (a client that merely asks what this server is starts nothing).
 */
export function startMaintenance(runtime: Runtime): Maintenance {
  const looked: Looked = new Map();
  let running: Promise<void> | null = null;
  let stopped = false;
  const round = () => {
    if (running !== null || stopped) return;
    running = runMaintenance(runtime, looked).finally(() => {
      running = null;
    });
  };
  const timer = setInterval(round, EVERY_MS);
  timer.unref();
  void runtime.recover().then(round);
  return {
    isBusy: () => running !== null,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
