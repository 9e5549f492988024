import { randomUUID } from 'node:crypto';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  type ListToolsResult,
  McpError,
  ReadResourceRequestSchema,
  type ServerNotification,
  type ServerRequest,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { asGpuError, GpuError } from '../../core/errors.ts';
import { createCompleter } from '../../engine/completion.ts';
import { type Progress, toolContext } from '../../engine/context.ts';
import { dispatch } from '../../engine/dispatch.ts';
import type { Runtime } from '../../engine/runtime.ts';
import { createSubscriptions } from '../../engine/subscriptions.ts';
import { selectPrompts } from '../../prompts/index.ts';
import { listResources, readResource, selectFamilies } from '../../resources/index.ts';
import { askingSession } from './elicit.ts';
import { createGreeter } from './greeter.ts';
import { toCallResult, toListResult } from './sdk-results.ts';

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

// JSON-RPC code for an unknown resource (Model Context Protocol 2025-11-25, Resources > Error Handling).
const RESOURCE_NOT_FOUND = -32002;

/** How long a reading for completions may take, milliseconds. It outlives the request that caused it: others share it. */
const COMPLETION_MS = 10_000;

function progressOf(extra: Extra): Progress {
  const token = extra._meta?.progressToken;
  if (token === undefined) return () => {};
  let last = -1;
  return (done, total, message) => {
    last = Math.max(done, last + 0.001);
    const params = { progressToken: token, progress: last, message, ...(total !== null && { total }) };
    void extra.sendNotification({ method: 'notifications/progress', params }).catch(() => {});
  };
}

const results = new WeakMap<Runtime['listed'], ListToolsResult>();

/** The reply to tools/list: one object for all connections that have this list, however often they ask. */
function listResult(listed: Runtime['listed']): ListToolsResult {
  const result = results.get(listed) ?? toListResult(listed);
  results.set(listed, result);
  return result;
}

/** A failure of a read as the protocol has it: unknown resources have a code of their own. Failures of ours are logged. */
function resourceError(runtime: Runtime, uri: string, error: unknown): McpError {
  const { code, message, hint } = asGpuError(error);
  if (error instanceof Error && !(error instanceof GpuError) && code !== 'cancelled') {
    runtime.log({ level: 'error', msg: 'resource', uri, cause: error.stack ?? error.message });
  }
  const rpcCode =
    code === 'not_found' || code === 'not_configured' ? RESOURCE_NOT_FOUND : ErrorCode.InternalError;
  return new McpError(rpcCode, runtime.redact(message), { code, hint, uri });
}

/** Runs `begin` when a transport is connected, and `end` when it or the server closes, whoever uses `server.onclose`. */
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
 * A protocol server over a runtime: one per connection, light, holding nothing but its session id and subscriptions.
 * When its transport closes, nothing of it is left in the runtime; `server.onclose` stays free for the caller.
 */
export function createServer(runtime: Runtime): Server {
  const server = createGreeter(runtime.version);
  equip(server, runtime);
  return server;
}

/** Gives a server, connected or not, everything that it offers beyond `initialize`. */
export function equip(server: Server, runtime: Runtime): void {
  const prompts = selectPrompts(runtime.clouds, (tool) => runtime.tools.has(tool));
  const sessionId = randomUUID();

  server.setRequestHandler(ListToolsRequestSchema, () => listResult(runtime.listed));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const progress = progressOf(extra);
    const session = askingSession(server, extra.sessionId ?? sessionId, {
      requestId: extra.requestId,
      signal: extra.signal,
      heartbeat: () => progress(0, null, 'Waiting for the user to confirm'),
    });
    const args = params.arguments ?? {};
    const result = await dispatch(runtime, {
      name: params.name,
      args,
      session,
      signal: extra.signal,
      progress,
    });
    return toCallResult(result);
  });

  const reading = (extra: Extra) => toolContext(runtime, extra.signal, () => {});
  server.setRequestHandler(ListResourcesRequestSchema, async (_request, extra) => ({
    resources: (await listResources(reading(extra))).map((row) => ({
      ...row,
      name: runtime.redact(row.name),
      description: runtime.redact(row.description),
      mimeType: 'application/json',
    })),
  }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: selectFamilies(runtime.clouds).map(({ uriTemplate, name, title, description }) => ({
      uriTemplate: uriTemplate(runtime.cloudIds),
      name,
      title,
      description,
      mimeType: 'application/json',
    })),
  }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params }, extra) => {
    try {
      const body = await readResource(reading(extra), params.uri);
      const text = runtime.redact(JSON.stringify({ ...body, ...(runtime.sandbox && { sandbox: true }) }));
      return { contents: [{ uri: params.uri, mimeType: 'application/json', text }] };
    } catch (error) {
      throw resourceError(runtime, params.uri, error);
    }
  });

  const tell = (what: Promise<void>) => void what.catch(() => {});
  const subscriptions = createSubscriptions(runtime, {
    updated: (uri) => tell(server.sendResourceUpdated({ uri })),
    listChanged: () => {
      if (server.getClientVersion() !== undefined) tell(server.sendResourceListChanged());
    },
  });
  onSession(server, subscriptions.open, subscriptions.close);
  server.setRequestHandler(SubscribeRequestSchema, async ({ params }, extra) => {
    try {
      await subscriptions.subscribe(params.uri, extra.signal);
      return {};
    } catch (error) {
      throw resourceError(runtime, params.uri, error);
    }
  });
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => {
    subscriptions.unsubscribe(params.uri);
    return {};
  });

  const completer = createCompleter(runtime, prompts);
  server.setRequestHandler(CompleteRequestSchema, async ({ params }) => {
    const { ref, argument, context } = params;
    const completion = await completer({ ref, argument, given: context?.arguments ?? {} }, () =>
      toolContext(runtime, AbortSignal.timeout(COMPLETION_MS), () => {}),
    );
    return { completion: { ...completion, values: completion.values.map(runtime.redact) } };
  });

  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: prompts.map(({ name, title, description, arguments: args }) => ({
      name,
      title,
      description,
      arguments: args.map(({ name, description, required }) => ({ name, description, required })),
    })),
  }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => {
    const prompt = prompts.find(({ name }) => name === params.name);
    if (prompt === undefined)
      throw new McpError(ErrorCode.InvalidParams, `There is no prompt "${params.name}".`);
    // Many clients send what was left empty as "".
    const given = Object.fromEntries(
      Object.entries(params.arguments ?? {}).filter(([, value]) => value.trim() !== ''),
    );
    const missing = prompt.arguments
      .filter(({ name, required }) => required && given[name] === undefined)
      .map(({ name }) => name);
    if (missing.length > 0) {
      throw new McpError(ErrorCode.InvalidParams, `${prompt.name} needs: ${missing.join(', ')}.`);
    }
    return {
      description: prompt.description,
      messages: [{ role: 'user' as const, content: { type: 'text' as const, text: prompt.render(given) } }],
    };
  });
}
