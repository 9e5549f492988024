import type { SpentRow } from '../../core/spend.ts';
import { MADE_MS, type Spent } from '../port.ts';
import { type Accounts, type Deps, MS } from './deps.ts';

const IS_OVER = `at <= gpu_mcp.clock() - ${MADE_MS} * ${MS}`;

/** Amounts as rows, summed by day. */
export const createSpent = ({ database }: Deps, { ids, of }: Pick<Accounts, 'ids' | 'of'>): Spent => ({
  async add(id, { cloud, kind, what, usd }) {
    await database.transaction(async (query) => {
      await query(`delete from gpu_mcp.spent where account = $1 and ${IS_OVER}`, [of(cloud)]);
      await query(
        `insert into gpu_mcp.spent (id, account, at, cloud, kind, what, usd)
         values ($1, $2, gpu_mcp.clock(), $3, $4, $5, $6) on conflict (id) do nothing`,
        [id, of(cloud), cloud, kind, kind === 'metered' ? null : what, usd],
      );
    });
  },
  async rows() {
    return database.read<SpentRow>(
      `select to_char(at at time zone 'utc', 'YYYY-MM-DD') as day, cloud, kind, what,
         coalesce(sum(usd), 0)::double precision as usd, count(*) filter (where usd is null)::int as unpriced
       from gpu_mcp.spent where account = any($1) and not ${IS_OVER}
       group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
      [ids],
    );
  },
});
