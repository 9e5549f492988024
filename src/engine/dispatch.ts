import { asGpuError, causeOf, GpuError } from '../core/errors.ts';
import type { WatchKind } from '../core/live.ts';
import type { Results } from '../core/policy.ts';
import type { Answer, GateOutcome, Question } from '../gate/deps.ts';
import { gatedCall } from '../gate/gated-call.ts';
import type { Sending } from '../gate/writes.ts';
import type { Tool } from '../tools/tool.ts';
import { LOCAL, type Progress, toolContext } from './context.ts';
import { gateCallOf } from './gate-call.ts';
import { givenArguments, requiredOf } from './input.ts';
import { REPLY_FIELD, RESULT_SAYS, TOKEN_FIELD } from './messages.ts';
import type { CallNotices } from './notices.ts';
import { type FoundInput, findTool, type NamedCall, openNamed } from './open-call.ts';
import {
  type CallResult,
  failure,
  type Marking,
  noticeSize,
  pendingResult,
  render,
  shownResult,
  workingResult,
} from './result.ts';
import type { Runtime } from './runtime.ts';
import type { Reply, Session } from './session.ts';

/** One tool call, from any front end. */
export interface CallRequest {
  name: string;
  args: Record<string, unknown>;
  session: Session;
  signal: AbortSignal;
  progress: Progress;
  /** The form of the result. Default: the server's. */
  results?: Results;
  /** What the step before found for the names in `args`: a question and its answer are two steps of one request. */
  found?: FoundInput | null;
}

/** How one step of a call ended: with a result, or with a question to a person. The next step gets the answer and `found`. */
export type Step = { result: CallResult } | { question: Question; ticket: string; found: FoundInput | null };

/**
 * One step of a tool call: find, parse, gate, run, render; every error becomes a result. It never waits for a person: a
 * front that can only return questions calls it again with the answer; `dispatch` does so for fronts that can send them.
 * `isReturned`: the client handed the answer's ticket back as `requestState`.
 */
export async function stepCall(
  runtime: Runtime,
  request: CallRequest,
  answer: Answer | null,
  isReturned = false,
): Promise<Step> {
  const started = runtime.monotonic();
  const sending = runtime.gate.writes.open();
  const notices = runtime.notices.forCall(request.session.principal ?? LOCAL, request.session.id);
  // A client that cancelled the call reads no result.
  const mark: Mark = async () => ({
    sandbox: runtime.sandbox,
    redact: runtime.redact,
    notices: request.signal.aborted ? [] : await notices.take(),
  });
  const log = (event: Record<string, unknown>, level: 'info' | 'error' = 'info') =>
    runtime.log({ level, msg: 'tool call', ms: Math.round(runtime.monotonic() - started), ...event });
  try {
    const tool = findTool(runtime, request.name);
    const {
      [TOKEN_FIELD]: token,
      [REPLY_FIELD]: reply,
      ...args
    } = givenArguments(request.args, requiredOf(tool.input));
    const given = answer ?? tokenAnswer(token, reply);
    const named = await openNamed(runtime, request, tool, args, {
      token,
      reply,
      isReturned,
      ticket: given?.ticket ?? null,
    });
    const held = heldFor(given, runtime.monotonic() - started);
    const step = await runCall(runtime, { ...request, notices, mark }, sending, tool, named, held);
    if ('result' in step && !step.result.isError) log({ tool: tool.name, ok: true });
    return step;
  } catch (error) {
    const known = request.signal.aborted && !(error instanceof GpuError) ? cancelled() : asGpuError(error);
    log(
      {
        tool: request.name,
        ok: false,
        code: known.code,
        ...(!(error instanceof GpuError) && {
          cause: causeOf(error),
        }),
      },
      known.code === 'upstream_error' ? 'error' : 'info',
    );
    return { result: failure(await mark(), known) };
  } finally {
    sending.end();
  }
}

/** A whole tool call for a front that can send questions to a person: asks, and continues with the answer. */
export async function dispatch(runtime: Runtime, request: CallRequest): Promise<CallResult> {
  let answer: Answer | null = null;
  let found: FoundInput | null = null;
  for (;;) {
    const step = await stepCall(runtime, { ...request, found }, answer);
    if ('result' in step) return step.result;
    found = step.found;
    answer = await answerTo(runtime, request, step.question, step.ticket);
  }
}

async function answerTo(
  runtime: Runtime,
  { session, signal }: CallRequest,
  question: Question,
  ticket: string,
): Promise<Answer> {
  const asked = runtime.monotonic();
  let reply: Reply;
  try {
    reply = await session.ask(question);
  } catch (error) {
    if (signal.aborted) return { kind: 'cancelled', ticket };
    runtime.log({ level: 'warn', msg: 'a question failed', error: String(error) });
    return { kind: 'unshown', ticket };
  }
  if (signal.aborted) return { kind: 'cancelled', ticket };
  return reply.kind === 'expired' || reply.kind === 'unshown'
    ? { ...reply, ticket }
    : { ...reply, ticket, after_ms: runtime.monotonic() - asked };
}

/** The answer with the time for which this call has had it, so that the look-up of names does not pass for a person's. */
const heldFor = (answer: Answer | null, held_ms: number): Answer | null =>
  answer !== null && 'after_ms' in answer ? { ...answer, held_ms } : answer;

const tokenAnswer = (token: unknown, reply: unknown): Answer | null =>
  typeof token === 'string'
    ? { kind: 'token', ticket: token, user_reply: typeof reply === 'string' ? reply : undefined }
    : null;

const cancelled = (): GpuError => new GpuError('cancelled', RESULT_SAYS.cancelled);

/** Makes the marking of a result once the call has ended, so that it holds the notices that the call itself caused. */
type Mark = () => Promise<Marking>;

/** A running call. */
interface RunningCall extends CallRequest {
  notices: CallNotices;
  mark: Mark;
}

async function runCall(
  runtime: Runtime,
  request: RunningCall,
  sending: Sending,
  tool: Tool,
  named: NamedCall,
  answer: Answer | null,
): Promise<Step> {
  const { call, reading } = named;
  if (tool.effect === 'read') {
    const { results = runtime.results } = request;
    const { signal, progress, session, notices } = request;
    const ctx = toolContext(runtime, { signal, progress, principal: session.principal }, { reading });
    const spending = {
      ...ctx.spending,
      markNoticesShown: notices.markShown,
      noticeCharacters: async () => noticeSize(await notices.take()),
    };
    const written = await call.run({ ...ctx, spending, results }, null);
    if (!('done' in written)) throw new Error(`${tool.name} reads but wrote`);
    const ended = { ...written, extras: written.extras ?? [] };
    return { result: render(await request.mark(), tool, call, ended) };
  }
  const outcome = await gatedCall(
    gateCallOf(runtime, request, sending, tool, named, tool.effect),
    answer,
    runtime.gate,
  );
  return stepOf(runtime, request.mark, tool, named, outcome);
}

const KIND_OF: Partial<Record<Tool['toolset'], WatchKind>> = { pods: 'pod', jobs: 'job' };

/**
 * Notifies watchers of our own write at once instead of at the next poll. `ref`: the thing that was written to; null if it
 * is not known.
 */
function refreshAfterWrite(runtime: Pick<Runtime, 'poller'>, tool: Tool, ref: string | null): void {
  const kind = KIND_OF[tool.toolset];
  if (kind === undefined) return;
  const [cloud, , ...rest] = ref?.split(':') ?? [];
  const id = cloud === undefined ? null : rest.join(':');
  runtime.poller.refresh({ cloud: cloud ?? null, kind, id, why: 'written' }, tool.changesList);
}

/** @throws GpuError of a refusal */
async function stepOf(
  runtime: Runtime,
  mark: Mark,
  tool: Tool,
  { call, found }: NamedCall,
  outcome: GateOutcome,
): Promise<Step> {
  switch (outcome.kind) {
    case 'ask':
      return { question: outcome.question, ticket: outcome.ticket, found };
    case 'pending':
      return { result: pendingResult(await mark(), tool.name, outcome) };
    case 'shown':
      return { result: shownResult(await mark(), tool.name, outcome.plan) };
    case 'working':
      return { result: workingResult(await mark(), tool.name, outcome) };
    case 'refused':
      if (outcome.error.code === 'outcome_unknown') refreshAfterWrite(runtime, tool, null);
      throw outcome.error;
    case 'done':
      refreshAfterWrite(runtime, tool, outcome.ref);
      try {
        return { result: render(await mark(), tool, call, outcome) };
      } catch (error) {
        throw resultUnreadable(runtime, tool, outcome.ref, error);
      }
  }
}

/** The error for a write that took effect and whose result does not fit its schema: it must not look like a failed write. */
function resultUnreadable(runtime: Runtime, tool: Tool, ref: string | null, cause: unknown): GpuError {
  runtime.log({
    level: 'error',
    msg: 'a result could not be rendered',
    tool: tool.name,
    cause: causeOf(cause),
  });
  return new GpuError('outcome_unknown', RESULT_SAYS.unreadable(tool.name), {
    hint: RESULT_SAYS.unreadable_next,
    candidates: ref === null ? [] : [ref],
    cause,
  });
}
