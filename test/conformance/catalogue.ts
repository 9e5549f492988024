import type { CallRequest } from '../../src/engine/dispatch.ts';
import type { Handlers } from '../../src/engine/handlers.ts';
import type { Needs, Returned } from '../../src/engine/returned.ts';
import { RpcError } from '../../src/engine/rpc.ts';
import { IMAGE, TOOLS } from './tools.ts';

const NOTHING: Returned = { state: null, responses: {} };

const call = async ({ name, args, session, progress }: CallRequest, returned: Returned) => {
  const tool = Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined;
  if (tool === undefined) throw new RpcError('invalid_params', `There is no tool ${name}.`);
  return tool({ args, session, returned, progress });
};

const TEMPLATE = /^test:\/\/template\/([^/]+)\/data$/;
const page = (uri: string, mimeType: string, body: object) => ({ contents: [{ uri, mimeType, ...body }] });

function read(uri: string) {
  const id = TEMPLATE.exec(uri)?.[1];
  if (id !== undefined) {
    const data = { id, templateTest: true, data: `Data for ID: ${id}` };
    return page(uri, 'application/json', { text: JSON.stringify(data) });
  }
  switch (uri) {
    case 'test://static-text':
      return page(uri, 'text/plain', { text: 'This is the content of the static text resource.' });
    case 'test://static-binary':
      return page(uri, 'image/png', { blob: IMAGE.data });
    case 'test://watched-resource':
      return page(uri, 'text/plain', { text: 'Nothing happens here.' });
    default:
      throw new RpcError('resource_not_found', 'There is nothing at this URI.', { uri });
  }
}

const URIS = ['test://static-text', 'test://static-binary', 'test://watched-resource'];

const message = (content: object) => ({ role: 'user', content });
const words = (text: string) => message({ type: 'text', text });

/** The prompts that the suite asks for. */
function prompt(
  name: string,
  args: Readonly<Record<string, string>>,
  returned: Returned,
): object[] | { needs: Needs } {
  switch (name) {
    case 'test_simple_prompt':
      return [words('This is a simple prompt for testing.')];
    case 'test_prompt_with_arguments':
      return [words(`Prompt with arguments: arg1='${args.arg1}', arg2='${args.arg2}'`)];
    case 'test_prompt_with_embedded_resource': {
      const text = 'Embedded resource content for testing.';
      const resource = { uri: args.resourceUri, mimeType: 'text/plain', text };
      return [message({ type: 'resource', resource }), words('Please process the embedded resource above.')];
    }
    case 'test_prompt_with_image':
      return [message(IMAGE), words('Please analyze the image above.')];
    case 'test_input_required_result_prompt': {
      const answer = returned.responses.user_context;
      if (answer !== undefined) return [words(`With the context ${JSON.stringify(answer)}.`)];
      const requestedSchema = {
        type: 'object',
        properties: { context: { type: 'string' } },
        required: ['context'],
      };
      const params = { mode: 'form', message: 'What context should the prompt use?', requestedSchema };
      return { needs: { inputs: { user_context: { method: 'elicitation/create', params } } } };
    }
    default:
      throw new RpcError('invalid_params', `There is no prompt ${name}.`);
  }
}

const PROMPTS: Readonly<Record<string, string[]>> = {
  test_simple_prompt: [],
  test_prompt_with_arguments: ['arg1', 'arg2'],
  test_prompt_with_embedded_resource: ['resourceUri'],
  test_prompt_with_image: [],
  test_input_required_result_prompt: [],
};

/**
 * The tools, prompts and resources of the official conformance suite behind our own fronts: what it then tests is how a
 * message comes in and a result goes out, over both revisions. It is no part of the program.
 */
export const suiteHandlers = {
  listTools: () => ({
    tools: Object.keys(TOOLS).map((name) => ({
      name,
      description: `What the suite calls ${name}.`,
      inputSchema: { type: 'object', properties: {} },
    })),
  }),
  callTool: (request: CallRequest) => call(request, NOTHING),
  async stepTool(request: CallRequest, returned: Returned) {
    const step = await call(request, returned);
    return 'needs' in step ? step : { result: step };
  },
  listResources: () => ({
    resources: URIS.map((uri) => ({ uri, name: uri, description: 'For the suite.' })),
  }),
  listResourceTemplates: () => ({
    resourceTemplates: [
      {
        uriTemplate: 'test://template/{id}/data',
        name: 'data',
        title: 'Data',
        description: 'For the suite.',
        mimeType: 'application/json',
      },
    ],
  }),
  readResource: async (uri: string) => read(uri),
  listPrompts: () => ({
    prompts: Object.entries(PROMPTS).map(([name, args]) => ({
      name,
      title: name,
      description: 'For the suite.',
      arguments: args.map((arg) => ({ name: arg, description: arg, required: true })),
    })),
  }),
  getPrompt(name: string, args: Readonly<Record<string, string>>, returned: Returned = NOTHING) {
    const rendered = prompt(name, args, returned);
    return 'needs' in rendered ? rendered : { description: name, messages: rendered };
  },
  complete: async () => ({ completion: { values: ['paris', 'park', 'party'], total: 3, hasMore: false } }),
  openSubscriptions: () => ({
    open: () => {},
    subscribe: async (uri: string) => void read(uri),
    unsubscribe: () => {},
    close: () => {},
  }),
} as unknown as Handlers;
