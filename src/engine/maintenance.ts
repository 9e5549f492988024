import { endDueLeases } from './lease-endings.ts';
import { adoptOtherKeys, type Looked } from './other-keys.ts';
import { recheckUnresolved, recoverAbandoned } from './recover.ts';
import type { Runtime } from './runtime.ts';

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
