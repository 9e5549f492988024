import * as z from 'zod';
import { asGpuError, causeOf, GpuError, isCode } from '../core/errors.ts';
import type { Outcome, Written } from '../core/outcome.ts';
import { issuePermit } from '../core/permit.ts';
import type { Planned } from '../core/plan.ts';
import type { Fleet } from '../core/spend.ts';
import type { Closing } from '../store/port.ts';
import { admitOrder, mayGoUnrecorded } from './admission.ts';
import { type CallRecord, lineOf } from './audit.ts';
import type { Done, GateCall, GateDeps, RecordedCall } from './deps.ts';
import { GATE_LOGS, SAYS } from './messages.ts';
import { pollUntilFound } from './reconcile.ts';

const RECONCILE_TIMEOUT_MS = 60_000;

/** Executes a call that needs no consent. */
export async function executeFreely(call: GateCall, deps: GateDeps): Promise<Done> {
  call.sending.begin();
  return writeOnce(call, null, null, deps);
}

/**
 * Admits the order, sends the write once, and reports how it ended. The order is durable before anything is
 * sent, and is closed together with its audit line. An order of unknown outcome stays open and is reconciled later.
 */
export async function execute(
  call: GateCall,
  planned: Planned,
  fleet: Fleet | null,
  record: CallRecord,
  deps: GateDeps,
): Promise<Done> {
  call.sending.begin();
  const id = await admitOrder(call, planned, fleet, record.ticket, deps);
  const close = (closing: Closing) => closeOrder(call, id, closing, record, deps);
  try {
    // The ticket of a plan with parts leads to several orders, which name it themselves.
    if (call.combine === null) await noteOrder(id, planned, record, deps);
    record.sent = true;
    const done = await writeOnce(call, planned, id, deps);
    record.ref = done.ref;
    const closed = await close({
      outcome: done.reconciled ? 'done_reconciled' : 'done',
      took_effect: true,
      ref: done.ref,
      ended: planned.ends_billing ? done.ref : null,
      ...(done.leases !== undefined && { leases: done.leases }),
    });
    if (closed === 'of_another') throw resultOfAnother();
    return withNote(done, await noteOn(closed, done, deps));
  } catch (error) {
    const known = asGpuError(error);
    if (known.code === 'outcome_unknown') await keepOpen(id, deps);
    else await close({ outcome: known.code, took_effect: false, ref: null, ended: null });
    throw known;
  }
}

/** Records on the ticket which order it led to. If that fails, an action that ends costs is sent anyway. */
async function noteOrder(
  id: string | null,
  planned: Planned,
  { ticket }: CallRecord,
  deps: GateDeps,
): Promise<void> {
  if (id === null || ticket === null) return;
  try {
    await deps.store.tickets.ordered(ticket, id);
  } catch (error) {
    if (!mayGoUnrecorded(planned, deps)) throw error;
    deps.log({ level: 'error', msg: 'the order of a ticket could not be recorded', error: String(error) });
  }
}

async function keepOpen(id: string | null, deps: GateDeps): Promise<void> {
  if (id === null) return;
  await deps.store.orders.keepOpen(id).catch((error: unknown) => logUnwritten(error, deps));
}

const logUnwritten = (error: unknown, deps: GateDeps): void =>
  deps.log({ level: 'error', msg: GATE_LOGS.end_unwritten, error: String(error) });

/** How an order was closed. `unwritten`: it could not be. `of_another`: it stays open, because what was found is the result of another order. */
type Closed = 'closed' | 'unwritten' | 'of_another';

/** Closes an order with its audit line. Never throws: what the cloud did stands, whether or not it can be recorded. */
export async function closeOrder(
  call: RecordedCall,
  id: string | null,
  closing: Closing,
  record: CallRecord,
  deps: GateDeps,
): Promise<Closed> {
  const line = lineOf(call, record, deps, closing.outcome);
  record.isAudited = true;
  try {
    if (id === null) await deps.store.audit.write(line);
    else if (!(await deps.store.orders.close(id, closing, line))) {
      deps.log({ level: 'error', msg: 'two orders made the same thing', ref: closing.ref });
      record.isAudited = closing.leases === undefined;
      // A thing that was searched for may belong to either order. One that the cloud's reply named belongs to this one.
      if (closing.leases !== undefined) return 'of_another';
      await deps.store.orders.close(id, { ...closing, ref: null }, line);
    }
    return 'closed';
  } catch (error) {
    logUnwritten(error, deps);
    return 'unwritten';
  }
}

const resultOfAnother = (): GpuError =>
  new GpuError('outcome_unknown', SAYS.result_of_another, { hint: SAYS.check_first });

/** The note for a result whose order, or the lease of what was found, is not saved or not saved yet; null if all is saved. */
async function noteOn(closed: Closed, { leases = [] }: Done, { store }: GateDeps): Promise<string | null> {
  if (closed === 'closed') return store.waiting() > 0 ? SAYS.saved_later : null;
  if (leases.length === 0) return null;
  const kept = await store.leases.all().catch(() => null);
  if (kept === null) return SAYS.lease_unknown;
  const isKept = (ref: string, ends_at: string) =>
    kept.some((lease) => lease.ref === ref && lease.ends_at === ends_at);
  return leases.every(({ ref, ends_at }) => isKept(ref, ends_at)) ? null : SAYS.lease_unsaved;
}

const messageSchema = z.looseObject({ message: z.string() });

function withNote(done: Done, note: string | null): Done {
  const { data } = messageSchema.safeParse(done.output);
  if (note === null || data === undefined) return done;
  return { ...done, output: { ...data, message: `${data.message} ${note}` } };
}

/** The error for an internal fault: it may have happened before or after the write was sent, so the outcome is unknown. */
function internalFault(call: GateCall, thrown: unknown, deps: GateDeps): GpuError {
  deps.log({
    level: 'error',
    msg: 'internal fault during a write',
    tool: call.tool,
    error: causeOf(thrown),
  });
  return new GpuError('outcome_unknown', SAYS.internal_fault, { hint: SAYS.check_first, cause: thrown });
}

/** The error for a write that the cloud answered with "not found": if the thing is still listed, the outcome is unknown. */
async function confirmNotFound(call: GateCall, planned: Planned, error: GpuError): Promise<GpuError> {
  if (call.reconcile === null || (call.effect !== 'destroy' && call.effect !== 'interrupt')) return error;
  const signal = AbortSignal.timeout(RECONCILE_TIMEOUT_MS);
  const facts = { isProven: true, isAccepted: false };
  const seen = await call.reconcile(planned, signal, facts).catch(() => null);
  if (seen === null || !('notFound' in seen) || (seen.candidates ?? []).length === 0) return error;
  return new GpuError('outcome_unknown', `${error.message} ${seen.notFound}`, {
    hint: SAYS.check_first,
    candidates: seen.candidates ?? [],
    ...(error.cloud !== null && { cloud: error.cloud }),
    cause: error,
  });
}

const refOf = (planned: Planned | null): string | null => planned?.plan.ref ?? null;

/** Sends a write once and finds out how it ended. `id`: its order; null if it has none. */
export async function writeOnce(
  call: GateCall,
  planned: Planned | null,
  id: string | null,
  deps: GateDeps,
): Promise<Done> {
  const { permit, revoke } = issuePermit(call.tool);
  let written: Written<unknown>;
  try {
    written = await call.run(permit, planned);
  } catch (thrown) {
    const error = thrown instanceof GpuError ? thrown : internalFault(call, thrown, deps);
    if (isCode(error, 'not_found') && planned !== null) throw await confirmNotFound(call, planned, error);
    if (!isCode(error, 'outcome_unknown') || call.reconcile === null) throw error;
    return await reconcileWrite(call, planned, id, deps, error, true);
  } finally {
    revoke();
  }
  if ('done' in written) {
    const ref = written.ref ?? refOf(planned);
    const { done: output, extras = [], usd } = written;
    return { kind: 'done', output, ref, extras, reconciled: false, ...(usd !== undefined && { usd }) };
  }
  return reconcileWrite(call, planned, id, deps, new GpuError('outcome_unknown', written.unnamed), false);
}

/**
 * True if only this order can have made what is found: no other order of its name has an unknown outcome. What other
 * orders are known to have made is no candidate anyway.
 */
async function isOnlyOrder(
  call: GateCall,
  planned: Planned,
  id: string | null,
  deps: GateDeps,
): Promise<boolean> {
  const { name } = call;
  if (name === null) return true;
  const others = await deps.store.orders.named(call.tool, planned.cloud, name);
  return others.every((other) => other.id === id || (other.state === 'closed' && !isInDoubt(other.outcome)));
}

/** True if an order that was closed with this outcome may have made something after all. */
export const isInDoubt = (outcome: string | null): boolean =>
  outcome === 'not_seen' || outcome === 'outcome_unknown';

/**
 * Finds out what became of a write by reading only. `reconciled`: its reply was lost.
 * @throws GpuError `outcome_unknown` with the candidates
 */
async function reconcileWrite(
  call: GateCall,
  planned: Planned | null,
  id: string | null,
  deps: GateDeps,
  lost: GpuError,
  reconciled: boolean,
): Promise<Done> {
  const signal = AbortSignal.timeout(RECONCILE_TIMEOUT_MS);
  const { reconcile } = call;
  if (reconcile === null) throw lost;
  const found: Outcome<unknown> = await pollUntilFound(
    async () => {
      const isAccepted = !reconciled;
      if (planned === null) return reconcile(null, signal, { isProven: true, isAccepted });
      const before = [...planned.before, ...(await deps.store.orders.createdRefs())];
      const isProven = await isOnlyOrder(call, planned, id, deps);
      return reconcile({ ...planned, before }, signal, { isProven, isAccepted });
    },
    (ms) => deps.sleep(ms, signal),
  );
  if ('found' in found) {
    const ref = found.ref ?? refOf(planned);
    const { leases } = found;
    return {
      kind: 'done',
      output: found.found,
      ref,
      extras: [],
      reconciled,
      ...(leases !== undefined && { leases }),
    };
  }
  const [what, candidates] =
    'ambiguous' in found ? [found.why, found.ambiguous] : [found.notFound, found.candidates];
  throw new GpuError('outcome_unknown', `${lost.message} ${what}`, {
    hint: SAYS.check_first,
    candidates: candidates ?? [],
    ...(lost.cloud === null ? {} : { cloud: lost.cloud }),
    cause: lost,
  });
}
