import { asGpuError, GpuError } from '../core/errors.ts';
import type { Planned } from '../core/plan.ts';
import { planMessage } from '../core/plan-text.ts';
import type { AuditLine } from '../store/records.ts';
import { bind, canonical } from './binding.ts';
import type { GateCall, GateDeps, GateOutcome } from './deps.ts';
import { execute } from './execute.ts';
import { type Answer, decide, type Policy, readOnly } from './gate.ts';
import { drifted, judge, type Usage, usageOf } from './limits.ts';

/**
 * Takes one non-read call through the gate: policy, consent, re-reading, execution, reconciliation, audit.
 * @throws GpuError where nothing was done, or `outcome_unknown` where that cannot be told.
 */
export async function passGate(call: GateCall, deps: GateDeps): Promise<GateOutcome> {
  if (deps.read_only) throw readOnly(null);
  if (call.plan === null) return execute(call, null, deps);
  const trail: Trail = { planned: null, ref: null, answer: 'none' };
  try {
    const outcome = await confirmAndRun(call, trail, await call.plan(), deps);
    if (outcome.kind === 'done') trail.ref = outcome.ref;
    await audit(call, trail, deps, wordOf(outcome));
    return outcome;
  } catch (error) {
    const cancelled = call.signal.aborted && !(error instanceof GpuError);
    await audit(call, trail, deps, cancelled ? 'cancelled' : asGpuError(error).code);
    throw error;
  }
}

/** How the audit log names an outcome; `changed`: the plan that was shown no longer held, so nothing was sent. */
function wordOf(outcome: GateOutcome): string {
  if (outcome.kind === 'done') return outcome.reconciled ? 'done_reconciled' : 'done';
  return outcome.changes.length > 0 ? 'changed' : 'asked_with_token';
}

/** What the audit log will say: the plan in force (null before there is one), the thing that was made, who consented. */
interface Trail {
  planned: Planned | null;
  ref: string | null;
  answer: AuditLine['answer'];
}

async function confirmAndRun(
  call: GateCall,
  trail: Trail,
  planned: Planned,
  deps: GateDeps,
): Promise<GateOutcome> {
  trail.planned = planned;
  const policy: Policy = {
    mode: deps.mode,
    read_only: deps.read_only,
    caps: deps.caps,
    can_ask: call.session.can_ask,
  };
  const usage = await readUsage(call, planned, deps);
  let answer = tokenAnswer(call, planned, deps);
  let decision = decide(planned, policy, usage, answer);
  if (decision.do === 'ask') {
    answer = await call.session.ask(planMessage(planned.plan), planned.plan.challenge);
    call.signal.throwIfAborted();
    decision = decide(planned, policy, usage, answer);
    if (decision.do === 'execute') trail.answer = 'person';
  } else if (decision.do === 'execute') {
    trail.answer = 'token';
  }
  switch (decision.do) {
    case 'refuse':
      throw decision.error;
    case 'execute':
      return deps.locks.run(call.spends ? 'spend' : (planned.plan.ref ?? call.tool), call.signal, () =>
        rereadAndRun(call, trail, planned, deps),
      );
    default:
      return pending(
        call,
        planned,
        deps,
        answer.kind === 'token' ? ['price or state moved since the plan was shown'] : [],
      );
  }
}

function tokenAnswer(call: GateCall, planned: Planned, deps: GateDeps): Answer {
  if (call.token === undefined) return { kind: 'none' };
  const binding = bind(callKey(call), call.session.id, planned);
  return { kind: 'token', verdict: deps.tokens.take(call.token, binding) };
}

const callKey = (call: GateCall): string => canonical([call.tool, call.input]);

/** What the fleet burns, for an action that may raise it: no cap on it concerns an upfront debit alone. */
async function readUsage(call: GateCall, { adds }: Planned, deps: GateDeps): Promise<Usage | null> {
  const raises = adds.usd_per_hour !== 0 || adds.pods > 0;
  return call.spends && raises ? usageOf(deps.reservations.onto(await call.fleet())) : null;
}

/** The last look before anything is sent. Whatever got worse since the plan was agreed to sends back a new plan. */
async function rereadAndRun(
  call: GateCall,
  trail: Trail,
  agreed: Planned,
  deps: GateDeps,
): Promise<GateOutcome> {
  const fresh = await (call.plan?.() ?? agreed);
  trail.planned = fresh;
  const changes = drifted(agreed, fresh);
  if (changes.length > 0) return pending(call, fresh, deps, changes);
  const over = judge(fresh, deps.caps, await readUsage(call, fresh, deps));
  if (over !== null) throw over;
  call.signal.throwIfAborted();
  return execute(call, fresh, deps);
}

function pending(call: GateCall, planned: Planned, deps: GateDeps, changes: string[]): GateOutcome {
  const byToken = deps.mode === 'auto' && !call.session.can_ask;
  return {
    kind: 'pending',
    plan: planned.plan,
    changes,
    confirmation: byToken ? deps.tokens.mint(bind(callKey(call), call.session.id, planned)) : null,
  };
}

/** The first ref among the inputs of a call that came to no plan. */
const namedIn = (input: Record<string, unknown>): string | null =>
  Object.values(input)
    .find((value) => typeof value === 'string' && /^[a-z]+:[a-z_]+:/.test(value))
    ?.toString() ?? null;

async function audit(call: GateCall, trail: Trail, deps: GateDeps, outcome: string): Promise<void> {
  const plan = trail.planned?.plan;
  try {
    await deps.audit.write({
      at: deps.now().toISOString(),
      session: call.session.id,
      tool: call.tool,
      ref: trail.ref ?? (plan === undefined ? namedIn(call.input) : plan.ref),
      summary: plan?.summary ?? `${call.tool}: no plan could be made.`,
      usd_per_hour: plan?.cost.usd_per_hour ?? null,
      usd_upfront: plan?.cost.usd_upfront_max ?? null,
      answer: trail.answer,
      outcome,
    });
  } catch (error) {
    deps.log({ level: 'error', msg: 'the audit log could not be written', error: String(error) });
  }
}
