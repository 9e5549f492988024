import type { Allowances, Budget, Drawn } from '../port.ts';
import { type Deps, MS, momentAt } from './deps.ts';

const EPSILON = 1e-9;
const HOLDS = `made + for_ms * ${MS} > gpu_mcp.clock()`;

/** Consents to metered calls; each use is one conditional statement. */
export function createAllowances({ database, presence, scope }: Deps): Allowances {
  return {
    async grant(key, { usd, calls, for_ms }) {
      await presence.ready();
      await database.write(
        `insert into gpu_mcp.allowances (scope, key, made, for_ms, usd, calls)
         values ($1, $2, gpu_mcp.clock(), $3, $4, $5) on conflict (scope, key) do update set
           made = excluded.made, for_ms = excluded.for_ms, usd = excluded.usd, calls = excluded.calls`,
        [scope, key, for_ms, usd, calls],
      );
    },
    async find(key) {
      await presence.ready();
      const [row] = await database.read<{ made: number; for_ms: number; usd: number; calls: number }>(
        `select gpu_mcp.ms(made) as made, for_ms, usd, calls from gpu_mcp.allowances
         where scope = $1 and key = $2 and ${HOLDS}`,
        [scope, key],
      );
      return row === undefined ? null : { ...row, key, made: momentAt(row.made) };
    },
    async draw(key, usd) {
      await presence.ready();
      const drawn = await database.write(
        `update gpu_mcp.allowances set
           usd = greatest(0, usd - coalesce($3::double precision, 0)),
           calls = calls - (case when $3::double precision is null then 1 else 0 end)
         where scope = $1 and key = $2 and ${HOLDS} and calls >= 1
           and usd + ${EPSILON} >= coalesce($3::double precision, 0) returning key`,
        [scope, key, usd],
      );
      return drawn.length > 0;
    },
  };
}

const WINDOW = `b.used, greatest(0, gpu_mcp.ms(b.began) + $5 - gpu_mcp.ms(gpu_mcp.clock())) as ends_in_ms,
  greatest(0, coalesce(gpu_mcp.ms(b.paused_until) - gpu_mcp.ms(gpu_mcp.clock()), 0)) as paused_ms`;

/** $1 scope, $2 key, $3 wanted, $4 limit, $5 window. The row of a key is locked by the statement itself. */
const DRAW = `
insert into gpu_mcp.budget as b (scope, key, began, used, granted)
select $1, $2, gpu_mcp.clock(), least($3::int, $4::int), least($3::int, $4::int) where $4::int > 0
on conflict (scope, key) do update set
  granted = least($3, $4 - case when b.began + $5 * ${MS} <= gpu_mcp.clock() then 0 else b.used end),
  used = least($4, $3 + case when b.began + $5 * ${MS} <= gpu_mcp.clock() then 0 else b.used end),
  began = case when b.began + $5 * ${MS} <= gpu_mcp.clock() then gpu_mcp.clock() else b.began end
where b.used < $4 or b.began + $5 * ${MS} <= gpu_mcp.clock()
returning b.granted, ${WINDOW}`;

/** The window of a key that is used up; the parameters are those of DRAW. */
const LOOK = `select 0 as granted, ${WINDOW} from gpu_mcp.budget b
where scope = $1 and key = $2 and $3::int is not null and $4::int is not null`;

/** Requests drawn from the window of a key; a window begins with its first request. */
export function createBudget({ database, presence, scope }: Deps): Budget {
  return {
    async draw(key, ...asked) {
      await presence.ready();
      const values = [scope, key, ...asked];
      const [drawn] = await database.write<Drawn>(DRAW, values);
      const [window] = drawn === undefined ? await database.read<Drawn>(LOOK, values) : [drawn];
      return window ?? { granted: 0, used: 0, ends_in_ms: asked[2], paused_ms: 0 };
    },
    async close(key, for_ms) {
      await presence.ready();
      await database.write(
        `insert into gpu_mcp.budget as b (scope, key, began, used, granted, paused_until)
         values ($1, $2, gpu_mcp.clock(), 0, 0, gpu_mcp.clock() + $3 * ${MS})
         on conflict (scope, key) do update set
           paused_until = greatest(b.paused_until, excluded.paused_until)`,
        [scope, key, for_ms],
      );
    },
  };
}
