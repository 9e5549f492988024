import type { GpuError } from '../core/errors.ts';
import type { Extra } from '../core/outcome.ts';
import { type Plan, planLines } from '../core/plan.ts';
import type { Confirmation, GateOutcome } from '../gate/deps.ts';
import { REPLY_FIELD, TOKEN_FIELD } from './listing.ts';
import type { Runtime } from './runtime.ts';

/** What a tool call gives back, in the shape of the protocol but free of the SDK. */
export interface CallResult {
  content: ({ type: 'text'; text: string } | Extra)[];
  structuredContent: Record<string, unknown>;
  isError: boolean;
}

type Marking = Pick<Runtime, 'sandbox' | 'redact'>;

const SANDBOX_NOTE = '[sandbox: simulated clouds, no real money]\n';

/** The last defence of the secrets rule: every string of a result passes the redactor. What holds no secret is not copied. */
export function redactAll(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const clean = value.map((inner) => redactAll(inner, redact));
    return clean.some((inner, at) => inner !== value[at]) ? clean : value;
  }
  const given = value as Record<string, unknown>;
  let copy: Record<string, unknown> | null = null;
  for (const key in given) {
    const inner = given[key];
    if (typeof inner !== 'string' && (typeof inner !== 'object' || inner === null)) continue;
    const clean = redactAll(inner, redact);
    if (clean === inner) continue;
    copy ??= { ...given };
    copy[key] = clean;
  }
  return copy ?? value;
}

function result(
  { sandbox, redact }: Marking,
  structured: object,
  text: string,
  extras: Extra[],
  isError: boolean,
): CallResult {
  const marked = { ...structured, ...(sandbox && { sandbox: true }) };
  return {
    content: [{ type: 'text', text: redact(sandbox ? SANDBOX_NOTE + text : text) }, ...extras],
    structuredContent: redactAll(marked, redact) as Record<string, unknown>,
    isError,
  };
}

/** A success. */
export const success = (marking: Marking, output: object, text: string, extras: Extra[]): CallResult =>
  result(marking, output, text, extras, false);

/** A failure: the same in words and as `error`; with the refused plan if there is one. */
export function failure(marking: Marking, error: GpuError): CallResult {
  const next = [
    ...(error.retryAfterSeconds === null ? [] : [`Try again after ${error.retryAfterSeconds} s.`]),
    ...(error.hint === null ? [] : [error.hint]),
  ];
  const structured = {
    error: {
      code: error.code,
      message: error.message,
      hint: error.hint,
      retryable: error.retryable,
      retry_after_seconds: error.retryAfterSeconds,
      cloud: error.cloud,
      ...(error.candidates !== null && { candidates: error.candidates }),
      ...(next.length > 0 && { next: next.join(' ') }),
    },
    ...(error.plan !== null && { plan: error.plan }),
  };
  const lines = [
    `${error.code}: ${error.message}`,
    ...(error.candidates !== null && error.candidates.length > 0
      ? [`Candidates: ${error.candidates.join(', ')}`]
      : []),
    ...(next.length === 0 ? [] : [`Next: ${next.join(' ')}`]),
    ...(error.plan === null ? [] : ['The plan was:', ...planLines(error.plan)]),
  ];
  return result(marking, structured, lines.join('\n'), [], true);
}

/** A plan that waits for consent. Not an error: nothing was done, and the next step is the user's. */
export function pendingResult(
  marking: Marking,
  tool: string,
  { plan, changes, confirmation }: Extract<GateOutcome, { kind: 'pending' }>,
): CallResult {
  const message =
    changes.length === 0
      ? 'Nothing has been done yet: a person has to agree first.'
      : `Nothing was sent, because something changed since the plan was shown: ${changes.join('; ')}.`;
  const next = confirmation === null ? askAnew(tool) : handBack(tool, confirmation);
  const structured = {
    status: 'confirmation_required',
    message,
    plan,
    ...(changes.length > 0 && { changes }),
    ...(confirmation !== null && {
      confirmation: {
        token: confirmation.token,
        expires_at: confirmation.expires_at,
        ...(confirmation.reply !== null && { reply: confirmation.reply }),
      },
    }),
    next,
  };
  return result(marking, structured, [message, ...planLines(plan), next].join('\n'), [], false);
}

const askAnew = (tool: string): string =>
  `Tell the user what changed. If they still want it, call ${tool} again; they will be asked with the new figures.`;

/** How the agent gets the user's consent to this very plan. */
function handBack(tool: string, { token, expires_at, reply }: Confirmation): string {
  const call = `call ${tool} again with the same arguments, ${TOKEN_FIELD}="${token}"`;
  return reply === null
    ? `To go on, ${call} (once, until ${expires_at}).`
    : `Stop here and show this plan to the user in full. An earlier yes does not count. Ask the user to reply with "${reply}"; then ${call} and ${REPLY_FIELD}=<their words> (once, until ${expires_at}).`;
}

/** Another call with the same consent is still acting. */
export function workingResult(marking: Marking, tool: string, plan: Plan): CallResult {
  const message = `This ${tool} is under way already; nothing more was sent.`;
  const next = `Call ${tool} again with the same arguments and the same ${TOKEN_FIELD} to get its result.`;
  return result(marking, { status: 'in_progress', message, plan, next }, `${message}\n${next}`, [], false);
}
