import { asGpuError, CALL_CANCELLED, GpuError } from '../core/errors.ts';
import { headOf, type Planned } from '../core/plan.ts';
import { TICKET_MS } from '../core/policy.ts';
import type { Fleet } from '../core/spend.ts';
import type { TicketState } from '../store/port.ts';
import type { Agreed, TicketOutcome } from '../store/records.ts';
import { readingOf, withReserved } from './admission.ts';
import { withTerms } from './allowance.ts';
import { audit, type CallRecord, newCallRecord } from './audit.ts';
import { blocked, decide, judgeAnswer, type Policy, policyFor, readOnly } from './decide.ts';
import type { Answer, GateCall, GateDeps, GateOutcome } from './deps.ts';
import { execute, executeFreely, isInDoubt } from './execute.ts';
import { executeParts } from './execute-parts.ts';
import { changesSince, judgeCaps, usageOf } from './limits.ts';
import { SAYS } from './messages.ts';
import { executeMetered, tokenRefusal, withinAllowance } from './metered.ts';
import { questionOf } from './question.ts';
import { agreedOf, issueForAgent, issueForForm, openTicket, replay, toRemember } from './tickets.ts';

/**
 * Takes one call that writes through the gate: policy, consent, re-reading, admission, execution, reconciliation, audit.
 * It never waits for a person: if one is needed it returns `ask` or `pending`, and is called again with the answer.
 * Only an abort of the call rejects.
 */
export async function gatedCall(call: GateCall, answer: Answer | null, deps: GateDeps): Promise<GateOutcome> {
  if (deps.read_only) return { kind: 'refused', error: readOnly(null) };
  const record = newCallRecord();
  try {
    if (call.plan === null)
      return deps.mode === 'block' ? refused(blocked(null)) : await executeFreely(call, deps);
    const outcome =
      answer === null || call.dry_run
        ? await startCall(call, record, deps)
        : await continueCall(call, answer, record, deps);
    await audit(call, record, deps, auditedAs(outcome));
    return outcome;
  } catch (error) {
    const isCancelled = call.signal.aborted && !(error instanceof GpuError);
    if (call.plan !== null)
      await audit(call, record, deps, isCancelled ? 'cancelled' : asGpuError(error).code);
    if (error instanceof GpuError) return refused(error);
    throw error;
  }
}

const refused = (error: GpuError): GateOutcome => ({ kind: 'refused', error });

/** How the audit log names an outcome that sent nothing; null for the others. `changed`: the agreed plan no longer held. */
function auditedAs(outcome: GateOutcome): string | null {
  switch (outcome.kind) {
    case 'refused':
      return outcome.error.code;
    case 'pending':
      return outcome.changes.length > 0 ? 'changed' : 'asked_with_token';
    default:
      return null;
  }
}

/** The present plan and, if it may raise the burn rate, the fleet that the caps are checked against. */
async function readPlan(
  call: GateCall,
  agreed: Agreed | null,
  deps: GateDeps,
): Promise<{ planned: Planned; fleet: Fleet | null }> {
  if (call.plan === null) throw new Error(`${call.tool} has no plan`);
  const now = await call.plan(agreed?.facts ?? null);
  const planned =
    call.metered === null ? await withUnfinished(call, now, deps) : withTerms(now, call.metered, deps);
  const raises = planned.adds.usd_per_hour !== 0 || planned.adds.pods > 0;
  return { planned, fleet: call.effect === 'spend' && raises ? await call.fleet() : null };
}

/** The plan with a warning for each earlier order of the same name whose outcome is unknown: it may make a second thing. */
async function withUnfinished(call: GateCall, planned: Planned, deps: GateDeps): Promise<Planned> {
  const { name } = call;
  if (call.effect !== 'spend' || name === null) return planned;
  const orders = await deps.store.orders.named(call.tool, planned.cloud, name);
  const warnings = orders.flatMap(({ state, outcome, at }) => {
    if (state !== 'closed') return [SAYS.unfinished[state](at)];
    return isInDoubt(outcome) ? [SAYS.unfinished.closed(at)] : [];
  });
  if (warnings.length === 0) return planned;
  return { ...planned, plan: { ...planned.plan, consequences: [...warnings, ...planned.plan.consequences] } };
}

const usageWith = async (fleet: Fleet | null, deps: GateDeps) =>
  fleet === null ? null : usageOf(withReserved(fleet, await deps.store.orders.reserved(readingOf(fleet))));

async function startCall(call: GateCall, record: CallRecord, deps: GateDeps): Promise<GateOutcome> {
  const { metered } = call;
  const covered = metered === null ? null : await withinAllowance(call, metered, record, deps);
  if (covered !== null) return covered;
  const { planned, fleet } = await readPlan(call, null, deps);
  const { plan } = planned;
  record.planned = planned;
  const usage = await usageWith(fleet, deps);
  if (call.dry_run) {
    const over = judgeCaps(planned, deps.caps, usage);
    return over === null ? { kind: 'shown', plan } : refused(unasked(over));
  }
  const policy = await policyFor(call, agreedOf(planned), deps);
  const decision = decide(planned, policy, usage);
  if (decision.do === 'refuse') return refused(unasked(decision.error));
  if (decision.do === 'hand_out') {
    const used = metered === null ? null : await tokenRefusal(call, metered, plan, deps);
    if (used !== null) return refused(used);
    return { kind: 'pending', plan, changes: [], confirmation: await issueForAgent(call, planned, deps) };
  }
  const ticket = await issueForForm(call, planned, deps);
  return { kind: 'ask', plan, question: questionOf(planned), ticket };
}

/** The refusal of a plan that nobody was asked about. */
const unasked = (error: GpuError): GpuError =>
  error.code === 'over_limit' && error.plan !== null
    ? new GpuError('over_limit', `${error.message} ${SAYS.nobody_asked}`, {
        ...(error.hint !== null && { hint: error.hint }),
        plan: error.plan,
      })
    : error;

/** True for a token in a mode that accepts none: the call is then refused with its plan, as if there were no token. */
const isUselessToken = (call: GateCall, answer: Answer, { mode }: GateDeps): boolean =>
  answer.kind === 'token' && (mode === 'block' || (mode === 'human' && !call.caller.can_ask));

/** The answer with the time that it took: since the ticket's question was asked, if the front did not measure it. */
const timed = (answer: Answer, { asked_ms }: TicketState): Answer =>
  'after_ms' in answer
    ? { ...answer, after_ms: answer.after_ms ?? Math.max(0, asked_ms - (answer.held_ms ?? 0)) }
    : answer;

async function continueCall(
  call: GateCall,
  answer: Answer,
  record: CallRecord,
  deps: GateDeps,
): Promise<GateOutcome> {
  if (isUselessToken(call, answer, deps)) return startCall(call, record, deps);
  const opened = await openTicket(call, answer, deps);
  if ('outcome' in opened) {
    record.isAudited = opened.outcome.kind !== 'refused';
    return opened.outcome;
  }
  const { ticket } = opened;
  const { tickets } = deps.store;
  const { agreed, key } = ticket;
  record.agreed = agreed;
  const policy = await policyFor(call, agreed, deps);
  const verdict = judgeAnswer(agreed, policy, timed(answer, ticket), ticket.mistyped);
  if (verdict.do === 'refuse') {
    if (verdict.keep !== true) await tickets.drop(key);
    return refused(verdict.error);
  }
  if (verdict.do === 'ask_again') {
    await tickets.askAgain(key, verdict.typed !== undefined);
    const question = questionOf(
      { plan: agreed.plan, head: agreed.head ?? headOf(agreed.plan) },
      verdict.typed,
    );
    return { kind: 'ask', plan: agreed.plan, question, ticket: answer.ticket };
  }
  call.signal.throwIfAborted();
  if (!(await tickets.take(key))) {
    const now = await tickets.find(key);
    record.isAudited = true;
    return replay(call, now ?? ticket, deps);
  }
  record.ticket = key;
  record.answer = verdict.answer;
  return await runTicket(call, ticket, policy, record, deps);
}

/**
 * The keys that are locked from the last reading on: the name of the new thing, else each ref of the plan; none for a
 * metered call. The ref in the plan of an order is its offer, which several orders may take at once.
 */
function lockKeys(call: GateCall, { plan, parts }: Agreed): string[] {
  if (call.metered !== null) return [];
  if (call.effect === 'spend' && call.name !== null) return [`spend ${call.name}`];
  const refs = [plan, ...parts].flatMap(({ ref }) => ref ?? []);
  return refs.length > 0 ? refs : [call.tool];
}

/** Acts on a ticket that was just taken, and records the outcome in every case. */
async function runTicket(
  call: GateCall,
  ticket: TicketState,
  policy: Policy,
  record: CallRecord,
  deps: GateDeps,
): Promise<GateOutcome> {
  const remember = (outcome: TicketOutcome) =>
    deps.store.tickets
      .complete(ticket.key, toRemember(outcome, deps.redact))
      .catch((error: unknown) =>
        deps.log({ level: 'error', msg: 'the outcome of a ticket could not be kept', error: String(error) }),
      );
  const taken = deps.now().getTime();
  try {
    const outcome = await deps.locks.run(lockKeys(call, ticket.agreed), call.signal, () =>
      executeAgreed(call, { ...ticket, taken }, policy, record, deps),
    );
    if (outcome.kind === 'done') await remember(outcome);
    else await remember(failure(new GpuError('confirmation_invalid', SAYS.plan_changed), false));
    return outcome;
  } catch (error) {
    const known =
      call.signal.aborted && !(error instanceof GpuError)
        ? new GpuError('cancelled', CALL_CANCELLED)
        : asGpuError(error);
    await remember(failure(known, record.sent));
    throw error;
  }
}

const failure = ({ code, message, hint, candidates }: GpuError, sent: boolean): TicketOutcome => ({
  kind: 'failed',
  code,
  message,
  hint,
  candidates: candidates ?? [],
  sent,
});

/** A reading that is older than this is not acted on, milliseconds. */
const READING_MS = 10_000;

/**
 * Reads the plan again and executes it. If anything got worse since the plan was agreed to, a new plan is returned. The
 * computer may sleep at any point: an old reading is repeated, and after the ten minutes of a consent nothing is sent.
 */
async function executeAgreed(
  call: GateCall,
  { agreed, taken }: TicketState & { taken: number },
  policy: Policy,
  record: CallRecord,
  deps: GateDeps,
): Promise<GateOutcome> {
  const since = (at: number) => Math.abs(deps.now().getTime() - at);
  const began = call.named_at ?? deps.now().getTime();
  let reading = await readPlan(call, agreed, deps);
  if (since(began) > READING_MS) reading = await readPlan(call, agreed, deps);
  if (since(taken) > TICKET_MS)
    throw new GpuError('confirmation_invalid', SAYS.too_late, { hint: SAYS.expired_next });
  const { planned, fleet } = reading;
  record.planned = planned;
  const changes = changesSince(agreed, planned);
  if (changes.length > 0)
    return { kind: 'pending', changes, ...(await planAnew(call, policy, record, deps)) };
  const decision = decide(planned, policy, await usageWith(fleet, deps));
  if (decision.do === 'refuse') throw decision.error;
  call.signal.throwIfAborted();
  if (call.metered !== null) return executeMetered(call, call.metered, planned, record, deps);
  return call.combine === null
    ? execute(call, planned, fleet, record, deps)
    : executeParts(call, call.combine, planned, record, deps);
}

/** The new plan, with all that a person should know of it, after the one that was agreed to no longer held. */
async function planAnew(call: GateCall, policy: Policy, record: CallRecord, deps: GateDeps) {
  const { planned, fleet } = await readPlan(call, null, deps);
  record.planned = planned;
  const decision = decide(planned, policy, await usageWith(fleet, deps));
  const confirmation = decision.do === 'hand_out' ? await issueForAgent(call, planned, deps) : null;
  return { plan: planned.plan, confirmation };
}
