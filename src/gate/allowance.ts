import type { Metered, Planned } from '../core/plan.ts';
import type { ConfirmMode, Grantor } from '../core/policy.ts';
import type { CloudId } from '../core/ref.ts';
import { usd } from '../core/text.ts';
import type { AllowanceLeft } from '../store/port.ts';
import type { GateDeps } from './deps.ts';
import { ALLOWANCE_SAYS } from './messages.ts';
import { keyOf } from './tickets.ts';

/** How long one consent to metered calls lasts, milliseconds. */
export const ALLOWANCE_MS = 24 * 60 * 60 * 1000;
/** How many calls of unknown price it covers. */
export const ALLOWANCE_CALLS = 50;

/** What one consent to metered calls covers for a day: USD of calls with a known price, and calls without one. */
interface Terms {
  usd: number;
  calls: number;
}

/** The terms of a consent; null if it covers this call alone: the operator wants it so, or its price is above a day's USD. */
export function termsOf(
  { usd: price }: Pick<Metered, 'usd'>,
  { use_allowance_usd, caps }: GateDeps,
): Terms | null {
  const max = Math.min(use_allowance_usd, caps.max_job_usd);
  return max <= 0 || (price ?? 0) > max ? null : { usd: max, calls: ALLOWANCE_CALLS };
}

/** The key under which the store keeps the allowance of a principal for an account. It reveals neither. */
export const allowanceKey = (principal: string, cloud: CloudId, { account }: GateDeps): string =>
  keyOf(`allowance ${account(cloud)} ${principal}`);

const COUNTS: Readonly<Record<ConfirmMode, readonly Grantor[]>> = {
  auto: ['person', 'reported'],
  human: ['person'],
  token: ['person', 'reported', 'token'],
  block: [],
};
/** Whose consent counts in a mode: a stricter mode does not accept a consent that a weaker one accepted. */
export const grantorsIn = (mode: ConfirmMode): readonly Grantor[] => COUNTS[mode];

/** What is left of the allowance of a principal for a cloud's account; null if the next call needs a consent. */
export async function allowanceLeft(
  principal: string,
  cloud: CloudId,
  deps: GateDeps,
): Promise<AllowanceLeft | null> {
  if (deps.read_only || termsOf({ usd: null }, deps) === null) return null;
  const left = await deps.store.allowances.find(allowanceKey(principal, cloud, deps));
  return left !== null && grantorsIn(deps.mode).includes(left.by) ? left : null;
}

/** ISO time to the minute, for people. */
const minuteOf = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** The plan of a metered call as the person is asked for it: for this call, or for a day of such calls. */
export function withTerms(planned: Planned, metered: Metered, deps: GateDeps): Planned {
  const terms = termsOf(metered, deps);
  const { plan, head, facts } = planned;
  const isKnown = metered.usd !== null;
  if (terms === null) {
    const challenge = isKnown ? usd(metered.usd) : ALLOWANCE_SAYS.allow(1);
    return {
      ...planned,
      plan: { ...plan, challenge },
      facts: { ...facts, covers: ALLOWANCE_SAYS.covers_one },
    };
  }
  const until = minuteOf(deps.now().getTime() + ALLOWANCE_MS);
  return {
    ...planned,
    plan: {
      ...plan,
      summary: ALLOWANCE_SAYS.summary(plan.summary),
      effects: [...plan.effects, ALLOWANCE_SAYS.scope(until), ALLOWANCE_SAYS.limits(terms.calls, terms.usd)],
      consequences: [...plan.consequences, ALLOWANCE_SAYS.unasked],
      cost: { ...plan.cost, usd_upfront_max: isKnown ? terms.usd : null },
      challenge: isKnown ? usd(terms.usd) : ALLOWANCE_SAYS.allow(terms.calls),
    },
    head: {
      ...head,
      what: isKnown ? ALLOWANCE_SAYS.what : ALLOWANCE_SAYS.what_calls(terms.calls),
      name: null,
    },
    facts: { ...facts, covers: ALLOWANCE_SAYS.covers_day(terms.calls, terms.usd) },
  };
}
