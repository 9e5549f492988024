import { randomUUID } from 'node:crypto';
import { StoreUnreachable } from '../errors.ts';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';

/** This process in the database: what it holds is its own as long as its row is renewed. */
export interface Presence {
  /** The process, in the column `owner`. */
  id: string;
  /** Brings the schema up to date and makes this process known, once. @throws StoreUnreachable */
  ready(): Promise<void>;
  /**
   * Runs a step now. If the store is away, it is run when that is back, after the steps that wait already; the steps
   * must do no harm when they are run twice. Resolves to what came of it now, or to null if it waits.
   */
  nowOrLater<T>(step: (isLate: boolean) => Promise<T>): Promise<T | null>;
  /** How many steps wait for the store. */
  waiting(): number;
  /** False once a process has ended, or was not heard of for half a minute. @throws StoreUnreachable */
  isAlive(process: string): Promise<boolean>;
  close(): Promise<void>;
}

/** How long a process counts as alive after it was last heard of, milliseconds. */
const ALIVE_MS = 30_000;
const BEAT_MS = 10_000;
const BEAT_AWAY_MS = 2000;
const SWEEP_BEATS = 30;
/** More steps than this are not kept; the oldest are. */
const MAX_WAITING = 1000;

const BEAT = `insert into gpu_mcp.processes (id, until) values ($1, now() + $2 * interval '1 millisecond')
  on conflict (id) do update set until = excluded.until`;
const SWEEP = `with gone as (delete from gpu_mcp.processes where until < now() - interval '1 day')
  delete from gpu_mcp.outbox where sent < now() - interval '15 minutes'`;

const SWEEP_AUDIT = `delete from gpu_mcp.audit where written < now() - $1 * interval '1 day'`;

/** `onError` receives steps that failed for good. `auditDays`: how long audit lines are kept; null = for ever. */
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
  /** One run at a time, so that no step runs beside itself. */
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
    // Not awaited: the steps wait for this to be over.
    void flushOnce();
  };
  const ready = () => {
    getting ??= start().catch((error: unknown) => {
      getting = null;
      throw error;
    });
    return getting;
  };
  const keep = (step: () => Promise<unknown>) => {
    if (steps.length < MAX_WAITING) {
      steps.push(step);
      schedule(BEAT_AWAY_MS);
    } else
      onError(
        new Error('the store has been away for too long: an audit line or the end of an order is lost'),
      );
  };
  return {
    id,
    ready,
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
