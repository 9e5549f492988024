import * as z from 'zod';
import type { Reading } from '../core/cloud.ts';
import { asGpuError, GpuError } from '../core/errors.ts';
import type { Extra } from '../core/outcome.ts';
import { type Planned, planSchema } from '../core/plan.ts';
import type { GateCall, Session } from '../gate/deps.ts';
import { passGate } from '../gate/pass.ts';
import { absence, TOOLS } from '../tools/index.ts';
import type { OpenCall, Tool } from '../tools/tool.ts';
import { fleetOf, type Progress, type Sending, toolContext } from './context.ts';
import { hiddenFields, TOKEN_FIELD } from './listing.ts';
import { type CallResult, failure, pendingResult, redactAll, success } from './result.ts';
import type { Runtime } from './runtime.ts';
import { touch } from './touch.ts';

/** One tool call, whatever front end it came from. */
export interface CallRequest {
  name: string;
  args: Record<string, unknown>;
  session: Session;
  signal: AbortSignal;
  progress: Progress;
}

/** The one pipeline of all tool calls: find, parse, gate, run, render; every error becomes a result. */
export async function dispatch(runtime: Runtime, request: CallRequest): Promise<CallResult> {
  const started = runtime.now().getTime();
  try {
    const tool = findTool(runtime, request.name);
    const { [TOKEN_FIELD]: token, ...args } = request.args;
    const call = openCall(runtime, tool, args, token);
    const result = await runCall(runtime, request, tool, call, typeof token === 'string' ? token : undefined);
    runtime.log({
      level: 'info',
      msg: 'tool call',
      tool: tool.name,
      ms: runtime.now().getTime() - started,
      ok: true,
    });
    return result;
  } catch (error) {
    const known = request.signal.aborted && !(error instanceof GpuError) ? cancelled() : asGpuError(error);
    runtime.log({
      level: known.code === 'upstream_error' ? 'error' : 'info',
      msg: 'tool call',
      tool: request.name,
      ms: runtime.now().getTime() - started,
      ok: false,
      code: known.code,
      ...(!(error instanceof GpuError) && {
        cause: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    });
    return failure(runtime, known);
  }
}

const cancelled = (): GpuError => new GpuError('cancelled', 'The call was cancelled; nothing was changed.');

const WHY_ABSENT = {
  read_only: ['read_only', 'this server is read-only.', 'The operator can start it without --read-only.'],
  not_configured: [
    'not_configured',
    'no configured cloud offers it.',
    'The operator can set the API key of the cloud that does.',
  ],
  toolset: ['not_configured', 'its toolset is switched off.', 'The operator can change --toolsets.'],
} as const;

/** The words of a name in any order and number: `pod_list` and `list_pods` are alike. */
const wordsOf = (name: string): string =>
  name
    .toLowerCase()
    .split(/[_-]/)
    .map((word) => word.replace(/s$/, ''))
    .toSorted()
    .join(' ');

function findTool(runtime: Runtime, name: string): Tool {
  const tool = runtime.tools.get(name);
  if (tool !== undefined) return tool;
  const known = TOOLS.find((candidate) => candidate.name === name);
  const why = known === undefined ? null : absence(known, runtime.selection);
  if (why !== null) {
    const [code, message, hint] = WHY_ABSENT[why];
    throw new GpuError(code, `The tool ${name} does not exist here: ${message}`, { hint });
  }
  const names = [...runtime.tools.keys()];
  const near = names.find((one) => wordsOf(one) === wordsOf(name));
  throw new GpuError('not_found', 'There is no tool of that name.', {
    hint: `${near === undefined ? '' : `Did you mean ${near}? `}The tools are: ${names.join(', ')}.`,
  });
}

const ruleOf = (issue: z.core.$ZodIssue): string =>
  issue.code === 'invalid_type' && issue.message.endsWith('received undefined')
    ? `needed (${issue.expected})`
    : issue.message;

function openCall(runtime: Runtime, tool: Tool, args: Record<string, unknown>, token: unknown): OpenCall {
  const hidden = hiddenFields(tool, runtime.cloudIds);
  const known = Object.keys(tool.input.shape).filter((name) => !hidden.includes(name));
  const faults: string[] = Object.keys(args)
    .filter((name) => !known.includes(name))
    .map((name) => `${name.slice(0, 60)}: not an argument of ${tool.name}`);
  if (token !== undefined && (!tool.gated || typeof token !== 'string')) {
    faults.push(`${TOKEN_FIELD}: ${tool.gated ? 'must be a string' : `not an argument of ${tool.name}`}`);
  }
  try {
    const call = tool.open(args);
    if (faults.length === 0) return call;
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    for (const issue of error.issues) {
      // Unknown arguments at the top are named above already, together with those of other clouds.
      if (issue.code === 'unrecognized_keys' && issue.path.length === 0) continue;
      faults.push(`${issue.path.join('.') || 'arguments'}: ${ruleOf(issue)}`);
    }
  }
  throw new GpuError('invalid_input', `${faults.join('; ')}.`, {
    hint: `${tool.name} takes: ${known.join(', ') || 'no arguments'}. Nothing was sent.`,
  });
}

async function runCall(
  runtime: Runtime,
  request: CallRequest,
  tool: Tool,
  call: OpenCall,
  token: string | undefined,
): Promise<CallResult> {
  const { signal, progress } = request;
  const context = (sending: Sending) => toolContext(runtime, signal, progress, sending);
  if (tool.effect === 'read') {
    const written = await call.run(context({}), null);
    if (!('done' in written)) throw new Error(`${tool.name} reads but wrote`);
    return render(runtime, tool, call, written.done, written.extras ?? [], false);
  }
  const { plan, reconcile } = call;
  // A plan and the fleet that its caps are checked against are one reading.
  let reading: Reading = { of: tool.name };
  const gateCall: GateCall = {
    tool: tool.name,
    spends: tool.effect === 'spend',
    input: call.input,
    token,
    session: request.session,
    signal,
    plan:
      plan === null
        ? null
        : async () => {
            reading = { of: tool.name };
            return shownSafely(runtime, await plan(context({ ...FOR_GATE, reading })));
          },
    run: (permit, planned) => call.run(context({ permit }), planned),
    reconcile:
      reconcile === null
        ? null
        : (planned, own) => reconcile(toolContext(runtime, own, progress, FOR_GATE), planned),
    fleet: () => fleetOf(runtime, { signal, ...FOR_GATE, reading }),
  };
  const outcome = await passGate(gateCall, runtime.gate).catch((error: unknown) => {
    if (asGpuError(error).code === 'outcome_unknown') touch(runtime, tool, null);
    throw error;
  });
  if (outcome.kind === 'pending') return pendingResult(runtime, tool.name, outcome);
  touch(runtime, tool, outcome.ref);
  try {
    return render(runtime, tool, call, outcome.output, outcome.extras, outcome.reconciled);
  } catch (error) {
    throw unsaid(runtime, tool, outcome.ref, error);
  }
}

/** A write took effect, but what came of it cannot be said: never to be taken for one that failed. */
function unsaid(runtime: Runtime, tool: Tool, ref: string | null, cause: unknown): GpuError {
  const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  runtime.log({ level: 'error', msg: 'a result could not be rendered', tool: tool.name, cause: why });
  return new GpuError('outcome_unknown', `${tool.name} took effect, but its result could not be read.`, {
    hint: 'Do not call it again: look with the list and get tools what came of it.',
    candidates: ref === null ? [] : [ref],
    cause,
  });
}

/** A plan whose words carry no secret: what a person is shown, types, and finds in the audit log is one and the same. */
const shownSafely = (runtime: Runtime, planned: Planned): Planned => ({
  ...planned,
  plan: planSchema.parse(redactAll(planned.plan, runtime.redact)),
});

/** How the gate reads: never from a cache, and from the share of the requests that is kept for writes. */
const FOR_GATE: Sending = { fresh: true, purpose: 'gate' };

function render(
  runtime: Runtime,
  tool: Tool,
  call: OpenCall,
  raw: unknown,
  extras: Extra[],
  reconciled: boolean,
): CallResult {
  const output = tool.output.parse(raw);
  const text = tool.text(output, call.input);
  if (!reconciled) return success(runtime, output, text, extras);
  const note = 'The reply of the cloud was lost; this is what was found by looking.';
  return success(runtime, { ...output, reconciled: true }, `${note}\n${text}`, extras);
}
