import { setTimeout as pause } from 'node:timers/promises';
import type { SharedReadings } from '../../core/live.ts';
import { StoreUnreachable } from '../../core/store-error.ts';
import { createExclusive } from '../lock.ts';
import type { Store } from '../port.ts';
import { type Deps, MS } from './deps.ts';

/** Chooses one process at a time for work that only one should do, such as polling the clouds. */
export interface Leaders {
  /** True if this process leads `key` for the next `for_ms`; it must ask again before they are over. */
  lead(key: string, for_ms: number): Promise<boolean>;
  /** Lets another process lead at once. */
  resign(key: string): Promise<void>;
}

/** Leaders as rows that expire by the clock of the database. */
export function createLeaders({ database, presence, scope }: Deps): Leaders {
  return {
    async lead(key, for_ms) {
      const led = await database.write(
        `insert into gpu_mcp.leaders as l (key, process, until)
         values ($1, $2, gpu_mcp.clock() + $3 * ${MS}) on conflict (key) do update
           set process = excluded.process, until = excluded.until
         where l.process = $2 or l.until <= gpu_mcp.clock() or gpu_mcp.is_gone(l.process) returning key`,
        [`${scope} ${key}`, presence.id, for_ms],
      );
      return led.length > 0;
    },
    async resign(key) {
      await database.write('delete from gpu_mcp.leaders where key = $1 and process = $2', [
        `${scope} ${key}`,
        presence.id,
      ]);
    },
  };
}

/** Max time that a reader leads, milliseconds; a read takes seconds. */
const LEAD_MS = 20_000;
/** Max time that the others wait for the reader, milliseconds. */
const MAX_WAIT_MS = 5_000;
/** Interval between their checks, milliseconds. */
const CHECK_MS = 100;

/** Readings of the clouds that processes share: one process reads, the others take its result. */
export function createSharedReadings(
  { database, presence, scope }: Deps,
  leaders: Leaders,
  { notify, watch }: Pick<Store, 'notify' | 'watch'>,
): SharedReadings {
  const alone = createExclusive();
  const find = async <T>(key: string, max_age_ms: number): Promise<{ value: T } | null> => {
    const [row] = await database.read<{ value: T }>(
      `select value from gpu_mcp.looks
       where scope = $1 and key = $2 and began >= clock_timestamp() - $3 * ${MS}`,
      [scope, key, max_age_ms],
    );
    return row ?? null;
  };
  const save = async (key: string, took_ms: number, value: unknown) => {
    await database.write(
      `insert into gpu_mcp.looks (scope, key, began, value)
       values ($1, $2, clock_timestamp() - $3 * ${MS}, $4) on conflict (scope, key) do update
         set began = excluded.began, value = excluded.value`,
      [scope, key, took_ms, JSON.stringify(value)],
    );
    await notify(`look ${key}`, presence.id);
  };
  const readAndSave = async <T>(key: string, read: () => Promise<T>): Promise<T> => {
    const began = performance.now();
    try {
      const value = await read();
      await save(key, performance.now() - began, value).catch(() => {});
      return value;
    } finally {
      await leaders.resign(`look ${key}`).catch(() => {});
    }
  };
  return {
    share: <T>(key: string, max_age_ms: number, read: () => Promise<T>) => {
      const asked = performance.now();
      // Callers in this process wait for each other here; between processes a leader is chosen.
      return alone(key, async () => {
        try {
          for (let waited = 0, leads = false; ; leads = await leaders.lead(`look ${key}`, LEAD_MS)) {
            const found = await find<T>(key, max_age_ms + waited);
            if (found !== null) {
              if (leads) await leaders.resign(`look ${key}`);
              return found.value;
            }
            if (leads || waited > MAX_WAIT_MS) break;
            if (waited > 0) await pause(CHECK_MS);
            waited = performance.now() - asked;
          }
        } catch (error) {
          if (!(error instanceof StoreUnreachable)) throw error;
          return read();
        }
        return readAndSave(key, read);
      });
    },
    onReading: (key, run) =>
      watch(`look ${key}`, (reader) => {
        if (reader !== presence.id) run();
      }),
  };
}
