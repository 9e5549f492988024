import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { openRuntime } from '../src/app.ts';
import { readConfig } from '../src/config.ts';
import { createServer } from '../src/server/create.ts';
import { scratch } from './bundles.ts';

const HOUR_MS = 3_600_000;
/** Volt allows 1,000 requests an hour; an hour of the server's clock passes before they are used up. */
const CALLS_AN_HOUR = 800;

/** A real client on our server over an in-memory transport, against a cloud at this address. */
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
  return {
    runtime,
    call: async (name: string, args: Record<string, unknown> = {}): Promise<CallToolResult> => {
      calls += 1;
      return (await client.callTool({ name, arguments: args })) as CallToolResult;
    },
    close: async () => {
      await client.close();
      await close();
    },
  };
}
