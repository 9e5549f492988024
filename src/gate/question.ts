import { cutTo, widthOf, wrap } from '../core/columns.ts';
import { type Cost, type Planned, planLines } from '../core/plan.ts';
import { clean, quote } from '../core/text.ts';
import type { Question } from './deps.ts';
import { QUESTION_SAYS } from './messages.ts';

/** Clients draw questions in boxes of about this width. */
const COLUMNS = 80;
/** A longer name gets a line of its own, so that it can be read whole. */
const LONG_NAME = 24;

/** Continuation lines are indented, so that no name can begin a line. */
const broken = (text: string): string[] => wrap(text, COLUMNS, '  ').split('\n');

/** The price and how long it is paid, in a few words; empty if nothing is paid. */
function priceOf({ usd_per_hour, usd_upfront, usd_upfront_max }: Cost, until: string | null): string {
  if (usd_per_hour === null || usd_upfront_max === null) return QUESTION_SAYS.price_unknown;
  const parts: string[] = [];
  if (usd_upfront_max > 0) {
    parts.push(
      usd_upfront === usd_upfront_max
        ? QUESTION_SAYS.now(usd_upfront_max)
        : QUESTION_SAYS.now_between(usd_upfront, usd_upfront_max),
    );
  }
  if (usd_per_hour > 0) parts.push(QUESTION_SAYS.hourly(usd_per_hour, until));
  return parts.join(', ');
}

/** What a question is made from. */
type Asked = Pick<Planned, 'plan' | 'head'>;

/**
 * The first line of a question: what is done, its price and how long it is paid; the name, if it does not fit into the
 * line; and all three in one line of any length.
 */
function headline({ plan: { cost }, head: { what, name, until } }: Asked): {
  line: string;
  name: string | null;
  whole: string;
} {
  const price = priceOf(cost, until);
  const end = price === '' ? '.' : `: ${price}.`;
  const whole = what + (name === null ? '' : ` ${quote(name)}`) + end;
  const fits = name !== null && widthOf(name) <= LONG_NAME && widthOf(whole) <= COLUMNS;
  if (fits) return { line: whole, name: null, whole };
  return { line: cutTo(what, COLUMNS - widthOf(end)) + end, name, whole };
}

/** What to type, whole in the first line. */
function instruction(challenge: string): string[] {
  const parts = QUESTION_SAYS.type(challenge);
  const line = parts.join(' ');
  return widthOf(line) <= COLUMNS ? [line] : parts;
}

/**
 * The question to a person. Its first three lines are the headline, the worst consequence, and what to type, also after
 * a wrong text: some clients show no more. `mistyped`: the wrong text. The field's description names the thing as well.
 */
export function questionOf(asked: Asked, mistyped?: string): Question {
  const { plan, head } = asked;
  const { line, name, whole } = headline(asked);
  const worst = cutTo(head.worst, COLUMNS);
  const isTyped = name !== null && plan.challenge === clean(name, 200);
  const lines = [
    line,
    worst,
    ...instruction(plan.challenge),
    ...(mistyped === undefined ? [] : broken(QUESTION_SAYS.mistyped(mistyped.slice(0, 60)))),
    ...(name === null || isTyped ? [] : [quote(cutTo(clean(name), COLUMNS - 2), COLUMNS)]),
    ...planLines(plan)
      .filter((text) => text !== `! ${worst}` && text !== `- ${worst}`)
      .flatMap(broken),
    ...instruction(plan.challenge),
  ];
  return { message: lines.join('\n'), challenge: plan.challenge, description: `${whole} ${worst}` };
}

/** What the user has to reply to an agent: the challenge, followed by the thing's name if the challenge is only a verb. */
export function replyFor({ plan, facts }: Pick<Planned, 'plan' | 'facts'>): string {
  const { name } = facts;
  const isVerb = /^(?:stop|restart|update|add|create)$/.test(plan.challenge);
  return isVerb && typeof name === 'string' && name !== '' ? `${plan.challenge} ${name}` : plan.challenge;
}
