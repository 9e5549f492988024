import { randomUUID } from 'node:crypto';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  CompleteRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  type ListToolsResult,
  ReadResourceRequestSchema,
  type ServerNotification,
  type ServerRequest,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { type Progress, progressTo } from '../../engine/context.ts';
import { type Handlers, handlersOf } from '../../engine/handlers.ts';
import { type Maintenance, startMaintenance } from '../../engine/maintenance.ts';
import { resultsOf, type ShownResult } from '../../engine/result.ts';
import { RpcError, type RpcFault } from '../../engine/rpc.ts';
import type { Runtime } from '../../engine/runtime.ts';
import { askingSession } from './elicit.ts';
import { createHandshakeServer } from './sdk.ts';

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** A list of tools as the SDK types it. */
const toListResult = (list: ReturnType<Handlers['listTools']>): ListToolsResult =>
  list as unknown as ListToolsResult;

/** A tool result as the SDK types it. */
const toCallResult = (result: ShownResult): CallToolResult => result as unknown as CallToolResult;

/** Error codes of this revision (Model Context Protocol 2025-11-25, Resources > Error Handling for the second). */
const CODES: Readonly<Record<RpcFault, number>> = {
  invalid_params: ErrorCode.InvalidParams,
  resource_not_found: -32002,
  missing_capability: ErrorCode.InvalidRequest,
  internal: ErrorCode.InternalError,
};

/** Runs a handler; an RpcError becomes one that the SDK sends as it is. Its McpError would add the code to the message. */
async function translated<T>(handle: () => T | Promise<T>): Promise<T> {
  try {
    return await handle();
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const { message, fault, data } = error;
    throw Object.assign(new Error(message, { cause: error }), {
      code: CODES[fault],
      ...(data !== null && { data }),
    });
  }
}

const progressOf = (extra: Extra): Progress =>
  progressTo(
    extra._meta?.progressToken,
    (params) =>
      void extra
        .sendNotification({ method: 'notifications/progress', params: { ...params } })
        .catch(() => {}),
  );

/** Runs `begin` when a transport is connected, and `end` when it or the server closes, without using `server.onclose`. */
function onSession(server: Server, begin: () => void, end: () => void): void {
  const follow = (transport: Transport) => {
    const before = transport.onclose;
    transport.onclose = () => {
      end();
      before?.();
    };
    begin();
  };
  if (server.transport !== undefined) follow(server.transport);
  const connect = server.connect.bind(server);
  server.connect = async (transport) => {
    follow(transport);
    await connect(transport);
  };
  const close = server.close.bind(server);
  server.close = async () => {
    end();
    await close();
  };
}

/**
 * A protocol server over a runtime for `principal` (default: the user of this computer), one for each connection: it holds
 * only a session id and subscriptions, which end with its transport. `server.onclose` stays free for the caller.
 */
export function createServer(runtime: Runtime, principal?: string): Server {
  const server = createHandshakeServer(runtime.version);
  registerHandlers(server, runtime, principal);
  return server;
}

/** Registers all handlers beyond `initialize` on a server, connected or not. */
function registerHandlers(server: Server, runtime: Runtime, principal?: string): void {
  const handlers = handlersOf(runtime);
  const sessionId = randomUUID();

  server.setRequestHandler(ListToolsRequestSchema, (_request, { requestInfo }) =>
    toListResult(handlers.listTools(resultsOf(requestInfo?.url, runtime.results))),
  );
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const progress = progressOf(extra);
    const session = askingSession(
      server,
      { id: extra.sessionId ?? sessionId, principal },
      {
        requestId: extra.requestId,
        signal: extra.signal,
        heartbeat: () => progress(0, null, 'Waiting for the user to confirm'),
      },
    );
    const { name, arguments: args = {} } = params;
    const { signal } = extra;
    const results = resultsOf(extra.requestInfo?.url, runtime.results);
    return toCallResult(await handlers.callTool({ name, args, session, signal, progress }, results));
  });

  server.setRequestHandler(ListResourcesRequestSchema, () => handlers.listResources());
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => handlers.listResourceTemplates());
  server.setRequestHandler(ReadResourceRequestSchema, ({ params }, { signal }) =>
    translated(() => handlers.readResource(params.uri, signal, principal)),
  );

  const notify = (sending: Promise<void>) => void sending.catch(() => {});
  const subscriptions = handlers.openSubscriptions({
    updated: (uri) => notify(server.sendResourceUpdated({ uri })),
    listChanged: () => {
      if (server.getClientVersion() !== undefined) notify(server.sendResourceListChanged());
    },
  });
  onSession(server, subscriptions.open, subscriptions.close);
  server.setRequestHandler(SubscribeRequestSchema, async ({ params }, { signal }) => {
    await translated(() => subscriptions.subscribe(params.uri, signal));
    return {};
  });
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => {
    subscriptions.unsubscribe(params.uri);
    return {};
  });

  server.setRequestHandler(CompleteRequestSchema, ({ params: { ref, argument, context } }) =>
    translated(() => handlers.complete({ ref, argument, given: context?.arguments ?? {} })),
  );
  server.setRequestHandler(ListPromptsRequestSchema, () => handlers.listPrompts());
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) =>
    translated(() => {
      const prompt = handlers.getPrompt(params.name, params.arguments ?? {});
      if ('needs' in prompt) throw new RpcError('internal', 'This prompt needs a later protocol revision.');
      return { ...prompt };
    }),
  );
}

/** The log line of a server whose tools can be called. */
export const READY = 'clouds and tools ready';

/** A runtime behind a server. `stop` resolves when the running round of maintenance is over. */
interface Attached {
  /** Starts maintenance, if it does not run. */
  begin: () => void;
  stop: () => Promise<void>;
}

/**
 * Attaches a runtime to a server that has only answered the handshake. Maintenance begins once the client has sent
 * `initialized`, or when it is started by the caller.
 */
export function attachRuntime(server: Server, runtime: Runtime): Attached {
  registerHandlers(server, runtime);
  let maintenance: Maintenance | null = null;
  server.onerror = (error) => runtime.log({ level: 'warn', msg: 'protocol error', error: error.message });
  const begin = () => {
    maintenance ??= startMaintenance(runtime);
  };
  server.oninitialized = begin;
  runtime.log({
    level: 'info',
    msg: READY,
    tools: runtime.tools.size,
    clouds: runtime.clouds.ids,
  });
  return { begin, stop: async () => maintenance?.stop() };
}
