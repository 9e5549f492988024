import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import type { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { parseFrame } from '../src/engine/frames.ts';
import { cancelledIn, requestIdOf } from '../src/engine/rpc.ts';
import type { Runtime } from '../src/engine/runtime.ts';
import { openModernPipe } from '../src/mcp/v2/pipe.ts';
import type { Person, PersonAnswer } from './harness.ts';

type Subscription = Awaited<ReturnType<Client['listen']>>;

/** Serves the revision without a handshake over an in-memory transport, as stdio does over a pipe. */
function serve(runtime: Runtime, transport: InMemoryTransport): void {
  const send = (message: object) => void transport.send(JSON.parse(JSON.stringify(message))).catch(() => {});
  const pipe = openModernPipe(runtime, send);
  transport.onmessage = (given) => {
    const frame = parseFrame(JSON.parse(JSON.stringify(given)));
    if ('dropped' in frame) return;
    if ('reply' in frame) return send(frame.reply);
    const { message } = frame;
    const cancelled = cancelledIn(message);
    if (cancelled !== null) pipe.cancel(cancelled);
    else if (requestIdOf(message) !== null) pipe.take(message);
  };
  transport.onclose = () => pipe.close();
}

/** What a test may ask of the official client of either revision. */
const METHODS = [
  'listTools',
  'listPrompts',
  'listResources',
  'listResourceTemplates',
  'readResource',
  'getPrompt',
  'complete',
  'getServerVersion',
  'getServerCapabilities',
  'getInstructions',
] as const;

/**
 * The official client of 2026-07-28 with the methods of the older one that the tests use: a subscription is one listen
 * stream, and list changes are another.
 */
export async function connectModern(
  runtime: Runtime,
  elicit: Person | undefined,
  toAnswer: (answer: PersonAnswer) => { action: 'accept' | 'decline' | 'cancel' },
  onAsked: (message: string) => void,
): Promise<OldClient> {
  const client = new Client(
    { name: 'harness', version: '1' },
    {
      capabilities: elicit === undefined ? {} : { elicitation: { form: {} } },
      versionNegotiation: { mode: { pin: '2026-07-28' } },
    },
  );
  if (elicit !== undefined) {
    client.setRequestHandler('elicitation/create', async ({ params }, { mcpReq }) => {
      if (!('requestedSchema' in params)) throw new Error('only forms are expected');
      onAsked(params.message);
      return toAnswer(await elicit(params.message, params.requestedSchema as never, mcpReq.signal));
    });
  }
  const [mine, theirs] = InMemoryTransport.createLinkedPair();
  serve(runtime, theirs);
  await client.connect(mine);
  const listening = new Map<string, Promise<Subscription>>();
  const adapted = {
    ...Object.fromEntries(METHODS.map((name) => [name, client[name].bind(client)])),
    callTool: (params: Parameters<Client['callTool']>[0], _schema: unknown, options: object) =>
      client.callTool(params, options),
    close: () => client.close(),
    async subscribeResource({ uri }: { uri: string }, options: { signal?: AbortSignal } = {}) {
      const subscribed = listening.get(uri) ?? client.listen({ resourceSubscriptions: [uri] }, options);
      listening.set(uri, subscribed);
      try {
        const { resourceSubscriptions = [] } = (await subscribed).honoredFilter;
        if (resourceSubscriptions.includes(uri)) return {};
      } catch (error) {
        listening.delete(uri);
        throw error;
      }
      listening.delete(uri);
      throw Object.assign(new Error(`There is nothing at ${uri}.`), { code: -32602 });
    },
    async unsubscribeResource({ uri }: { uri: string }) {
      await (await listening.get(uri))?.close();
      listening.delete(uri);
      return {};
    },
    setNotificationHandler(
      schema: { shape: { method: { value: string } } },
      handle: (notification: object) => void,
    ) {
      const method = schema.shape.method.value as 'notifications/resources/updated';
      client.setNotificationHandler(method, handle);
    },
  };
  await client.listen({ resourcesListChanged: true });
  return adapted as unknown as OldClient;
}
