import type { ToolContext } from '../core/context.ts';
import type { Lease } from '../core/plan.ts';

/**
 * A context for reconciling what may be another's: its lease is only a reminder, no lease is lifted, and nothing is booked
 * as paid.
 */
export function unproven(ctx: ToolContext): ToolContext {
  const { leases, book, ...spending } = ctx.spending;
  return {
    ...ctx,
    spending: {
      ...spending,
      leases: {
        ...leases,
        kind: 'reminder',
        add: (lease) => leases.add({ ...lease, kind: 'reminder' }),
        lift: (ref) => Promise.reject(new Error(`a reconciliation lifts no lease, so ${ref} keeps its own`)),
      },
      book: { ...book, add: async () => {} },
    },
  };
}

/**
 * A context that collects the leases of what a reconciliation finds, with redacted names: they are stored when it becomes
 * the result of its order. `target`: the thing that the order acts on, whose own lease is not changed.
 */
export function collectingLeases(
  ctx: ToolContext,
  redact: (text: string) => string,
  target: string | null = null,
): [leases: Lease[], ctx: ToolContext] {
  const collected: Lease[] = [];
  const add = async (lease: Lease) => {
    if (lease.ref === target) throw new Error('a reconciliation changes no lease that was agreed to');
    collected.push({ ...lease, name: redact(lease.name) });
  };
  const { spending } = ctx;
  return [collected, { ...ctx, spending: { ...spending, leases: { ...spending.leases, add } } }];
}
