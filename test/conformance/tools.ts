import type { Needs, Returned } from '../../src/engine/returned.ts';
import { RpcError } from '../../src/engine/rpc.ts';
import type { Session } from '../../src/engine/session.ts';
import type { AskingSession } from '../../src/mcp/v1/elicit.ts';

/** One call of a tool that the suite knows by name. */
export interface SuiteCall {
  args: Record<string, unknown>;
  session: Session;
  returned: Returned;
  progress: (done: number, total: number | null, message: string) => void;
}

type Content = Record<string, unknown>;
export type SuiteResult = { content: Content[]; isError?: boolean } | { needs: Needs };

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';
export const IMAGE = { type: 'image', data: PNG, mimeType: 'image/png' };

const text = (words: string): Content => ({ type: 'text', text: words });
const says = (words: string): SuiteResult => ({ content: [text(words)] });
const embedded = (uri: string, mimeType: string, words: string): Content => ({
  type: 'resource',
  resource: { uri, mimeType, text: words },
});

const form = (message: string, properties: Record<string, object>) => ({
  method: 'elicitation/create',
  params: {
    mode: 'form',
    message,
    requestedSchema: { type: 'object', properties, required: Object.keys(properties) },
  },
});
const sampling = (words: string) => ({
  method: 'sampling/createMessage',
  params: { messages: [{ role: 'user', content: text(words) }], maxTokens: 100 },
});
const roots = { method: 'roots/list', params: {} };
const NAME = form('What is your name?', { name: { type: 'string' } });

/** The content of a form that was accepted; null if there is none, or it lacks a field. */
function filledIn({ responses }: Returned, key: string, field: string): string | null {
  const answer = responses[key] as { action?: string; content?: Record<string, unknown> } | undefined;
  const value = answer?.action === 'accept' ? answer.content?.[field] : undefined;
  return value === undefined ? null : String(value);
}

/** Sends a form of any kind while the call waits, as the older revisions do. */
async function show(session: Session, message: string, properties: object, required?: string[]) {
  if (!session.can_ask || !('show' in session))
    throw new RpcError('invalid_params', 'The client cannot ask.');
  const requestedSchema = { type: 'object', properties, ...(required && { required }) };
  const answer = await (session as AskingSession).show({ mode: 'form', message, requestedSchema } as never);
  return `action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`;
}

const DEFAULTS = {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
};
const options = ['option1', 'option2', 'option3'];
const titled = ['First', 'Second', 'Third'].map((title, at) => ({ const: `value${at + 1}`, title }));
const ENUMS = {
  untitledSingle: { type: 'string', enum: options },
  titledSingle: { type: 'string', oneOf: titled },
  legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['One', 'Two', 'Three'] },
  untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
  titledMulti: { type: 'array', items: { anyOf: titled } },
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function inSteps({ progress }: SuiteCall): Promise<SuiteResult> {
  for (const done of [0, 50, 100]) {
    progress(done, 100, `${done} of 100`);
    await pause(50);
  }
  return says('Done in three steps.');
}

/** Only a state that was handed out counts. */
function stateOf({ returned }: SuiteCall, ...issued: string[]): string | null {
  if (returned.state === null) return null;
  if (issued.includes(returned.state)) return returned.state;
  throw new RpcError('invalid_params', 'This requestState was not handed out here.');
}

function confirmed(call: SuiteCall): SuiteResult {
  const ok = form('Please confirm', { ok: { type: 'boolean' } });
  if (stateOf(call, 'asked') === null || filledIn(call.returned, 'confirm', 'ok') === null) {
    return { needs: { inputs: { confirm: ok }, state: 'asked' } };
  }
  return says('state-ok');
}

function inRounds(call: SuiteCall): SuiteResult {
  const state = stateOf(call, 'round-1', 'round-2');
  const color = form('Step 2: What is your favorite color?', { color: { type: 'string' } });
  const name = filledIn(call.returned, 'step1', 'name');
  if (state === 'round-2') return says(`Your color is ${filledIn(call.returned, 'step2', 'color')}.`);
  if (state === 'round-1' && name !== null) return { needs: { inputs: { step2: color }, state: 'round-2' } };
  const first = form('Step 1: What is your name?', { name: { type: 'string' } });
  return { needs: { inputs: { step1: first }, state: 'round-1' } };
}

/** Asks for what is not there yet. */
function once(key: string, input: Needs['inputs'][string]) {
  return ({ returned }: SuiteCall): SuiteResult => {
    const answer = returned.responses[key];
    return answer === undefined
      ? { needs: { inputs: { [key]: input } } }
      : says(`You said: ${JSON.stringify(answer)}`);
  };
}

/** The tools that the suite calls, by name. */
export const TOOLS: Readonly<Record<string, (call: SuiteCall) => SuiteResult | Promise<SuiteResult>>> = {
  test_simple_text: () => says('This is a simple text response for testing.'),
  test_image_content: () => ({ content: [IMAGE] }),
  test_audio_content: () => ({ content: [{ type: 'audio', data: WAV, mimeType: 'audio/wav' }] }),
  test_embedded_resource: () => ({
    content: [embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')],
  }),
  test_multiple_content_types: () => ({
    content: [
      text('Multiple content types test:'),
      IMAGE,
      embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
    ],
  }),
  test_error_handling: () => ({
    content: [text('This tool intentionally returns an error for testing')],
    isError: true,
  }),
  test_tool_with_progress: inSteps,
  test_logging_tool: () => says('Nothing is logged to a client that set no level.'),
  test_elicitation: async ({ session, args }) => {
    const fields = { username: { type: 'string' }, email: { type: 'string' } };
    return says(`User response: ${await show(session, String(args.message), fields, Object.keys(fields))}`);
  },
  test_elicitation_sep1034_defaults: async ({ session }) =>
    says(`Elicitation completed: ${await show(session, 'Please check', DEFAULTS)}`),
  test_elicitation_sep1330_enums: async ({ session }) =>
    says(`Elicitation completed: ${await show(session, 'Please choose', ENUMS)}`),
  test_missing_capability: once('needed', sampling('Only a client that samples can answer this.')),
  test_streaming_elicitation: (call) => {
    call.progress(0, null, 'Asking');
    return once('user_name', NAME)(call);
  },
  test_input_required_result_elicitation: ({ returned }) => {
    const name = filledIn(returned, 'user_name', 'name');
    return name === null ? { needs: { inputs: { user_name: NAME } } } : says(`Hello, ${name}!`);
  },
  test_input_required_result_sampling: once('capital_question', sampling('What is the capital of France?')),
  test_input_required_result_list_roots: once('client_roots', roots),
  test_input_required_result_request_state: confirmed,
  test_input_required_result_tampered_state: confirmed,
  test_input_required_result_multi_round: inRounds,
  test_input_required_result_multiple_inputs: (call) => {
    const inputs = { user_name: NAME, greeting: sampling('Generate a greeting'), client_roots: roots };
    const isWhole = Object.keys(inputs).every((key) => key in call.returned.responses);
    if (stateOf(call, 'three') === null || !isWhole) return { needs: { inputs, state: 'three' } };
    return says('All three are there.');
  },
  test_input_required_result_capabilities: (call) =>
    call.session.can_ask ? once('user_name', NAME)(call) : once('greeting', sampling('Say hello'))(call),
};
