import { randomUUID } from 'node:crypto';
import { ALLOWANCE_EPSILON } from '../items/counters.ts';
import type { AllowanceLeft, Allowances, Budget, Drawn } from '../port.ts';
import { type Deps, MS } from './deps.ts';

const HOLDS = `made + for_ms * ${MS} > gpu_mcp.clock()`;

const LEFT = `grant_id as "grant", granted_by as "by", usd, calls,
  gpu_mcp.ms(made) + for_ms - gpu_mcp.ms(gpu_mcp.clock()) as ends_in_ms`;

/** $1 scope, $2 key, $3 for_ms, $4 usd, $5 calls, $6 name of the grant, $7 grantor. No row changes if a token has granted within that time. */
const GRANT = `
insert into gpu_mcp.allowances as a (scope, key, made, for_ms, usd, calls, grant_id, granted_by, token_at)
values ($1, $2, gpu_mcp.clock(), $3, $4, $5, $6, $7, case when $7 <> 'person' then gpu_mcp.clock() end)
on conflict (scope, key) do update set
  made = excluded.made, for_ms = excluded.for_ms, usd = excluded.usd, calls = excluded.calls,
  grant_id = excluded.grant_id, granted_by = excluded.granted_by,
  token_at = coalesce(excluded.token_at, a.token_at)
where excluded.token_at is null or a.token_at is null or a.token_at + $3 * ${MS} <= gpu_mcp.clock()
returning key`;

/** Consents to metered calls; each draw is one conditional statement. */
export function createAllowances({ database, scope }: Deps): Allowances {
  return {
    async grant(key, { by, usd, calls, for_ms }) {
      const granted = await database.write(GRANT, [scope, key, for_ms, usd, calls, randomUUID(), by]);
      return granted.length > 0;
    },
    async find(key) {
      const [left] = await database.read<AllowanceLeft>(
        `select ${LEFT} from gpu_mcp.allowances where scope = $1 and key = $2 and ${HOLDS}`,
        [scope, key],
      );
      return left ?? null;
    },
    async tokenWaits(key, for_ms) {
      const [row] = await database.read<{ ms: number }>(
        `select greatest(0, gpu_mcp.ms(token_at) + $3 - gpu_mcp.ms(gpu_mcp.clock())) as ms
         from gpu_mcp.allowances where scope = $1 and key = $2 and token_at is not null`,
        [scope, key, for_ms],
      );
      return row?.ms ?? 0;
    },
    async draw(key, { usd, calls }, by) {
      const [left] = await database.write<AllowanceLeft>(
        `update gpu_mcp.allowances set usd = greatest(0, usd - $3), calls = calls - $4
         where scope = $1 and key = $2 and ${HOLDS} and granted_by = any ($5)
           and calls >= $4 and usd + ${ALLOWANCE_EPSILON} >= $3 returning ${LEFT}`,
        [scope, key, usd, calls, by],
      );
      return left ?? null;
    },
    async giveBack(key, grant, { usd, calls }) {
      await database.write(
        `update gpu_mcp.allowances set usd = usd + $4, calls = calls + $5
         where scope = $1 and key = $2 and grant_id = $3 and ${HOLDS}`,
        [scope, key, grant, usd, calls],
      );
    },
  };
}

const WINDOW = `b.used, greatest(0, gpu_mcp.ms(b.began) + $5 - gpu_mcp.ms(gpu_mcp.clock())) as ends_in_ms,
  greatest(0, coalesce(gpu_mcp.ms(b.paused_until) - gpu_mcp.ms(gpu_mcp.clock()), 0)) as paused_ms,
  (select count(*)::int from gpu_mcp.processes where until > now()) as sharers`;

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
const READ = `select 0 as granted, ${WINDOW} from gpu_mcp.budget b
where scope = $1 and key = $2 and $3::int is not null and $4::int is not null`;

/** Requests drawn from the window of a key; a window begins with its first request. */
export function createBudget({ database, scope }: Deps): Budget {
  return {
    async draw(key, ...asked) {
      const values = [scope, key, ...asked];
      const [drawn] = await database.write<Drawn>(DRAW, values);
      const [window] = drawn === undefined ? await database.read<Drawn>(READ, values) : [drawn];
      return window ?? { granted: 0, used: 0, ends_in_ms: asked[2], paused_ms: 0 };
    },
    async close(key, for_ms) {
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
