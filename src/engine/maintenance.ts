import type { Io } from '../core/cloud.ts';
import { messageOf } from '../core/errors.ts';
import { endDueLeases } from './lease-endings.ts';
import { OTHER_KEY_SAYS } from './messages.ts';
import { recheckUnresolved, recoverAbandoned } from './recover.ts';
import type { Runtime } from './runtime.ts';

/** Interval between two searches for things of another key, milliseconds. */
const SEARCH_MS = 10 * 60 * 1000;
const TIMEOUT_MS = 30_000;

/** The time of the last search for things of each other key. */
type Searched = Map<string, number>;

/**
 * Takes over the leases and orders of another key of a cloud once a thing of that key is listed under the present one:
 * then both are keys of one account. Until then they are left alone, and a notice says so.
 */
async function adoptOtherKeys(
  { clouds, gate, monotonic, notices }: Pick<Runtime, 'clouds' | 'gate' | 'monotonic' | 'notices'>,
  searched: Searched,
): Promise<void> {
  for (const other of await gate.store.otherKeys.all()) {
    const { cloud: id, key, refs } = other;
    const since = searched.get(`${id} ${key}`);
    if (since !== undefined && monotonic() - since < SEARCH_MS) continue;
    searched.set(`${id} ${key}`, monotonic());
    const cloud = clouds.get(id);
    const io: Io = { signal: AbortSignal.timeout(TIMEOUT_MS), fresh: true };
    const [pods, jobs] = await Promise.all([cloud.pods.list(io), cloud.jobs?.list(io) ?? []]);
    const isSame = [...pods, ...jobs].some(({ ref }) => refs.includes(ref));
    if (isSame) await gate.store.otherKeys.adopt(other);
    notices.add(id, OTHER_KEY_SAYS[isSame ? 'adopted' : 'left'](cloud.title, OTHER_KEY_SAYS.counted(other)));
  }
}

const EVERY_MS = 30_000;

/**
 * One round: records of other keys, orders of previous runs, orders of unknown outcome, paid results that are a week old,
 * then pods whose lease is over. Never rejects.
 */
export async function runMaintenance(runtime: Runtime, searched: Searched = new Map()): Promise<void> {
  const { clouds, gate, notices } = runtime;
  for (const [what, task] of [
    ['records of other keys could not be read', () => adoptOtherKeys(runtime, searched)],
    ['orders of previous runs could not be reconciled', () => recoverAbandoned(runtime)],
    ['open orders could not be reconciled', () => recheckUnresolved(runtime)],
    ['old paid results could not be removed', () => runtime.files.removeOld()],
    ['leases could not be checked', () => endDueLeases({ clouds, gate, notify: notices.add })],
  ] as const) {
    await task().catch((error: unknown) =>
      runtime.log({ level: 'error', msg: what, error: messageOf(error) }),
    );
  }
}

/** The maintenance of one runtime. */
export interface Maintenance {
  /** A round is running: it may have sent a stop whose reply is still to come. */
  isBusy(): boolean;
  /** Begins no further round. Resolves when the running round has ended; until then the runtime must stay open. */
  stop(): Promise<void>;
}

/**
 * Starts the work of a serving process beyond its calls: recovery once, then a round every 30 s. Nothing starts before
 * this is called, so that a client which only asks what this server is starts nothing.
 */
export function startMaintenance(runtime: Runtime): Maintenance {
  const searched: Searched = new Map();
  let running: Promise<void> | null = null;
  let stopped = false;
  const round = () => {
    if (running !== null || stopped) return;
    running = runMaintenance(runtime, searched).finally(() => {
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
