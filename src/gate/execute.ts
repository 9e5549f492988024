import { asGpuError, GpuError, isCode } from '../core/errors.ts';
import type { Outcome, Written } from '../core/outcome.ts';
import { issuePermit } from '../core/permit.ts';
import type { Planned } from '../core/plan.ts';
import type { GateCall, GateDeps, GateOutcome } from './deps.ts';
import { settle } from './reconcile.ts';

const LOOK_TIMEOUT_MS = 60_000;

/**
 * Sends the write once, with the intent on disk before a spend, and tells honestly how it ended. The intent of a spend
 * whose outcome stays unknown is left open, so that it is looked for again later.
 */
export async function execute(call: GateCall, planned: Planned | null, deps: GateDeps): Promise<GateOutcome> {
  const { adds } = planned ?? { adds: { usd_per_hour: 0, pods: 0 } };
  const entry = call.spends ? await openEntry(call, planned, deps) : null;
  const reservation = call.spends ? deps.reservations.add(adds.usd_per_hour ?? 0, adds.pods) : null;
  const close = (outcome: string, ref: string | null) => closeEntry(entry, outcome, ref, deps);
  try {
    const done = await writeOnce(call, planned, deps);
    const { ref } = done;
    reservation?.keep(ref);
    if (planned?.ends_billing && ref !== null) deps.reservations.forget(ref);
    await close(done.reconciled ? 'done_reconciled' : 'done', ref);
    return done;
  } catch (error) {
    const known = asGpuError(error);
    if (known.code === 'outcome_unknown') {
      // Of a start the pod is known; of an order only the machine, which no list of pods shows.
      reservation?.keep(planned?.plan.ref ?? null);
      if (entry !== null) deps.journal.leave(entry);
    } else {
      reservation?.release();
      await close(known.code, null);
    }
    throw known;
  }
}

async function openEntry(call: GateCall, planned: Planned | null, deps: GateDeps): Promise<string> {
  try {
    return await deps.journal.open({
      at: deps.now().toISOString(),
      tool: call.tool,
      input: call.input,
      planned,
    });
  } catch (error) {
    throw new GpuError('upstream_error', 'The journal could not be written, so nothing was sent.', {
      hint: 'Check that the state directory (GPU_MCP_STATE_DIR) can be written to.',
      cause: error,
    });
  }
}

/** Never throws: what the cloud did stands, whether or not it can be written down. */
async function closeEntry(
  entry: string | null,
  outcome: string,
  ref: string | null,
  deps: GateDeps,
): Promise<void> {
  if (entry === null) return;
  try {
    await deps.journal.close({ id: entry, outcome, ref });
  } catch (error) {
    deps.log({ level: 'error', msg: 'the journal could not be written', error: String(error) });
  }
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

const refOf = (planned: Planned | null): string | null => planned?.plan.ref ?? null;

type Done = Extract<GateOutcome, { kind: 'done' }>;

async function writeOnce(call: GateCall, planned: Planned | null, deps: GateDeps): Promise<Done> {
  const { permit, revoke } = issuePermit(call.tool);
  let written: Written<unknown>;
  try {
    written = await call.run(permit, planned);
  } catch (thrown) {
    const error = thrown instanceof GpuError ? thrown : brokenOff(call, thrown, deps);
    if (!isCode(error, 'outcome_unknown') || call.reconcile === null) throw error;
    return await lookFor(call, planned, deps, error, true);
  } finally {
    revoke();
  }
  if ('done' in written) {
    return {
      kind: 'done',
      output: written.done,
      ref: written.ref ?? refOf(planned),
      extras: written.extras ?? [],
      reconciled: false,
    };
  }
  return lookFor(call, planned, deps, new GpuError('outcome_unknown', written.unnamed), false);
}

/** Finds out what became of a write by reading only. @throws GpuError `outcome_unknown` with the candidates. */
async function lookFor(
  call: GateCall,
  planned: Planned | null,
  deps: GateDeps,
  lost: GpuError,
  reconciled: boolean,
): Promise<Done> {
  const signal = AbortSignal.timeout(LOOK_TIMEOUT_MS);
  const { reconcile } = call;
  if (reconcile === null) throw lost;
  const found: Outcome<unknown> = await settle(
    () => reconcile(planned, signal),
    (ms) => deps.sleep(ms, signal),
  );
  if ('found' in found) {
    const ref = found.ref ?? refOf(planned);
    return { kind: 'done', output: found.found, ref, extras: [], reconciled };
  }
  const [what, candidates] =
    'ambiguous' in found ? [found.why, found.ambiguous] : [found.notFound, found.candidates];
  throw new GpuError('outcome_unknown', `${lost.message} ${what}`, {
    hint: 'Do not send it again. Look first (list or get), tell the user what you see, and act only on what they decide.',
    candidates: candidates ?? [],
    ...(lost.cloud === null ? {} : { cloud: lost.cloud }),
    cause: lost,
  });
}
