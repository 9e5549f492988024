import { causeOf } from '../../core/errors.ts';
import type { Results } from '../../core/policy.ts';
import { progressTo } from '../../engine/context.ts';
import { type Handlers, handlersOf } from '../../engine/handlers.ts';
import { FORM_CAPABILITY, type Needs, type Returned } from '../../engine/returned.ts';
import { type Message, objectIn, RpcError } from '../../engine/rpc.ts';
import type { Runtime } from '../../engine/runtime.ts';
import type { Session } from '../../engine/session.ts';
import { capabilityFor, covers, type Envelope, judgeMessage, LISTEN, type MethodName } from './envelope.ts';
import {
  CODE,
  CODES,
  discovery,
  type Fault,
  identityOf,
  META,
  type Notification,
  type Reply,
  STATIC_TTL_MS,
} from './wire.ts';

/** One request of this revision, on its way to a handler. */
interface Incoming {
  message: Message;
  /** Whose consents count. Default: the user of this computer. */
  principal?: string | undefined;
  results: Results;
  /** Aborts if the client no longer waits for the answer. */
  signal: AbortSignal;
  /** Sends a notification before the answer. */
  notify: (notification: Notification) => void;
}

/** A request with everything that its method needs. */
interface Call extends Incoming {
  runtime: Runtime;
  handlers: Handlers;
  params: Record<string, unknown>;
  envelope: Envelope;
}

/** How a method answers, and how long clients may keep the answer, milliseconds; null = the revision has no such field. */
interface Method {
  ttlMs: number | null;
  answer: (call: Call) => object | Promise<object>;
}

/** The session id of this revision, which has no sessions: tickets are bound to the principal alone. */
const NO_SESSION = 'none';

/** How long clients may keep data that changes by itself: not at all. */
const LIVE_TTL_MS = 0;

const sessionOf = ({ principal, envelope }: Call): Session => ({
  id: NO_SESSION,
  principal,
  can_ask: covers(envelope.capabilities, FORM_CAPABILITY),
  ask: async () => ({ kind: 'unshown' }),
});

/** The answers that the client handed back. Their shapes were checked when the message came in. */
const returnedIn = ({ params }: Call): Returned => ({
  state: typeof params.requestState === 'string' ? params.requestState : null,
  responses: objectIn(params.inputResponses),
});

const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');
const wordsIn = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(objectIn(value)).map(([name, word]) => [name, textIn(word)]));

/** The result that asks for inputs. @throws RpcError `missing_capability` if the client does not declare the capability */
function inputRequired({ inputs, state }: Needs, { capabilities }: Envelope): object {
  for (const { method, params } of Object.values(inputs)) {
    const needed = capabilityFor(method, params);
    if (needed === null) throw new Error(`${method} is no input of this revision`);
    if (covers(capabilities, needed)) continue;
    const name = Object.keys(needed).join();
    throw new RpcError('missing_capability', `This request needs the client capability ${name}.`, {
      requiredCapabilities: needed,
    });
  }
  return {
    resultType: 'input_required',
    inputRequests: inputs,
    ...(state !== undefined && { requestState: state }),
  };
}

async function callTool(call: Call): Promise<object> {
  const { handlers, params, signal, results, envelope, notify } = call;
  const progress = progressTo(envelope.progressToken, (sent) =>
    notify({ method: 'notifications/progress', params: { ...sent } }),
  );
  const request = {
    name: textIn(params.name),
    args: objectIn(params.arguments),
    session: sessionOf(call),
    signal,
    progress,
  };
  const step = await handlers.stepTool(request, returnedIn(call), results);
  return 'needs' in step ? inputRequired(step.needs, envelope) : step.result;
}

function getPrompt(call: Call): object {
  const { handlers, params, envelope } = call;
  const prompt = handlers.getPrompt(textIn(params.name), wordsIn(params.arguments), returnedIn(call));
  return 'needs' in prompt ? inputRequired(prompt.needs, envelope) : prompt;
}

function complete({ handlers, params }: Call): Promise<object> {
  const { type, name, uri } = objectIn(params.ref);
  const argument = objectIn(params.argument);
  return handlers.complete({
    ref: type === 'ref/prompt' ? { type, name: textIn(name) } : { type: 'ref/resource', uri: textIn(uri) },
    argument: { name: textIn(argument.name), value: textIn(argument.value) },
    given: wordsIn(objectIn(params.context).arguments),
  });
}

/** How each method is answered, except `subscriptions/listen`. */
const METHODS: Readonly<Record<Exclude<MethodName, typeof LISTEN>, Method>> = {
  'server/discover': { ttlMs: STATIC_TTL_MS, answer: ({ runtime }) => discovery(runtime.version) },
  'tools/list': { ttlMs: STATIC_TTL_MS, answer: ({ handlers, results }) => handlers.listTools(results) },
  'tools/call': { ttlMs: null, answer: callTool },
  'prompts/list': { ttlMs: STATIC_TTL_MS, answer: ({ handlers }) => handlers.listPrompts() },
  'prompts/get': { ttlMs: null, answer: getPrompt },
  'resources/list': { ttlMs: LIVE_TTL_MS, answer: ({ handlers }) => handlers.listResources() },
  'resources/templates/list': {
    ttlMs: STATIC_TTL_MS,
    answer: ({ handlers }) => handlers.listResourceTemplates(),
  },
  'resources/read': {
    ttlMs: LIVE_TTL_MS,
    answer: ({ handlers, params, signal, principal }) =>
      handlers.readResource(textIn(params.uri), signal, principal),
  },
  'completion/complete': { ttlMs: null, answer: complete },
};

/** A failure as an error of this revision. Internal faults are logged; their cause is not sent. */
function faultOf(runtime: Runtime, error: unknown): Fault {
  if (error instanceof RpcError) {
    const { fault, message, data } = error;
    return { code: CODES[fault], message, ...(data !== null && { data }) };
  }
  runtime.log({ level: 'error', msg: 'request failed', cause: causeOf(error) });
  return { code: CODE.internal, message: 'Something went wrong in this server; it is in its log.' };
}

/** Answers one request other than a subscription. Never rejects. */
export async function answer(runtime: Runtime, incoming: Incoming): Promise<Reply> {
  const { message } = incoming;
  const judged = judgeMessage(message, null);
  if ('refused' in judged) return { error: judged.refused };
  const { method, envelope } = judged;
  if (method === LISTEN) return { error: { code: CODE.request, message: `${LISTEN} needs a stream.` } };
  const call = {
    ...incoming,
    runtime,
    envelope,
    handlers: handlersOf(runtime),
    params: objectIn(message.params),
  };
  try {
    const { ttlMs, answer: answerOf } = METHODS[method];
    const result = await answerOf(call);
    return {
      result: {
        resultType: 'complete',
        ...(ttlMs !== null && { ttlMs, cacheScope: 'private' }),
        _meta: { [META.server]: identityOf(runtime.version) },
        ...result,
      },
    };
  } catch (error) {
    return { error: faultOf(runtime, error) };
  }
}
