import { parseRef } from '../../core/ref.ts';
import { groupByKey, refsOf } from '../items/other-keys.ts';
import type { OtherKey, OtherKeys } from '../port.ts';
import { orderSchema } from '../records.ts';
import type { Accounts, Deps } from './deps.ts';

const IS_FREE = '(owner is null or gpu_mcp.is_gone(owner))';

/** The rows of other keys of the same accounts. */
export function createOtherKeys({ database }: Deps, { ids, keyOf }: Accounts): OtherKeys {
  return {
    async all() {
      const found: OtherKey[] = [];
      const leases = await database.read<{ ref: string; key: string }>(
        `select ref, key from gpu_mcp.leases where account = any($1) and key is not null and ${IS_FREE}`,
        [ids],
      );
      for (const { ref, key } of leases) {
        const { cloud } = parseRef(ref, 'pod');
        const present = keyOf(cloud);
        if (present !== null && key !== present)
          found.push({ cloud, key, refs: [ref], leases: 1, orders: 0 });
      }
      const orders = await database.read<{ record: unknown }>(
        `select record from gpu_mcp.orders where account = any($1) and record->>'key' is not null and ${IS_FREE}`,
        [ids],
      );
      for (const { record } of orders) {
        const order = orderSchema.safeParse(record).data;
        if (order === undefined || order.cloud === null || order.key === null) continue;
        const { cloud, key, state } = order;
        const present = keyOf(cloud);
        if (present === null || key === present) continue;
        found.push({ cloud, key, refs: refsOf(order), leases: 0, orders: state === 'closed' ? 0 : 1 });
      }
      return groupByKey(found);
    },
    async adopt({ cloud, key }) {
      const present = keyOf(cloud);
      await database.transaction(async (query) => {
        await query(
          `update gpu_mcp.leases set key = $3, owner = null
           where account = any($1) and key = $2 and split_part(ref, ':', 1) = $4 and ${IS_FREE}`,
          [ids, key, present, cloud],
        );
        await query(
          `update gpu_mcp.orders set
             state = case state when 'closed' then state else 'unresolved' end, owner = null,
             settled = coalesce(settled, gpu_mcp.clock()),
             record = (record::jsonb || jsonb_build_object('key', $3::text,
               'state', case state when 'closed' then state else 'unresolved' end,
               'settled', case when settled is null
                 then jsonb_build_object('boot', 'postgresql', 'mono', gpu_mcp.ms(gpu_mcp.clock()), 'wall', gpu_mcp.ms(gpu_mcp.clock()))
                 else (record::jsonb)->'settled' end))::json
           where account = any($1) and cloud = $4 and record->>'key' = $2 and ${IS_FREE}`,
          [ids, key, present, cloud],
        );
      });
    },
  };
}
