import { type Cost, NO_PRICE, type Plan } from './plan.ts';
import { usd } from './text.ts';

function costLine(cost: Cost): string | null {
  const parts: string[] = [];
  if (cost.usd_per_hour === null || cost.usd_per_hour > 0)
    parts.push(cost.usd_per_hour === null ? 'price unknown' : `$${usd(cost.usd_per_hour)}/h`);
  const { usd_upfront: least, usd_upfront_max: most } = cost;
  if (most === null || most > 0) {
    parts.push(least === most ? `$${usd(most)} now` : `$${usd(least)} to $${usd(most)} now`);
  }
  const basis = cost.basis.replace(/\.$/, '');
  if (parts.length > 0) return `Cost: ${parts.join(', ')} (${basis}; as of ${cost.quoted_at}).`;
  return cost.basis === NO_PRICE ? null : `Cost: ${basis} (as of ${cost.quoted_at}).`;
}

/** The plan as lines for a person: what, which effects, what it costs, what follows. */
export function planLines(plan: Plan): string[] {
  const cost = costLine(plan.cost);
  return [
    plan.summary,
    ...plan.effects.map((effect) => `- ${effect}`),
    ...(cost === null ? [] : [cost]),
    ...plan.consequences.map((consequence) => `! ${consequence}`),
  ];
}

/** The message of a confirmation form; it always ends with what to type. */
export const planMessage = (plan: Plan): string =>
  [...planLines(plan), `Type "${plan.challenge}" to confirm.`].join('\n');
