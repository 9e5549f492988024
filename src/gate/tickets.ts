import { createHash, createHmac, randomBytes } from 'node:crypto';
import { ERROR_CODES, GpuError } from '../core/errors.ts';
import type { Planned } from '../core/plan.ts';
import { mapTexts } from '../core/text.ts';
import type { TicketState } from '../store/port.ts';
import type { Agreed, TicketOutcome } from '../store/records.ts';
import type { Answer, Confirmation, GateCall, GateDeps, GateOutcome } from './deps.ts';
import { isInDoubt } from './execute.ts';
import { agreedPrices } from './limits.ts';
import { SAYS } from './messages.ts';
import { replyFor } from './question.ts';

/** JSON with sorted keys and without undefined: the same input gives the same text in any order of keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** A random token that nobody can guess. */
export const newToken = (): string => randomBytes(18).toString('base64url');

/** The key under which the store keeps a ticket: nobody can derive the token from it. */
export const keyOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** The digest of tool and input. Keyed with the token, so that a short secret in the input cannot be guessed from it. */
const callDigest = (token: string, { tool, input }: Pick<GateCall, 'tool' | 'input'>): string =>
  createHmac('sha256', token)
    .update(canonical([tool, input]))
    .digest('base64url');

/** What a consent to this plan covers. */
export const agreedOf = (planned: Planned): Agreed => ({
  plan: planned.plan,
  head: planned.head,
  facts: planned.facts,
  ...agreedPrices(planned),
  parts: planned.parts.map(({ plan: { action, ref }, head: { name } }) => ({ action, ref, name })),
});

/** How long a second call with a ticket waits for the result of the first, milliseconds. Clients time out after a minute. */
const MAX_WAIT_MS = 50_000;
const POLL_MS = 1000;

/** Issues a ticket for a plan. Returns its token. */
async function issue(call: GateCall, planned: Planned, way: 'form' | 'agent', deps: GateDeps) {
  const token = newToken();
  const { principal, session } = call.caller;
  const expires_at = await deps.store.tickets.create({
    key: keyOf(token),
    way,
    tool: call.tool,
    call: callDigest(token, call),
    principal,
    session,
    agreed: agreedOf(planned),
  });
  return { token, expires_at };
}

/** The token of a ticket for a form. */
export const issueForForm = async (call: GateCall, planned: Planned, deps: GateDeps): Promise<string> =>
  (await issue(call, planned, 'form', deps)).token;

/** A ticket for the agent, which hands its token back. */
export async function issueForAgent(call: GateCall, planned: Planned, deps: GateDeps): Promise<Confirmation> {
  const { token, expires_at } = await issue(call, planned, 'agent', deps);
  return { token, expires_at, reply: deps.mode === 'token' ? null : replyFor(planned) };
}

const invalid = (message: string, hint: string): GpuError =>
  new GpuError('confirmation_invalid', message, { hint });

/**
 * The live ticket that an answer belongs to, or how the call ends instead: refused, or with the outcome of a ticket that
 * was used before. A ticket that comes with another call or session becomes void.
 */
export async function openTicket(
  call: GateCall,
  answer: Answer,
  deps: GateDeps,
): Promise<{ ticket: TicketState } | { outcome: GateOutcome }> {
  const way = answer.kind === 'token' ? 'agent' : 'form';
  const field = way === 'agent' ? 'confirmation_token' : 'requestState';
  const next = renewalOf({ way });
  const refused = (why: string, hint: string = next) => ({
    outcome: { kind: 'refused', error: invalid(`${field}: ${why}`, hint) } as const,
  });
  const { tickets } = deps.store;
  const key = keyOf(answer.ticket);
  const ticket = await tickets.find(key);
  if (ticket === null || ticket.principal !== call.caller.principal) {
    return refused(SAYS.unknown, SAYS.unknown_next(next));
  }
  const isLive = ticket.state === 'live';
  const voided = async (why: string) => {
    if (isLive) await tickets.drop(key);
    return refused(why);
  };
  if (ticket.way !== way) return refused(SAYS.other_way);
  if (ticket.call !== callDigest(answer.ticket, call)) return voided(SAYS.other_call);
  if (!isLive) return { outcome: await replay(call, ticket, deps) };
  if (ticket.session !== call.caller.session) return voided(SAYS.other_session);
  if (ticket.is_expired) return voided(SAYS.void_expired);
  return { ticket };
}

/** The outcome of a ticket that was used before; waits for a call that still runs. Nothing is sent. */
export async function replay(call: GateCall, found: TicketState, deps: GateDeps): Promise<GateOutcome> {
  let ticket = found;
  for (let waited = 0; ticket.outcome === null && !ticket.is_orphaned; waited += POLL_MS) {
    if (waited >= MAX_WAIT_MS) return { kind: 'working', plan: ticket.agreed.plan, way: ticket.way };
    call.progress(waited / 1000, null, SAYS.still_running(call.tool));
    await deps.sleep(POLL_MS, call.signal);
    const now = await deps.store.tickets.find(ticket.key);
    if (now === null) break;
    ticket = now;
  }
  if (ticket.outcome === null) return { kind: 'refused', error: await crashErrorOf(ticket, deps) };
  return remembered(ticket, ticket.outcome);
}

/** How the caller gets a new plan. */
const renewalOf = ({ way }: Pick<TicketState, 'way'>): string =>
  way === 'form' ? SAYS.fresh_question : SAYS.fresh_plan;

function remembered(ticket: TicketState, outcome: TicketOutcome): GateOutcome {
  const at = ticket.done_at ?? SAYS.earlier;
  if (outcome.kind === 'done') return { ...outcome, repeated_at: at };
  const code = ERROR_CODES.find((known) => known === outcome.code) ?? 'outcome_unknown';
  const error = outcome.sent
    ? new GpuError(code, outcome.message, {
        hint: outcome.hint ?? SAYS.check_first,
        candidates: outcome.candidates,
        retryable: false,
      })
    : new GpuError(code, `${SAYS.failed_before(at)} ${outcome.message}`, {
        hint: renewalOf(ticket),
        retryable: false,
      });
  return { kind: 'refused', error };
}

/** The error for a plan with parts whose process crashed: what is known of each part. */
async function partsCrashErrorOf({ key, agreed }: TicketState, deps: GateDeps): Promise<GpuError> {
  const orders = await deps.store.orders.ofTicket(key);
  const refs = agreed.parts.flatMap(({ ref }) => ref ?? []);
  const isClosed = (ref: string, took_effect: boolean): boolean =>
    orders.some(
      (order) =>
        order.target === ref &&
        order.state === 'closed' &&
        !isInDoubt(order.outcome) &&
        order.took_effect === took_effect,
    );
  const ended = refs.filter((ref) => isClosed(ref, true));
  const failed = refs.filter((ref) => isClosed(ref, false));
  const open = refs.filter((ref) => !ended.includes(ref) && !failed.includes(ref));
  return new GpuError('outcome_unknown', SAYS.died(SAYS.died_among(ended, failed, open)), {
    hint: SAYS.check_each,
    plan: agreed.plan,
    candidates: refs,
  });
}

/** The error for a ticket whose process crashed: what its order shows. */
async function crashErrorOf(ticket: TicketState, deps: GateDeps): Promise<GpuError> {
  const { order: id, agreed } = ticket;
  if (agreed.parts.length > 0) return partsCrashErrorOf(ticket, deps);
  const order = id === null ? null : await deps.store.orders.find(id);
  if (id === null) return new GpuError('cancelled', SAYS.died_before, { hint: renewalOf(ticket) });
  const facts = { hint: SAYS.check_first, plan: agreed.plan };
  if (order === null || order.state !== 'closed') {
    return new GpuError('outcome_unknown', SAYS.died(SAYS.not_known_yet), facts);
  }
  const { outcome, ref, took_effect } = order;
  return took_effect
    ? new GpuError('outcome_unknown', SAYS.died(SAYS.took_effect(ref)), {
        ...facts,
        candidates: ref === null ? [] : [ref],
      })
    : new GpuError('outcome_unknown', SAYS.died(SAYS.closed_as(outcome)), facts);
}

/** The outcome to store with a ticket: without secrets. */
export const toRemember = (outcome: TicketOutcome, redact: (text: string) => string): TicketOutcome =>
  outcome.kind === 'done'
    ? { ...outcome, output: mapTexts(outcome.output, redact) }
    : { ...outcome, message: redact(outcome.message) };
