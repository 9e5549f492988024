import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  type CallToolResult,
  type JSONRPCMessage,
  LATEST_PROTOCOL_VERSION,
  type RequestId,
} from '@modelcontextprotocol/sdk/types.js';
import { openRuntime } from '../src/app.ts';
import { readConfig } from '../src/config/read.ts';
import { createServer } from '../src/mcp/v1/server.ts';
import { scratch } from './bundles.ts';

const HOUR_MS = 3_600_000;
/** Volt allows 1,000 requests an hour; an hour of the server's clock passes before they are used up. */
const CALLS_AN_HOUR = 800;

/** A connection to a server that sends its messages as they are: the time of a call is the server's alone. */
async function bareConnection(server: Server) {
  const [mine, theirs] = InMemoryTransport.createLinkedPair();
  const waiting = new Map<RequestId, (message: JSONRPCMessage) => void>();
  mine.onmessage = (message) => {
    if ('id' in message && message.id !== undefined) waiting.get(message.id)?.(message);
  };
  await server.connect(theirs);
  let id = 0;
  const ask = (method: string, params: Record<string, unknown>): Promise<JSONRPCMessage> =>
    new Promise((resolve) => {
      id += 1;
      waiting.set(id, resolve);
      void mine.send({ jsonrpc: '2.0', id, method, params });
    });
  await ask('initialize', {
    protocolVersion: LATEST_PROTOCOL_VERSION,
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  });
  await mine.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
  return { ask, close: () => mine.close() };
}

/**
 * Our server over an in-memory transport, against a cloud at this address: `call` by a real client, which also checks the
 * reply by the tool's output schema, and `message` by a bare JSON-RPC message.
 */
export async function connectTo(voltUrl: string) {
  let calls = 0;
  const config = readConfig(
    { VOLT_API_KEY: 'volt_bench_key_0123', VOLT_BASE_URL: voltUrl, GPU_MCP_STATE_DIR: scratch() },
    {},
  );
  const { runtime, close } = await openRuntime(config, {
    log: () => {},
    now: () => new Date(Date.now() + Math.floor(calls / CALLS_AN_HOUR) * HOUR_MS),
  });
  const client = new Client({ name: 'bench', version: '1' });
  const [mine, theirs] = InMemoryTransport.createLinkedPair();
  await createServer(runtime).connect(theirs);
  await client.connect(mine);
  const bare = await bareConnection(createServer(runtime));
  return {
    runtime,
    call: async (name: string, args: Record<string, unknown> = {}): Promise<CallToolResult> => {
      calls += 1;
      return (await client.callTool({ name, arguments: args })) as CallToolResult;
    },
    message: async (name: string, args: Record<string, unknown> = {}): Promise<void> => {
      calls += 1;
      await bare.ask('tools/call', { name, arguments: args });
    },
    close: async () => {
      await bare.close();
      await client.close();
      await close();
    },
  };
}
