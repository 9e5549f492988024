import { gather } from '../core/list.ts';
import { MACHINE_ROW, rowsOf } from '../core/shown.ts';
import type { Resource } from './resource.ts';

/** All offers, as they are now. */
export const machinesResource: Resource = {
  uri: 'gpu://machines',
  name: 'machines',
  title: 'Machines',
  description: 'All machines on offer with live prices. Large; list_machines filters.',
  needs: () => true,
  tool: 'list_machines',
  follows: ['machine'],
  read: async (ctx) => {
    const { rows, errors } = await gather(
      ctx,
      undefined,
      () => true,
      (cloud) => cloud.machines.list(ctx.io),
    );
    return { machines: rowsOf(rows, MACHINE_ROW), total: rows.length, ...(errors.length > 0 && { errors }) };
  },
};

/** What is being spent. */
export const spendResource: Resource = {
  uri: 'gpu://spend',
  name: 'spend',
  title: 'Spending',
  description: 'Burn rate per cloud and pod, caps, headroom, balance, debits.',
  needs: () => true,
  tool: 'get_spend',
  follows: ['pod', 'job'],
  read: async (ctx) => ({ spend: await ctx.spending.report() }),
};
