import * as z from 'zod';
import { asGpuError, GpuError, isCode } from '../core/errors.ts';
import type { Outcome, Written } from '../core/outcome.ts';
import { issuePermit } from '../core/permit.ts';
import type { Planned } from '../core/plan.ts';
import type { Fleet } from '../core/spend.ts';
import type { Closing } from '../store/port.ts';
import { admit, nameOf } from './admission.ts';
import { lineOf, type Trail } from './audit.ts';
import type { Done, GateCall, GateDeps } from './deps.ts';
import { SAYS } from './messages.ts';
import { pollUntilFound } from './reconcile.ts';

const RECONCILE_TIMEOUT_MS = 60_000;

/** Runs a tool that needs no consent. */
export async function executeFreely(call: GateCall, deps: GateDeps): Promise<Done> {
  call.sending.begin();
  return writeOnce(call, null, null, deps);
}

/**
 * Admits the order, sends the write once, and reports how it ended. The order is durable before anything is
 * sent, and closed with its audit line in one step; one of unknown outcome stays open and is reconciled later.
 */
export async function execute(
  call: GateCall,
  planned: Planned,
  fleet: Fleet | null,
  trail: Trail,
  deps: GateDeps,
): Promise<Done> {
  call.sending.begin();
  const id = await admit(call, planned, fleet, trail.ticket, deps);
  const close = (closing: Closing) => closeOrder(call, id, closing, trail, deps);
  try {
    // A plan with parts leads to an order a part.
    if (call.combine === null) await noteOrder(id, planned, trail, deps);
    trail.sent = true;
    const done = await writeOnce(call, planned, id, deps);
    trail.ref = done.ref;
    const closed = await close({
      outcome: done.reconciled ? 'done_reconciled' : 'done',
      took_effect: true,
      ref: done.ref,
      ended: planned.ends_billing ? done.ref : null,
      ...(done.leases !== undefined && { leases: done.leases }),
    });
    if (closed === 'of_another') throw foundAnothers();
    return withNote(done, await noteOn(closed, done, deps));
  } catch (error) {
    const known = asGpuError(error);
    if (known.code === 'outcome_unknown') await keepOpen(id, deps);
    else await close({ outcome: known.code, took_effect: false, ref: null, ended: null });
    throw known;
  }
}

/** Notes on the ticket which order it led to. Without the note an action that ends billing is sent all the same. */
async function noteOrder(
  id: string | null,
  { ends_billing }: Planned,
  { ticket }: Trail,
  deps: GateDeps,
): Promise<void> {
  if (id === null || ticket === null) return;
  try {
    await deps.store.tickets.ordered(ticket, id);
  } catch (error) {
    if (!ends_billing) throw error;
    deps.log({ level: 'error', msg: 'a ticket does not name its order', error: String(error) });
  }
}

async function keepOpen(id: string | null, deps: GateDeps): Promise<void> {
  if (id === null) return;
  await deps.store.orders.keepOpen(id).catch((error: unknown) => unwritten(error, deps));
}

const unwritten = (error: unknown, deps: GateDeps): void =>
  deps.log({ level: 'error', msg: 'the end of an order could not be written', error: String(error) });

/** How an order was closed. `unwritten`: that failed. `of_another`: what was found is another order's, and this one is open. */
type Closed = 'closed' | 'unwritten' | 'of_another';

/** Closes an order with its audit line. Never throws: what the cloud did stands, whether or not it can be recorded. */
export async function closeOrder(
  call: GateCall,
  id: string | null,
  closing: Closing,
  trail: Trail,
  deps: GateDeps,
): Promise<Closed> {
  const line = lineOf(call, trail, deps, closing.outcome);
  trail.isAudited = true;
  try {
    if (id === null) await deps.store.audit.write(line);
    else if (!(await deps.store.orders.close(id, closing, line))) {
      deps.log({ level: 'error', msg: 'two orders made the same thing', ref: closing.ref });
      trail.isAudited = closing.leases === undefined;
      // Found by looking, it may be either's. What the cloud itself named is this order's.
      if (closing.leases !== undefined) return 'of_another';
      await deps.store.orders.close(id, { ...closing, ref: null }, line);
    }
    return 'closed';
  } catch (error) {
    unwritten(error, deps);
    return 'unwritten';
  }
}

const foundAnothers = (): GpuError =>
  new GpuError('outcome_unknown', SAYS.found_anothers, { hint: SAYS.look_first });

/** What must be added to a result about its record: that it, or the lease of what was found, is not saved, or not yet. */
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

/** A fault of our own: it may have come before the write was sent or after, so the outcome is open. */
function brokenOff(call: GateCall, thrown: unknown, deps: GateDeps): GpuError {
  deps.log({
    level: 'error',
    msg: 'a write broke off',
    tool: call.tool,
    error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
  });
  return new GpuError(
    'outcome_unknown',
    'The server failed unexpectedly while handling this call, so it is not known whether the action happened.',
    {
      hint: 'Do not send it again. Read the present state first and see whether it happened.',
      cause: thrown,
    },
  );
}

/** One "not found" in answer to a write proves nothing while the thing is still there: the outcome is unknown then. */
async function provedGone(call: GateCall, planned: Planned, error: GpuError): Promise<GpuError> {
  if (call.reconcile === null || (call.effect !== 'destroy' && call.effect !== 'interrupt')) return error;
  const signal = AbortSignal.timeout(RECONCILE_TIMEOUT_MS);
  const look = { isProven: true, isAccepted: false };
  const seen = await call.reconcile(planned, signal, look).catch(() => null);
  if (seen === null || !('notFound' in seen) || (seen.candidates ?? []).length === 0) return error;
  return new GpuError('outcome_unknown', `${error.message} ${seen.notFound}`, {
    hint: SAYS.look_first,
    candidates: seen.candidates ?? [],
    ...(error.cloud !== null && { cloud: error.cloud }),
    cause: error,
  });
}

const refOf = (planned: Planned | null): string | null => planned?.plan.ref ?? null;

/** Sends a write once and finds out how it ended. Without `id` there is no order of it. */
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
    const error = thrown instanceof GpuError ? thrown : brokenOff(call, thrown, deps);
    if (isCode(error, 'not_found') && planned !== null) throw await provedGone(call, planned, error);
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
 * True if what is found can only be this order's: no other order of its name ended without a known result. What other
 * orders made is no candidate anyway.
 */
async function isOnlyOrder(
  call: GateCall,
  planned: Planned,
  id: string | null,
  deps: GateDeps,
): Promise<boolean> {
  const name = nameOf(call);
  if (name === null) return true;
  const others = await deps.store.orders.named(call.tool, planned.cloud, name);
  return others.every((other) => other.id === id || (other.state === 'closed' && !isUnseen(other.outcome)));
}

/** Whether an order that is closed with this outcome may have made something after all. */
export const isUnseen = (outcome: string | null): boolean =>
  outcome === 'not_seen' || outcome === 'outcome_unknown';

/** Finds out what became of a write by reading only. `reconciled`: its reply was lost. @throws GpuError `outcome_unknown` with the candidates. */
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
    hint: SAYS.look_first,
    candidates: candidates ?? [],
    ...(lost.cloud === null ? {} : { cloud: lost.cloud }),
    cause: lost,
  });
}
