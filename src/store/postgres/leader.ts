import { type Deps, MS } from './deps.ts';

/** One process at a time does what all would do, e.g. polls the clouds. */
export interface Leaders {
  /** True if this process leads `key` for the next `for_ms`; it asks again before they are over. */
  lead(key: string, for_ms: number): Promise<boolean>;
  /** Lets another process lead at once. */
  resign(key: string): Promise<void>;
}

/** A leader is a row with an expiry; the database's time decides. */
export function createLeaders({ database, presence, scope }: Deps): Leaders {
  return {
    async lead(key, for_ms) {
      await presence.ready();
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
      await presence.ready();
      await database.write('delete from gpu_mcp.leaders where key = $1 and process = $2', [
        `${scope} ${key}`,
        presence.id,
      ]);
    },
  };
}
