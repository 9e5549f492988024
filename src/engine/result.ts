import type { GpuError } from '../core/errors.ts';
import type { Extra } from '../core/outcome.ts';
import { type Plan, planLines } from '../core/plan.ts';
import { RESULT_FORMS, type Results } from '../core/policy.ts';
import { errorForAgent } from '../core/settings-rule.ts';
import { mapTexts } from '../core/text.ts';
import type { Done, GateOutcome } from '../gate/deps.ts';
import type { OpenCall, Tool } from '../tools/tool.ts';
import { RESULT_SAYS } from './messages.ts';
import type { Runtime } from './runtime.ts';
import { linesWithin, MAX_CHARACTERS, valueWithin } from './within.ts';

/** The result of a tool call, in the shape of the protocol. */
export interface CallResult {
  content: ({ type: 'text'; text: string } | Extra)[];
  structuredContent: Record<string, unknown>;
  isError: boolean;
}

/** What every result shows beyond its own content: whether it is simulated, and the notices. */
export type Marking = Pick<Runtime, 'sandbox' | 'redact'> & { notices: readonly string[] };

/** The text of a result in lines. If it is too long for one answer, `rest` is cut from its end. */
interface Lines {
  head: readonly string[];
  rest: readonly string[];
  tail?: readonly string[];
}

/** The size of notices in a result, characters; the structured form is the longer one. */
export const noticeSize = (notices: readonly string[]): number =>
  notices.length === 0 ? 0 : JSON.stringify({ notices }).length;

function result(
  { sandbox, redact, notices }: Marking,
  structured: object,
  { head, rest, tail = [] }: Lines,
  extras: Extra[],
  isError: boolean,
): CallResult {
  const shown = notices.map(redact);
  const lines = shown.map((notice) => `! ${notice}`);
  const marked = mapTexts({ ...structured, ...(sandbox && { sandbox: true }) }, redact);
  const clean = (lines: readonly string[]) => lines.map(redact);
  const text = linesWithin(
    // The notices of a failure come after its first line and before the next step.
    clean([...(sandbox ? [RESULT_SAYS.sandbox] : []), ...head, ...(isError ? lines : [])]),
    clean(rest),
    clean([...(isError ? [] : lines), ...tail]),
    MAX_CHARACTERS,
  );
  const body = valueWithin(marked as Record<string, unknown>, MAX_CHARACTERS - noticeSize(shown));
  return {
    content: [{ type: 'text', text }, ...extras],
    structuredContent: shown.length === 0 ? body : { ...body, notices: shown },
    isError,
  };
}

/** How a call ended: a read, or a write. */
type Ended = { done: unknown; extras: Extra[] } | Done;

/** The result of a call that ended. @throws if the output does not fit the tool's schema */
export function render(marking: Marking, tool: Tool, call: OpenCall, ended: Ended): CallResult {
  const isWrite = 'kind' in ended;
  const output = tool.output.parse(isWrite ? ended.output : ended.done);
  const marks = {
    ...(isWrite && ended.reconciled && { reconciled: true }),
    ...(isWrite && ended.repeated_at !== undefined && { repeated: true, done_at: ended.repeated_at }),
  };
  const notes = [
    ...(isWrite && ended.repeated_at !== undefined ? [RESULT_SAYS.repeated(ended.repeated_at)] : []),
    ...(isWrite && ended.reconciled ? [RESULT_SAYS.reconciled] : []),
  ];
  const shown: Record<string, unknown> = { ...tool.shown(output), ...marks };
  const lines = tool.text(output, call.input).split('\n');
  const { next } = shown;
  const at = typeof next === 'string' ? lines.findLastIndex((line) => line.includes(next)) : -1;
  // The lines from the next step on are never cut. They hold all that the tool says after it.
  const words = at < 1 ? { rest: lines } : { rest: lines.slice(0, at), tail: lines.slice(at) };
  return result(marking, shown, { head: notes, ...words }, ended.extras, false);
}

/** An error result: the same as text and as `error`, with the refused plan if there is one. */
export function failure(marking: Marking, raised: GpuError): CallResult {
  const error = errorForAgent(raised);
  const next = [
    ...(error.retryAfterSeconds === null ? [] : [RESULT_SAYS.wait(error.retryAfterSeconds)]),
    ...(error.hint === null ? [] : [error.hint]),
  ].join(' ');
  const structured = {
    error: {
      code: error.code,
      message: error.message,
      hint: error.hint,
      retryable: error.retryable,
      retry_after_seconds: error.retryAfterSeconds,
      cloud: error.cloud,
      ...(error.candidates !== null && { candidates: error.candidates }),
      next: next === '' ? null : next,
    },
    ...(error.plan !== null && { plan: error.plan }),
  };
  const head = [`${error.code}: ${error.message}`];
  const candidates = error.candidates ?? [];
  const rest = [
    ...(candidates.length > 0 ? [RESULT_SAYS.candidates(candidates)] : []),
    ...(next === '' ? [] : [RESULT_SAYS.next(next)]),
    ...(error.plan === null ? [] : [RESULT_SAYS.plan_was, ...planLines(error.plan)]),
  ];
  return result(marking, structured, { head, rest }, [], true);
}

/** A plan that waits for consent. Not an error: nothing was done, and the next step is the user's. */
export function pendingResult(
  marking: Marking,
  tool: string,
  { plan, changes, confirmation }: Extract<GateOutcome, { kind: 'pending' }>,
): CallResult {
  const message = changes.length === 0 ? RESULT_SAYS.pending : RESULT_SAYS.changed(changes);
  const next =
    confirmation === null ? RESULT_SAYS.changed_next(tool) : RESULT_SAYS.token_next(tool, confirmation);
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
  const words = { head: [message], rest: planLines(plan), tail: [next] };
  return result(marking, structured, words, [], false);
}

/** The result of a dry run. Its plan cannot be confirmed. */
export function shownResult(marking: Marking, tool: string, plan: Plan): CallResult {
  const message = RESULT_SAYS.dry_run;
  const next = RESULT_SAYS.dry_run_next(tool);
  const structured = { status: 'dry_run', message, plan, next };
  return result(marking, structured, { head: [message], rest: planLines(plan), tail: [next] }, [], false);
}

/** The result of a call while another one with the same consent is still running. */
export function workingResult(
  marking: Marking,
  tool: string,
  { plan, way }: Extract<GateOutcome, { kind: 'working' }>,
): CallResult {
  const message = RESULT_SAYS.working(tool);
  const next = RESULT_SAYS.working_next[way](tool);
  const structured = { status: 'in_progress', message, plan, next };
  return result(marking, structured, { head: [message], rest: planLines(plan), tail: [next] }, [], false);
}

/** A result as a client gets it. */
export type ShownResult = Omit<CallResult, 'structuredContent'> &
  Partial<Pick<CallResult, 'structuredContent'>>;

/** The form that a request asks for by `?results=` in its address; otherwise the server's. */
export function resultsOf(address: URL | undefined, results: Results): Results {
  const asked = address?.searchParams.get('results');
  return RESULT_FORMS.find((form) => form === asked?.toLowerCase()) ?? results;
}

/** A result in one form. Several hosts pass only the structured content to a model, at several times the tokens. */
export function resultIn(results: Results, result: CallResult): ShownResult {
  if (results === 'both') return result;
  const { structuredContent: _forPrograms, ...shown } = result;
  return shown;
}
