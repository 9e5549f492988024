import type { GpuError } from '../core/errors.ts';
import type { Extra } from '../core/outcome.ts';
import { planLines } from '../core/plan-text.ts';
import type { GateOutcome } from '../gate/deps.ts';
import { TOKEN_FIELD } from './listing.ts';
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

/** A failure: the same in words and as `error`; with the refused plan where there is one. */
export function failure(marking: Marking, error: GpuError): CallResult {
  const structured = {
    error: {
      code: error.code,
      message: error.message,
      hint: error.hint,
      retryable: error.retryable,
      retry_after_seconds: error.retryAfterSeconds,
      cloud: error.cloud,
      ...(error.candidates !== null && { candidates: error.candidates }),
    },
    ...(error.plan !== null && { plan: error.plan }),
  };
  const lines = [
    `${error.code}: ${error.message}`,
    ...(error.retryAfterSeconds === null ? [] : [`Try again after ${error.retryAfterSeconds} s.`]),
    ...(error.candidates !== null && error.candidates.length > 0
      ? [`Candidates: ${error.candidates.join(', ')}`]
      : []),
    ...(error.hint === null ? [] : [`Next: ${error.hint}`]),
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
  const next =
    confirmation === null
      ? `Tell the user what changed. If they still want it, call ${tool} again; they will be asked with the new figures.`
      : `Show this plan to the user in full. Only if they agree, call ${tool} again with the same arguments and ${TOKEN_FIELD}="${confirmation.token}" (once, until ${confirmation.expires_at}).`;
  const structured = {
    status: 'confirmation_required',
    message,
    plan,
    ...(changes.length > 0 && { changes }),
    ...(confirmation !== null && { confirmation }),
  };
  return result(marking, structured, [message, ...planLines(plan), next].join('\n'), [], false);
}
