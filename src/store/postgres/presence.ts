import { randomUUID } from 'node:crypto';
import { messageOf } from '../../core/errors.ts';
import { StoreUnreachable } from '../../core/store-error.ts';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';

/** This process in the database: it keeps what it holds as long as it renews its row. */
export interface Presence {
  /** The process, in the column `owner`. */
  id: string;
  /** Updates the schema and makes this process known, once. @throws StoreUnreachable, also if the schema cannot be used */
  ready(): Promise<void>;
  /** Whether that has happened. */
  isReady(): boolean;
  /**
   * Runs a step now; if the store is unreachable, once it is back and after the steps that wait already. Steps must be safe to
   * run twice. Resolves to the result, or to null if the step waits.
   */
  nowOrLater<T>(step: (isLate: boolean) => Promise<T>): Promise<T | null>;
  /** The number of steps that wait for the store. */
  waiting(): number;
  /** False once a process has ended, or was not heard of for half a minute. @throws StoreUnreachable */
  isAlive(process: string): Promise<boolean>;
  close(): Promise<void>;
}

/** How long a process counts as alive after its last heartbeat, milliseconds. */
const ALIVE_MS = 30_000;
const BEAT_MS = 10_000;
const BEAT_AWAY_MS = 2000;
const SWEEP_BEATS = 30;
/** Max waiting steps; newer ones are lost and reported. */
const MAX_WAITING = 1000;

const BEAT = `insert into gpu_mcp.processes (id, until) values ($1, now() + $2 * interval '1 millisecond')
  on conflict (id) do update set until = excluded.until`;
const SWEEP = `with gone as (delete from gpu_mcp.processes where until < now() - interval '1 day')
  delete from gpu_mcp.outbox where sent < now() - interval '15 minutes'`;

const SWEEP_AUDIT = `delete from gpu_mcp.audit where written < now() - $1 * interval '1 day'`;

/** The presence of this process. `onError` gets the errors of steps that will not be repeated. `auditDays`: how long audit lines are kept; null = for ever. */
export function createPresence(
  database: Database,
  onError: (error: unknown) => void,
  auditDays: number | null = null,
): Presence {
  const id = randomUUID();
  const steps: (() => Promise<unknown>)[] = [];
  let timer: NodeJS.Timeout | null = null;
  let getting: Promise<void> | null = null;
  let running: Promise<void> | null = null;
  let beats = 0;
  let isClosed = false;

  const flush = async () => {
    for (let step = steps[0]; step !== undefined; step = steps[0]) {
      try {
        await step();
      } catch (error) {
        if (error instanceof StoreUnreachable) return;
        onError(error);
      }
      steps.shift();
    }
  };
  /** Runs the waiting steps; only one run at a time, so that no step runs twice at once. */
  const flushOnce = () => {
    running ??= flush().finally(() => {
      running = null;
    });
    return running;
  };
  const beat = async () => {
    await database.write(BEAT, [id, ALIVE_MS]);
    if (beats % SWEEP_BEATS === 0) {
      await database.write(SWEEP);
      if (auditDays !== null) await database.write(SWEEP_AUDIT, [auditDays]);
    }
    beats += 1;
  };
  const schedule = (ms: number) => {
    if (isClosed) return;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => void beat().then(flushOnce).then(again, again), ms);
    timer.unref();
  };
  const again = () => schedule(database.state() === 'up' ? BEAT_MS : BEAT_AWAY_MS);
  const start = async () => {
    await migrate(database);
    await beat();
    again();
    // Not awaited, because the steps wait for `ready`.
    void flushOnce();
  };
  /** A schema of a much newer version, or a role without rights: until somebody corrects it, the store counts as unreachable. */
  const unusable = (error: unknown): StoreUnreachable => {
    const why = messageOf(error);
    return new StoreUnreachable(`The store ${database.name} cannot be used: ${why}.`);
  };
  let isReady = false;
  const ready = () => {
    getting ??= start().then(
      () => {
        isReady = true;
      },
      (error: unknown) => {
        getting = null;
        throw error instanceof StoreUnreachable ? error : unusable(error);
      },
    );
    return getting;
  };
  const keep = (step: () => Promise<unknown>) => {
    if (steps.length < MAX_WAITING) {
      steps.push(step);
      schedule(BEAT_AWAY_MS);
    } else
      onError(
        new Error(
          'the store has been unreachable for too long: an audit line or the end of an order is lost',
        ),
      );
  };
  return {
    id,
    ready,
    isReady: () => isReady,
    async nowOrLater(step) {
      try {
        await ready();
        await flushOnce();
        return await step(false);
      } catch (error) {
        if (!(error instanceof StoreUnreachable)) throw error;
        keep(() => step(true));
        return null;
      }
    },
    waiting: () => steps.length,
    async isAlive(process) {
      await ready();
      const [row] = await database.read<{ is: boolean }>('select not gpu_mcp.is_gone($1) as is', [process]);
      return row?.is === true;
    },
    async close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      if (getting === null) return;
      await getting
        .then(flushOnce)
        .then(() => database.write('delete from gpu_mcp.processes where id = $1', [id]))
        .catch(() => {});
    },
  };
}
