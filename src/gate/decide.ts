import { GpuError } from '../core/errors.ts';
import type { Plan, Planned } from '../core/plan.ts';
import type { Caps, ConfirmMode } from '../core/policy.ts';
import { StoreUnreachable } from '../core/store-error.ts';
import type { Agreed } from '../store/records.ts';
import type { Answer, GateCall, GateDeps, Timing } from './deps.ts';
import { judgeCaps, judgeMetered, type Usage } from './limits.ts';
import { SAYS } from './messages.ts';
import { replyFor } from './question.ts';

const QUOTES = /^["'“”„«»‘’`]+|["'“”„«»‘’`]+$/g;
/** Invisible code points; U+2800 is a blank that counts as a symbol. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Text as a person reads it: single spaces, nothing invisible, no quotes around it, lower case. */
const fold = (text: string): string =>
  text
    .normalize('NFC')
    .replace(INVISIBLE, ' ')
    .replace(/[\s\p{Zs}]+/gu, ' ')
    .trim()
    .replace(QUOTES, '')
    .trim()
    .toLowerCase();

/** An amount as decimal digits without leading or trailing zeros; null if the text is not exactly one amount. */
function amountOf(text: string): string | null {
  const bare = fold(text)
    .replace(/^(?:us\$|usd|\$)\s*/, '')
    .replace(/\s*(?:\$|usd|us dollars?|dollars?)?\s*(?:\/\s*h(?:ou)?r?|per hour|an hour)?$/, '');
  const [, whole, part = ''] = /^(\d+)(?:[.,](\d+))?$/.exec(bare) ?? [];
  if (whole === undefined) return null;
  const decimals = part.replace(/0+$/, '');
  return `${whole.replace(/^0+(?=\d)/, '')}${decimals === '' ? '' : `.${decimals}`}`;
}

/** True if the typed text is the challenge: amounts are compared as decimals, other texts as a person reads them. */
export function matchesChallenge(challenge: string, typed: string): boolean {
  const wanted = fold(challenge);
  if (wanted === '') return false;
  if (fold(typed) === wanted) return true;
  const amount = /^\d+(?:\.\d+)?$/.test(wanted) ? amountOf(wanted) : null;
  return amount !== null && amountOf(typed) === amount;
}

/** True if nothing was typed. */
export const isBlank = (typed: string): boolean => fold(typed) === '';

/** What the operator and the client's abilities allow. */
export interface Policy {
  mode: ConfirmMode;
  read_only: boolean;
  caps: Caps;
  /** The client can show a person a form (capability `elicitation`). */
  can_ask: boolean;
  /** Mode `token` covers this action: it spends, interrupts, or removes what this server made. */
  token_suffices: boolean;
  /** The call is billed by its use, at a price that may be unknown. */
  is_metered: boolean;
}

/** True if a plan removes only what this server made, which is unknown without the store; what it only stops may be anybody's. */
async function isAllOurs({ plan, parts }: Pick<Agreed, 'plan' | 'parts'>, deps: GateDeps): Promise<boolean> {
  const removed = (parts.length === 0 ? [plan] : parts).filter(
    ({ action }) => deps.actions.get(action)?.effect !== 'interrupt',
  );
  if (removed.length === 0) return true;
  const ours = await deps.store.orders.ownRefs().catch((error: unknown): string[] => {
    if (error instanceof StoreUnreachable) return [];
    throw error;
  });
  return removed.every(({ ref }) => ref !== null && ours.includes(ref));
}

/** What the operator and the client's abilities allow of a call: whether a token suffices depends on what the agreed plan removes. */
export async function policyFor(
  call: GateCall,
  agreed: Pick<Agreed, 'plan' | 'parts'>,
  deps: GateDeps,
): Promise<Policy> {
  const isUnattended = deps.mode === 'token' && call.effect === 'destroy';
  const isOurs = isUnattended && (await isAllOurs(agreed, deps));
  return {
    mode: deps.mode,
    read_only: deps.read_only,
    caps: deps.caps,
    can_ask: call.caller.can_ask,
    token_suffices: ['use', 'spend', 'interrupt'].includes(call.effect) || isOurs,
    is_metered: call.metered !== null,
  };
}

/** The next step for a plan that has no answer yet. `hand_out`: the agent gets a token. */
export type Decision = { do: 'ask' } | { do: 'hand_out' } | { do: 'refuse'; error: GpuError };

/** How an answer is judged. `keep`: the ticket stays usable. */
export type Verdict =
  | { do: 'execute'; answer: 'person' | 'token' | 'reported' }
  | { do: 'ask_again'; typed?: string }
  | { do: 'refuse'; error: GpuError; keep?: true };

/** A client that answers sooner has shown the question to nobody, milliseconds. */
const READING_MS = 300;

const refusal = (error: GpuError): { do: 'refuse'; error: GpuError } => ({ do: 'refuse', error });

/**
 * The next step for this plan under this policy. Pure, as is `judgeAnswer`. `usage`: what the fleet burns without this
 * action; null for actions that cannot raise it.
 */
export function decide(planned: Planned, policy: Policy, usage: Usage | null): Decision {
  const { plan } = planned;
  if (policy.read_only) return refusal(readOnly(plan));
  const over = policy.is_metered
    ? judgeMetered(planned, policy.caps)
    : judgeCaps(planned, policy.caps, usage);
  if (over !== null) return refusal(over);
  if (policy.mode === 'block') return refusal(blocked(plan));
  if (policy.mode === 'token' && policy.token_suffices) return { do: 'hand_out' };
  if (policy.can_ask) return { do: 'ask' };
  if (policy.mode === 'auto') return { do: 'hand_out' };
  const why = policy.mode === 'token' ? SAYS.not_ours : SAYS.no_person;
  return refusal(new GpuError('confirmation_required', why, { hint: SAYS.how_to_ask, plan }));
}

/** Judges an answer to the agreed plan. `mistyped`: how often a wrong text was typed before. */
export function judgeAnswer(agreed: Agreed, policy: Policy, answer: Answer, mistyped: number): Verdict {
  const { plan } = agreed;
  if (policy.read_only) return refusal(readOnly(plan));
  if (policy.mode === 'block') return refusal(blocked(plan));
  switch (answer.kind) {
    case 'token':
      return judgeToken(agreed, policy, answer.user_reply);
    case 'typed':
      if (matchesChallenge(plan.challenge, answer.text)) return { do: 'execute', answer: 'person' };
      if (isBlank(answer.text)) return judgeNo(plan, SAYS.empty, answer);
      return mistyped === 0 && !isHasty(answer)
        ? { do: 'ask_again', typed: answer.text }
        : judgeNo(plan, SAYS.mistyped, answer);
    case 'empty':
    case 'declined':
    case 'dismissed':
      return judgeNo(plan, SAYS[answer.kind], answer);
    case 'unanswered':
      return { do: 'ask_again' };
    case 'expired':
      return refusal(new GpuError('timeout', SAYS.expired, { hint: SAYS.expired_next, plan }));
    case 'cancelled':
      return refusal(new GpuError('cancelled', SAYS.cancelled, { plan }));
    case 'unshown':
      return refusal(new GpuError('confirmation_required', SAYS.unshown, { hint: SAYS.unshown_next, plan }));
  }
}

/** True if the client answered before a person can have read the question. */
const isHasty = ({ after_ms }: Timing): boolean => after_ms !== null && after_ms < READING_MS;

/** An answer that is no yes: final if a person can have given it, else reported as the host's own. `why`: what it was. */
const judgeNo = (plan: Plan, why: string, timing: Timing): Verdict =>
  refusal(
    isHasty(timing)
      ? new GpuError('confirmation_required', SAYS.by_itself(timing.after_ms ?? 0), {
          hint: SAYS.by_itself_next,
          plan,
        })
      : declined(plan, why),
  );

function judgeToken(agreed: Agreed, policy: Policy, userReply: string | undefined): Verdict {
  const { plan } = agreed;
  if (policy.mode === 'token' && policy.token_suffices) return { do: 'execute', answer: 'token' };
  if (policy.can_ask) return refusal(invalid(plan, SAYS.form_only, SAYS.form_only_next));
  if (policy.mode !== 'auto') {
    return refusal(new GpuError('confirmation_required', SAYS.no_person, { hint: SAYS.how_to_ask, plan }));
  }
  const reply = replyFor(agreed);
  if (userReply === undefined || isBlank(userReply)) {
    return { ...refusal(invalid(plan, SAYS.no_reply(reply), SAYS.no_reply_next)), keep: true };
  }
  if (matchesChallenge(reply, userReply)) return { do: 'execute', answer: 'reported' };
  return refusal(new GpuError('declined', SAYS.other_reply(reply), { hint: SAYS.final, plan }));
}

const invalid = (plan: Plan, message: string, hint: string): GpuError =>
  new GpuError('confirmation_invalid', message, { hint, plan });

const declined = (plan: Plan, why: string): GpuError =>
  new GpuError('declined', `${why} ${SAYS.nothing_done}`, { hint: SAYS.final, plan });

/** The refusal of every write on a server that only shows plans. */
export const blocked = (plan: Plan | null): GpuError =>
  new GpuError('declined', SAYS.block, { hint: SAYS.block_next, ...(plan === null ? {} : { plan }) });

/** The refusal of every write on a read-only server. */
export const readOnly = (plan: Plan | null): GpuError =>
  new GpuError('read_only', SAYS.read_only, {
    hint: SAYS.read_only_next,
    ...(plan === null ? {} : { plan }),
  });
