import type { ToolContext } from '../core/context.ts';
import type { Lease } from '../core/plan.ts';

/**
 * A context for what is found late: it may be another's. A lease of it is a reminder and never a stop, none is lifted,
 * and nothing is booked as paid.
 */
export function unproven(ctx: ToolContext): ToolContext {
  const { leases, book, ...spending } = ctx.spending;
  return {
    ...ctx,
    spending: {
      ...spending,
      leases: {
        ...leases,
        add: (lease) => leases.add({ ...lease, kind: 'reminder' }),
        lift: (ref) => Promise.reject(new Error(`a late look lifts no lease, so ${ref} keeps its own`)),
      },
      book: { ...book, add: async () => {} },
    },
  };
}

/**
 * A context that collects the leases of what a look finds, their names without secrets: they are stored when that becomes
 * the result of its order. `agreed`: the thing that the order acts on, whose lease a late look leaves alone.
 */
export function collectingLeases(
  ctx: ToolContext,
  redact: (text: string) => string,
  agreed: string | null = null,
): [leases: Lease[], ctx: ToolContext] {
  const collected: Lease[] = [];
  const add = async (lease: Lease) => {
    if (lease.ref === agreed) throw new Error('a late look changes no lease that was agreed to');
    collected.push({ ...lease, name: redact(lease.name) });
  };
  const { spending } = ctx;
  return [collected, { ...ctx, spending: { ...spending, leases: { ...spending.leases, add } } }];
}
