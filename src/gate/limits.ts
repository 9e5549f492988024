import { GpuError } from '../core/errors.ts';
import { describeAlternatives } from '../core/offer.ts';
import type { Planned } from '../core/plan.ts';
import { type Caps, USD_EPSILON } from '../core/policy.ts';
import { burn, type Fleet, isPrice } from '../core/spend.ts';
import { quote, usd } from '../core/text.ts';
import type { Agreed } from '../store/records.ts';
import { CHANGE_SAYS, LIMIT_SAYS, SAYS } from './messages.ts';

/** What counts against the caps before an action: live pods of all clouds and reservations of orders in flight. */
export interface Usage {
  usd_per_hour: number | null;
  pods: number;
  /** Why `usd_per_hour` is unknown, as a clause; null if it is known. */
  unknown: string | null;
}

/** Usage from a fleet reading. A cloud that could not be read or a live pod without a price makes it unknown. */
export function usageOf(fleet: Fleet): Usage {
  const pods = fleet.pods.length + fleet.reserved.pods;
  const [failed] = fleet.errors;
  if (failed !== undefined) {
    return { usd_per_hour: null, pods, unknown: LIMIT_SAYS.unread(failed.cloud, failed.error.code) };
  }
  const sum = burn(fleet.pods);
  if (sum === null) {
    const unpriced = fleet.pods.find(({ rate }) => !isPrice(rate.usd_per_hour_max));
    return { usd_per_hour: null, pods, unknown: LIMIT_SAYS.unpriced(String(unpriced?.pod.ref)) };
  }
  return { usd_per_hour: sum + fleet.reserved.usd_per_hour, pods, unknown: null };
}

const overLimit = (planned: Planned, message: string, hint: string): GpuError =>
  new GpuError('over_limit', `${message} ${SAYS.nothing_done}`, {
    hint,
    plan: planned.plan,
  });

/** The sentence that says how many hours fit under a limit at the upper price, rounded down to 0.01 h; empty if the debit is not by the hour. */
function hoursThatFit({ hours, adds: { usd_upfront: debit } }: Planned, limit: number): string {
  if (hours === null || debit === null || debit <= 0) return '';
  const fit = Math.floor(((limit * hours) / debit) * 100 + USD_EPSILON) / 100;
  return fit > 0 ? ` ${LIMIT_SAYS.hours_paid(fit, limit)}` : '';
}

/** What else can be rented for at most `limit` an hour, USD; empty for an action that rents no machine. */
const cheaper = ({ instead }: Planned, limit: number): string =>
  instead === null || limit <= 0 ? '' : ` ${describeAlternatives(instead, limit + USD_EPSILON)}`;

/** The first cap that the action would break, as an error with the arithmetic and the variable to raise; else null. */
export function judgeCaps(planned: Planned, caps: Caps, usage: Usage | null): GpuError | null {
  const { adds, callerLimits } = planned;
  if (!isPrice(adds.usd_per_hour) || !isPrice(adds.usd_upfront)) {
    return overLimit(
      planned,
      LIMIT_SAYS.no_price,
      `${LIMIT_SAYS.no_price_next}${cheaper(planned, Number.POSITIVE_INFINITY)}`,
    );
  }
  if (
    callerLimits.usd_per_hour !== undefined &&
    adds.usd_per_hour > callerLimits.usd_per_hour + USD_EPSILON
  ) {
    return overLimit(
      planned,
      LIMIT_SAYS.hourly(adds.usd_per_hour, callerLimits.usd_per_hour),
      `${LIMIT_SAYS.hourly_next}${cheaper(planned, callerLimits.usd_per_hour)}`,
    );
  }
  if (callerLimits.usd_upfront !== undefined && adds.usd_upfront > callerLimits.usd_upfront + USD_EPSILON) {
    return overLimit(
      planned,
      `${LIMIT_SAYS.debit(adds.usd_upfront, callerLimits.usd_upfront)}${hoursThatFit(planned, callerLimits.usd_upfront)}`,
      LIMIT_SAYS.debit_next,
    );
  }
  if (adds.usd_upfront > caps.max_job_usd + USD_EPSILON) {
    return overLimit(
      planned,
      `${LIMIT_SAYS.debit_cap(adds.usd_upfront, caps.max_job_usd)}${hoursThatFit(planned, caps.max_job_usd)}`,
      LIMIT_SAYS.debit_cap_next,
    );
  }
  return usage === null ? null : judgeFleet(planned, caps, usage, adds.usd_per_hour);
}

function judgeFleet(planned: Planned, caps: Caps, usage: Usage, added: number): GpuError | null {
  const { pods } = planned.adds;
  if (pods > 0 && usage.pods + pods > caps.max_pods) {
    return overLimit(planned, LIMIT_SAYS.pods(usage.pods, pods, caps.max_pods), LIMIT_SAYS.pods_next);
  }
  if (added <= 0 && pods === 0) return null;
  if (usage.usd_per_hour === null) {
    return overLimit(planned, LIMIT_SAYS.burn_unknown(usage.unknown ?? ''), LIMIT_SAYS.burn_unknown_next);
  }
  if (usage.usd_per_hour + added <= caps.max_usd_per_hour + USD_EPSILON) return null;
  return overLimit(
    planned,
    LIMIT_SAYS.burn(usage.usd_per_hour, added, caps.max_usd_per_hour),
    `${LIMIT_SAYS.burn_next}${cheaper(planned, caps.max_usd_per_hour - usage.usd_per_hour)}`,
  );
}

/** `judgeCaps` for a metered call: its price may be unknown, unless the cap on a debit is 0. */
export function judgeMetered(planned: Planned, caps: Caps): GpuError | null {
  if (planned.adds.usd_upfront !== null) return judgeCaps(planned, caps, null);
  return caps.max_job_usd > 0 ? null : overLimit(planned, LIMIT_SAYS.metered, LIMIT_SAYS.metered_next);
}

/** The higher amount; null if one is unknown. */
const higherOf = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : Math.max(a, b);

/**
 * The prices that a consent to this plan covers: those shown, or what is added to the fleet if that is more. The start of
 * a pod that counts already adds nothing, and yet has a price.
 */
export const agreedPrices = ({
  plan: { cost },
  adds,
}: Planned): { usd_per_hour: number | null; usd_upfront: number | null } => ({
  usd_per_hour: higherOf(cost.usd_per_hour, adds.usd_per_hour),
  usd_upfront: higherOf(cost.usd_upfront_max, adds.usd_upfront),
});

/**
 * What changed between the agreed plan and the one that was read just before executing: one `name: old → new` each.
 * A price that fell does not count. The summaries are compared, because another machine may be behind the same ref now.
 */
export function changesSince(agreed: Agreed, after: Planned): string[] {
  const changes: string[] = [];
  const present = agreedPrices(after);
  for (const [name, [was, is]] of [
    [CHANGE_SAYS.hourly, [agreed.usd_per_hour, present.usd_per_hour]],
    [CHANGE_SAYS.upfront, [agreed.usd_upfront, present.usd_upfront]],
  ] as const) {
    if (is === null || was === null ? is !== was : is > was + USD_EPSILON) {
      changes.push(CHANGE_SAYS.change(name, money(was), money(is)));
    }
  }
  for (const key of new Set([...Object.keys(agreed.facts), ...Object.keys(after.facts)])) {
    const [was, is] = [agreed.facts[key] ?? null, after.facts[key] ?? null];
    if (was !== is) changes.push(CHANGE_SAYS.change(key, shownAs(was), shownAs(is)));
  }
  const [was, is] = [agreed.plan.summary, after.plan.summary];
  if (changes.length === 0 && was !== is) {
    changes.push(CHANGE_SAYS.change(CHANGE_SAYS.summary, quote(was, 200), quote(is, 200)));
  }
  return changes;
}

const money = (amount: number | null): string =>
  amount === null ? CHANGE_SAYS.unknown_price : `$${usd(amount)}`;

const shownAs = (value: string | number | boolean | null): string =>
  value === null ? CHANGE_SAYS.nothing : typeof value === 'string' ? quote(value) : String(value);
