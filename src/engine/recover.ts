import type { Outcome } from '../core/outcome.ts';
import { headOf, type Lease, type Planned } from '../core/plan.ts';
import { parseRef } from '../core/ref.ts';
import { RECOVERY_SAYS } from '../gate/messages.ts';
import { POLL_PAUSES_MS, pollUntilFound } from '../gate/reconcile.ts';
import type { AuditLine, Order } from '../store/records.ts';
import { TOOLS } from '../tools/index.ts';
import { toolContext } from './context.ts';
import { collectingLeases, unproven } from './late.ts';
import type { Runtime } from './runtime.ts';

/** Milliseconds for a whole recovery: a client waits for the calls that wait for it, such as get_spend. */
const RECOVERY_MS = 45_000;
const RECHECK_MS = 30_000;
/** How long after its order a thing may still turn up in the lists. No cloud documents it; our choice. */
const MAY_TURN_UP_MS = 15 * 60 * 1000;
/** After a day nobody looks any more. */
const FORGOTTEN_MS = 24 * 60 * 60 * 1000;

/** What looking for an order showed; `failed`: the cloud could not be read, so nothing is known. */
type Seen = Outcome<unknown> | { failed: string };

/** The same, with the leases to keep if what was found becomes the result of the order. */
interface Finding {
  seen: Seen;
  leases: Lease[];
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : 'no reason given');

/** The plan as it was, with what other orders made counted as known, so that it is not taken for this order's. */
function withKnown({ planned }: Order, refs: readonly string[]): Planned {
  const { before, ...kept } = planned;
  return {
    ...kept,
    head: headOf(kept.plan),
    before: [...before, ...refs],
    callerLimits: {},
    instead: null,
    hours: null,
    ends_billing: false,
    parts: [],
  };
}

/** Looks for what an order made. Changes nothing and never throws. */
async function findResult(
  runtime: Runtime,
  order: Order,
  signal: AbortSignal,
  pauses: readonly number[],
): Promise<Finding> {
  const unknown = (failed: string): Finding => ({ seen: { failed }, leases: [] });
  let failed: string | null = null;
  let leases: Lease[] = [];
  try {
    const tool = TOOLS.find(({ name }) => name === order.tool);
    if (tool?.effect === 'use') return { seen: { ambiguous: [], why: RECOVERY_SAYS.metered }, leases };
    const reconcile = tool?.open(order.input).reconcile ?? null;
    if (reconcile === null) return { seen: { notFound: 'it cannot be looked for.' }, leases };
    const ctx = toolContext(runtime, signal, () => {});
    const how = { ...ctx, io: { ...ctx.io, fresh: true, purpose: 'gate' as const } };
    const found = await pollUntilFound(
      async () => {
        failed = 'no reading came in time';
        const [collected, collecting] = collectingLeases(how, runtime.redact, order.target);
        const made = await runtime.gate.store.orders.createdRefs();
        const refs = made.filter((ref) => ref !== order.ref);
        const seen = await reconcile(unproven(collecting), withKnown(order, refs), false).catch(
          (error: unknown) => {
            failed = wordsOf(error);
            throw error;
          },
        );
        failed = null;
        leases = collected;
        return seen;
      },
      (ms) => runtime.sleep(ms, signal),
      pauses,
    );
    if (failed !== null) return unknown(failed);
    if ('found' in found && (await hasTwin(runtime, order))) return unknown(RECOVERY_SAYS.twin);
    return { seen: found, leases };
  } catch (error) {
    return unknown(wordsOf(error));
  }
}

/** Another order of that name, of any process, that may have made what is found. */
async function hasTwin(runtime: Runtime, { id, tool, cloud, name }: Order): Promise<boolean> {
  if (name === null) return false;
  const orders = await runtime.gate.store.orders.named(tool, cloud, name);
  return orders.some(
    (other) => other.id !== id && (other.state !== 'closed' || other.outcome === 'outcome_unknown'),
  );
}

const messageOf = (output: unknown): string =>
  typeof output === 'object' && output !== null && 'message' in output ? String(output.message) : 'done.';

/** How long ago the order was written, milliseconds, by a clock that does not jump with the wall clock. */
const ageOf = (runtime: Runtime, { made }: Order): Promise<number> => runtime.gate.store.elapsed(made);

/** Whether an order whose outcome is unknown may still turn up. */
export async function awaitsOrders(runtime: Runtime): Promise<boolean> {
  for (const order of await runtime.gate.store.orders.unresolved())
    if ((await ageOf(runtime, order)) <= MAY_TURN_UP_MS) return true;
  return false;
}

/** The notice about an order and its outcome; no outcome = it stays open and is checked again. */
function verdict(order: Order, ageMs: number, seen: Seen, start: string): { say: string; outcome?: string } {
  if ('failed' in seen) {
    const say = RECOVERY_SAYS.failed(start, seen.failed);
    return ageMs > FORGOTTEN_MS ? { say, outcome: 'outcome_unknown' } : { say };
  }
  if ('found' in seen) {
    const isNew = seen.ref !== undefined && seen.ref !== order.target;
    return { say: RECOVERY_SAYS.found(start, messageOf(seen.found), isNew), outcome: 'recovered' };
  }
  if ('ambiguous' in seen) {
    return {
      say: RECOVERY_SAYS.ambiguous(start, seen.why, seen.ambiguous),
      outcome: 'outcome_unknown',
    };
  }
  const say = RECOVERY_SAYS.not_found(start, seen.notFound);
  return ageMs > MAY_TURN_UP_MS
    ? { say, outcome: 'not_seen' }
    : { say: `${say} ${RECOVERY_SAYS.keeps_checking}` };
}

/**
 * Closes the order. `of_another`: what was found is the result of another one. `known`: the process that sent it lives
 * and has closed it meanwhile.
 */
async function conclude(
  runtime: Runtime,
  order: Order,
  outcome: string,
  ref: string | null,
  leases: readonly Lease[],
): Promise<'closed' | 'of_another' | 'known'> {
  const { store, now } = runtime.gate;
  const { plan } = order.planned;
  const line: AuditLine = {
    at: now().toISOString(),
    session: 'recovery',
    tool: order.tool,
    ref: ref ?? plan.ref,
    summary: `${plan.summary} (ordered at ${order.at})`,
    usd_per_hour: plan.cost.usd_per_hour,
    usd_upfront: plan.cost.usd_upfront_max,
    answer: 'earlier',
    outcome,
  };
  const closing = { outcome, took_effect: outcome === 'recovered', ref, ended: null, leases };
  const isClosed = await store.orders.close(order.id, closing, line).catch(async (error: unknown) => {
    const kept = await store.orders.find(order.id).catch(() => null);
    if (kept?.state !== 'closed') throw error;
    if (kept.line === null) return null;
    runtime.notices.add(order.cloud, RECOVERY_SAYS.unaudited(order.tool, order.at, wordsOf(error)));
    return true;
  });
  if (isClosed !== false) return isClosed === null ? 'known' : 'closed';
  const nothing = { outcome: 'not_seen', took_effect: false, ref: null, ended: null };
  await store.orders.close(order.id, nothing, { ...line, ref: plan.ref, outcome: 'not_seen' });
  return 'of_another';
}

/** One that was stored before was agreed to, and is kept. */
async function notifyOfKept(runtime: Runtime, lease: Lease): Promise<void> {
  const kept = (await runtime.gate.store.leases.all()).find(({ ref }) => ref === lease.ref);
  if (kept !== undefined && kept.ends_at !== lease.ends_at)
    runtime.notices.add(parseRef(kept.ref, 'pod').cloud, RECOVERY_SAYS.lease_kept(kept));
}

/** Looks for an order that this process holds, reports what was seen, and closes it or leaves it for a later look. */
async function recoverOrder(
  runtime: Runtime,
  order: Order,
  start: string,
  signal: AbortSignal,
  pauses: readonly number[],
): Promise<{ outcome?: string }> {
  try {
    const { seen, leases } = await findResult(runtime, order, signal, pauses);
    const { say, outcome } = verdict(order, await ageOf(runtime, order), seen, start);
    if (outcome === undefined) {
      if (pauses.length > 1) runtime.notices.add(order.cloud, say);
      await runtime.gate.store.orders.keepOpen(order.id);
      return {};
    }
    const ref = 'found' in seen ? (seen.ref ?? null) : null;
    const end = await conclude(runtime, order, outcome, ref, 'found' in seen ? leases : []);
    if (end === 'known') return {};
    if (end === 'of_another') {
      runtime.notices.add(order.cloud, RECOVERY_SAYS.of_another(start));
      return { outcome: 'not_seen' };
    }
    runtime.notices.add(order.cloud, say);
    for (const lease of leases) await notifyOfKept(runtime, lease);
    return { outcome };
  } catch (error) {
    runtime.notices.add(order.cloud, RECOVERY_SAYS.unsaved(order.tool, order.at, wordsOf(error)));
    await runtime.gate.store.orders.keepOpen(order.id).catch(() => {});
    return {};
  }
}

/**
 * Looks for the results of orders that a process which ended left open, closes them, and reports what was found as
 * notices. What is not known yet stays open. Reads only. Never rejects.
 */
export async function recoverAbandoned(runtime: Runtime): Promise<void> {
  const signal = AbortSignal.timeout(RECOVERY_MS);
  const { orders } = runtime.gate.store;
  try {
    const { open, closed } = await orders.claimAbandoned();
    for (const { tool, at, outcome, ref, cloud } of closed) {
      runtime.notices.add(cloud, RECOVERY_SAYS.ended_after(tool, at, outcome, ref));
    }
    for (const order of open.toSorted((a, b) => a.at.localeCompare(b.at))) {
      const start = RECOVERY_SAYS.ended_during(order.tool, order.at);
      await recoverOrder(runtime, order, start, signal, POLL_PAUSES_MS);
    }
    for (const problem of await runtime.gate.store.problems()) {
      runtime.notices.add(null, RECOVERY_SAYS.state(problem));
    }
  } catch (error) {
    runtime.notices.add(null, RECOVERY_SAYS.unread(wordsOf(error)));
  }
}

/**
 * Looks once for each order whose outcome is still unknown: a cloud may show a new thing only minutes later. Reported and
 * closed when it turns up, or when it has not for a quarter of an hour. Reads only.
 */
export async function recheckUnresolved(runtime: Runtime): Promise<void> {
  const { orders } = runtime.gate.store;
  for (const { id } of await orders.unresolved()) {
    const order = await orders.claim(id);
    if (order === null) continue;
    const start = RECOVERY_SAYS.was_unknown(order.tool, order.at);
    await recoverOrder(runtime, order, start, AbortSignal.timeout(RECHECK_MS), [0]);
  }
}
