import type { Outcome } from '../core/outcome.ts';
import { headOf, type Lease, type Planned } from '../core/plan.ts';
import { parseRef } from '../core/ref.ts';
import { isObject } from '../core/text.ts';
import { RECOVERY_SAYS } from '../gate/messages.ts';
import { POLL_PAUSES_MS, pollUntilFound } from '../gate/reconcile.ts';
import type { AuditLine, Order } from '../store/records.ts';
import { TOOLS } from '../tools/index.ts';
import { FOR_GATE, toolContext } from './context.ts';
import { collectingLeases, unproven } from './gate-call.ts';
import type { Runtime } from './runtime.ts';

/** Max time of a whole recovery, milliseconds: calls such as get_spend wait for it. */
const RECOVERY_MS = 45_000;
const RECHECK_MS = 30_000;
/** How long after its order a thing may still appear in the lists, milliseconds. No cloud documents it; our choice. */
const MAY_APPEAR_MS = 15 * 60 * 1000;
/** After this time an order is closed even if its cloud could never be read, milliseconds. */
const GIVE_UP_MS = 24 * 60 * 60 * 1000;

/** What the readings showed of an order. `failed`: why the cloud could not be read, so that nothing is known. */
type Seen = Outcome<unknown> | { failed: string };

/** The same, with the leases to store if what was found becomes the result of the order. */
interface Finding {
  seen: Seen;
  leases: Lease[];
}

const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message : RECOVERY_SAYS.no_reason;

/** The plan of an order, whose before-list also holds what other orders made, so that it is not taken for its result. */
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

/** Searches for the result of an order. Changes nothing and never throws. */
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
    if (reconcile === null) return { seen: { notFound: RECOVERY_SAYS.unsearchable }, leases };
    const ctx = toolContext(runtime, { signal }, FOR_GATE);
    const found = await pollUntilFound(
      async () => {
        failed = RECOVERY_SAYS.no_reading;
        const [collected, collecting] = collectingLeases(ctx, runtime.redact, order.target);
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

/** True if another order of that name, of any process, may have made what is found. */
async function hasTwin(runtime: Runtime, { id, tool, cloud, name }: Order): Promise<boolean> {
  if (name === null) return false;
  const orders = await runtime.gate.store.orders.named(tool, cloud, name);
  return orders.some(
    (other) => other.id !== id && (other.state !== 'closed' || other.outcome === 'outcome_unknown'),
  );
}

const outputWords = (output: unknown): string =>
  isObject(output) && 'message' in output ? String(output.message) : RECOVERY_SAYS.done;

/** The age of the order, milliseconds, by a clock that does not jump with the wall clock. */
const ageOf = (runtime: Runtime, { made }: Order): Promise<number> => runtime.gate.store.elapsed(made);

/** True if the result of an order of unknown outcome may still appear. */
export async function awaitsOrders(runtime: Runtime): Promise<boolean> {
  for (const order of await runtime.gate.store.orders.unresolved())
    if ((await ageOf(runtime, order)) <= MAY_APPEAR_MS) return true;
  return false;
}

/** The notice about an order, and its outcome; without an outcome the order stays open and is checked again. */
function verdict(
  order: Order,
  ageMs: number,
  seen: Seen,
  start: string,
): { notice: string; outcome?: string } {
  if ('failed' in seen) {
    const notice = RECOVERY_SAYS.failed(start, seen.failed);
    return ageMs > GIVE_UP_MS ? { notice, outcome: 'outcome_unknown' } : { notice };
  }
  if ('found' in seen) {
    const isNew = seen.ref !== undefined && seen.ref !== order.target;
    return { notice: RECOVERY_SAYS.found(start, outputWords(seen.found), isNew), outcome: 'recovered' };
  }
  if ('ambiguous' in seen) {
    return {
      notice: RECOVERY_SAYS.ambiguous(start, seen.why, seen.ambiguous),
      outcome: 'outcome_unknown',
    };
  }
  const notice = RECOVERY_SAYS.not_found(start, seen.notFound);
  return ageMs > MAY_APPEAR_MS
    ? { notice, outcome: 'not_seen' }
    : { notice: `${notice} ${RECOVERY_SAYS.keeps_checking}` };
}

/**
 * Closes the order. `of_another`: what was found is the result of another one. `known`: the process that sent the order
 * still runs and has closed it meanwhile.
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
    summary: RECOVERY_SAYS.summary(plan.summary, order.at),
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

/** Reports that a pod keeps the lease that was agreed to before, if it has one. */
async function notifyOfKept(runtime: Runtime, lease: Lease): Promise<void> {
  const kept = (await runtime.gate.store.leases.all()).find(({ ref }) => ref === lease.ref);
  if (kept !== undefined && kept.ends_at !== lease.ends_at)
    runtime.notices.add(parseRef(kept.ref, 'pod').cloud, RECOVERY_SAYS.lease_kept(kept));
}

/** Searches for the result of an order that this process holds, reports it, and closes the order or leaves it open. */
async function recoverOrder(
  runtime: Runtime,
  order: Order,
  start: string,
  signal: AbortSignal,
  pauses: readonly number[],
): Promise<{ outcome?: string }> {
  try {
    const { seen, leases } = await findResult(runtime, order, signal, pauses);
    const { notice, outcome } = verdict(order, await ageOf(runtime, order), seen, start);
    if (outcome === undefined) {
      if (pauses.length > 1) runtime.notices.add(order.cloud, notice);
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
    runtime.notices.add(order.cloud, notice);
    for (const lease of leases) await notifyOfKept(runtime, lease);
    return { outcome };
  } catch (error) {
    runtime.notices.add(order.cloud, RECOVERY_SAYS.unsaved(order.tool, order.at, wordsOf(error)));
    await runtime.gate.store.orders.keepOpen(order.id).catch(() => {});
    return {};
  }
}

/**
 * Searches for the results of orders that an ended process left open, closes the orders, and reports what was found as
 * notices. An order of unknown outcome stays open. Only reads. Never rejects.
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
 * Searches once for the result of each order of unknown outcome: a cloud may list a new thing only minutes later. The order
 * is reported and closed once its result appears, or if it has not within a quarter of an hour. Only reads.
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
