import type { ToolContext } from '../core/context.ts';
import { followSignal } from '../core/followed-signal.ts';
import { factsSchema, headSchema, type Lease, type Planned, planSchema } from '../core/plan.ts';
import { mapTexts } from '../core/text.ts';
import type { GateCall } from '../gate/deps.ts';
import type { Sending } from '../gate/writes.ts';
import type { Tool } from '../tools/tool.ts';
import { FOR_GATE, fleetOf, LOCAL, type Progress, toolContext } from './context.ts';
import type { NamedCall } from './open-call.ts';
import type { Runtime } from './runtime.ts';
import type { Session } from './session.ts';

/**
 * The plan without secrets, so that a person sees, types and finds in the audit log the same text. Its facts are stored
 * with the ticket, so they are redacted, too.
 */
const redactPlan = (planned: Planned, redact: (text: string) => string): Planned => ({
  ...planned,
  plan: planSchema.parse(mapTexts(planned.plan, redact)),
  head: headSchema.parse(mapTexts(planned.head, redact)),
  facts: factsSchema.parse(mapTexts(planned.facts, redact)),
  parts: planned.parts.map((part) => redactPlan(part, redact)),
});

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

/** What the gate needs to know and to do of a call that writes. */
export function gateCallOf(
  runtime: Runtime,
  { session, signal, progress }: { session: Session; signal: AbortSignal; progress: Progress },
  sending: Sending,
  tool: Tool,
  { call, reading: first, named_at }: NamedCall,
  effect: GateCall['effect'],
): GateCall {
  const { input, subject, plan, run, reconcile, combine, metered } = call;
  const waiting = { signal, progress, principal: session.principal };
  // A plan and the fleet that its caps are checked against share one reading; the first goes on with that of the names.
  let reading = first;
  let isUsed = false;
  return {
    tool: tool.name,
    effect,
    input,
    ...subject,
    dry_run: input.dry_run === true,
    metered: metered === null ? null : metered(toolContext(runtime, waiting)),
    combine,
    caller: { principal: session.principal ?? LOCAL, session: session.id, can_ask: session.can_ask },
    signal,
    sending,
    progress,
    plan:
      plan === null
        ? null
        : async (agreed) => {
            // The orders that an earlier process left open are reconciled before a new one is planned.
            if (effect === 'spend') await runtime.recover();
            if (isUsed) reading = { of: tool.name };
            isUsed = true;
            const ctx = toolContext(runtime, waiting, { ...FOR_GATE, reading });
            return redactPlan(await plan(ctx, agreed), runtime.redact);
          },
    named_at,
    async run(permit, planned) {
      // Once the write is sent, the client's cancellation stops neither its reply nor the readings after it.
      const held = followSignal(signal);
      try {
        // What a plan showed is acted on; without one, the names were just read.
        const options = { permit, onWritten: held.release, ...(plan === null && { reading }) };
        const ctx = toolContext(runtime, { ...waiting, signal: held.signal }, options);
        return await run(ctx, planned);
      } finally {
        held.release();
      }
    },
    reconcile:
      reconcile === null
        ? null
        : async (planned, until, { isProven, isAccepted }) => {
            const [leases, ctx] = collectingLeases(
              toolContext(runtime, { ...waiting, signal: until }, FOR_GATE),
              runtime.redact,
            );
            const seen = await reconcile(isProven ? ctx : unproven(ctx), planned, isAccepted);
            return 'found' in seen ? { ...seen, leases } : seen;
          },
    fleet: () => fleetOf(runtime, { signal, ...FOR_GATE, reading }),
  };
}
