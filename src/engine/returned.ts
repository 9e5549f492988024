import type { Answer } from '../gate/deps.ts';
import { type CallRequest, stepCall } from './dispatch.ts';
import { INPUT_SAYS } from './messages.ts';
import type { CallResult } from './result.ts';
import { RpcError } from './rpc.ts';
import type { Runtime } from './runtime.ts';
import { formOf, replyOf } from './session.ts';

/** What a reply asks its client for, and the state that the client hands back with the answer. */
export interface Needs {
  /** The requests by name, each as its method and parameters. */
  inputs: Readonly<Record<string, { method: string; params: Readonly<Record<string, unknown>> }>>;
  state?: string;
}

/** What a client handed back with a request that it repeats. */
export interface Returned {
  /** Null if the request is a new one. */
  state: string | null;
  responses: Readonly<Record<string, unknown>>;
}

/** The name of the one question that a tool asks. */
const CONSENT = 'confirm';

/** The capability that a client needs to show a form. */
export const FORM_CAPABILITY = { elicitation: { form: {} } } as const;

function answerIn({ state, responses }: Returned): Answer | null {
  if (state === null) return null;
  const response = Object.hasOwn(responses, CONSENT) ? responses[CONSENT] : undefined;
  if (response === undefined) return { kind: 'unanswered', ticket: state };
  return { ...replyOf(response), ticket: state, after_ms: null };
}

/**
 * One step of a tool call for a front that can only return questions: a result, or what the client has to send.
 * @throws RpcError `missing_capability` for an answer from a client that does not declare `elicitation`
 */
export async function stepReturned(
  runtime: Runtime,
  request: CallRequest,
  returned: Returned,
): Promise<{ result: CallResult } | { needs: Needs }> {
  const answer = answerIn(returned);
  if (answer !== null && !request.session.can_ask) {
    throw new RpcError('missing_capability', INPUT_SAYS.state_incapable, {
      requiredCapabilities: FORM_CAPABILITY,
    });
  }
  const step = await stepCall(runtime, request, answer, answer !== null);
  if ('result' in step) return step;
  const params = { mode: 'form', ...formOf(step.question) };
  return { needs: { inputs: { [CONSENT]: { method: 'elicitation/create', params } }, state: step.ticket } };
}
