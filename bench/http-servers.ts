import { createServer } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { getRequestListener } from '@hono/node-server';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { ListToolsRequestSchema, type ListToolsResult } from '@modelcontextprotocol/sdk/types.js';
import { Pool } from 'undici';
import { openRuntime } from '../src/app.ts';
import { readConfig } from '../src/config/read.ts';
import { scratch } from './bundles.ts';
import { startOurs } from './http/servers.ts';

/** The very list that our server sends. */
async function listed(): Promise<ListToolsResult> {
  const keys = { VOLT_API_KEY: 'volt_bench_key_0123', NEBULA_API_KEY: 'ak_bench_key_0123456789' };
  const { runtime, close } = await openRuntime(readConfig({ ...keys, GPU_MCP_STATE_DIR: scratch() }, {}), {
    log: () => {},
  });
  await close();
  return { tools: runtime.listed } as unknown as ListToolsResult;
}

/** The SDK over the same transport and adapter, with a handler that returns our list as it lies there. */
async function startStatic(): Promise<string> {
  const tools = await listed();
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const open = async () => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    const server = new Server({ name: 'static', version: '1' }, { capabilities: { tools: {} } });
    server.setRequestHandler(ListToolsRequestSchema, () => tools);
    await server.connect(transport);
    return transport;
  };
  const answer = async (request: Request) =>
    (sessions.get(request.headers.get('mcp-session-id') ?? '') ?? (await open())).handleRequest(request);
  const server = createServer(getRequestListener(answer, { overrideGlobalObjects: false }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

/** The heap after a collection, bytes. */
export function heapUsed(): number {
  setFlagsFromString('--expose_gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

/** A process that serves HTTP: ours with everything it does in production, or the static list. Tells its heap when asked. */
export async function serveListing(which: 'ours' | 'static'): Promise<void> {
  process.send?.({ url: which === 'ours' ? await startOurs(false) : await startStatic() });
  process.on('message', () => process.send?.({ heap: heapUsed() }));
}

/** One caller of an MCP server over HTTP, in raw requests. */
export function callerOf(url: string, connections: number) {
  const pool = new Pool(url, { connections });
  const send = async (method: 'POST' | 'DELETE', body: object | null, session?: string) => {
    const reply = await pool.request({
      path: '/mcp',
      method,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: 'Bearer bench-token',
        ...(session !== undefined && { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }),
      },
      body: body === null ? null : JSON.stringify({ jsonrpc: '2.0', ...body }),
    });
    const text = await reply.body.text();
    if (reply.statusCode >= 300) throw new Error(`${url}: ${reply.statusCode} ${text}`);
    return { session: String(reply.headers['mcp-session-id']), text };
  };
  return {
    open: async (): Promise<string> => {
      const clientInfo = { name: 'bench', version: '1' };
      const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
      const { session } = await send('POST', { id: 0, method: 'initialize', params });
      await send('POST', { method: 'notifications/initialized' }, session);
      return session;
    },
    ask: (session: string, method: string) => send('POST', { id: 1, method }, session),
    leave: (session: string) => send('DELETE', null, session),
    close: () => pool.close(),
  };
}
