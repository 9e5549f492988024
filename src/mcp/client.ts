import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  type CallToolResult,
  ElicitRequestSchema,
  type ListToolsResult,
} from '@modelcontextprotocol/sdk/types.js';
import { unchecked } from './v1/sdk.ts';

/** Answers a question of the server with the line that the person types; null = they decline. */
export type Person = (message: string) => Promise<string | null> | string | null;

/** A connected MCP client, as the demo and the self-checks use it. */
export interface ConnectedClient {
  tools(): Promise<ListToolsResult['tools']>;
  call(
    name: string,
    args: Record<string, unknown>,
    onProgress?: (message: string) => void,
  ): Promise<CallToolResult>;
  close(): Promise<void>;
}

/** How a server is started. */
interface Launch {
  command: string;
  args: string[];
  env: Record<string, string>;
  /** Gets what the server writes to stderr. Default: this process's stderr. */
  onStderr?: (text: string) => void;
}

/** The address of a running server. */
interface Address {
  url: string;
  headers: Record<string, string>;
}

/** Max wait for a server to answer, milliseconds: npx may download it first. The caller's signal may end it earlier. */
const CONNECT_MS = 120_000;

/** Connects to a server over Streamable HTTP, without a person behind the client. */
export async function connectHttp({ url, headers }: Address, signal: AbortSignal): Promise<ConnectedClient> {
  const client = new Client(
    { name: 'gpu-cloud-mcp', version: '1' },
    { capabilities: {}, jsonSchemaValidator: unchecked },
  );
  const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  await client.connect(transport as Transport, { signal, timeout: CONNECT_MS });
  return connected(client, async () => {
    await transport.terminateSession().catch(() => {});
    await client.close();
  });
}

/** Starts a server and connects to it over stdio, with a person behind the client who answers questions. */
export async function connectStdio(
  { onStderr, ...launch }: Launch,
  person: Person,
  signal?: AbortSignal,
): Promise<ConnectedClient> {
  const client = new Client(
    { name: 'gpu-cloud-mcp', version: '1' },
    { capabilities: { elicitation: { form: {} } }, jsonSchemaValidator: unchecked },
  );
  client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
    const typed = await person(params.message);
    return typed === null ? { action: 'decline' } : { action: 'accept', content: { confirm: typed } };
  });
  const transport = new StdioClientTransport({
    ...launch,
    stderr: onStderr === undefined ? 'inherit' : 'pipe',
  });
  if (onStderr !== undefined) transport.stderr?.on('data', (chunk) => onStderr(String(chunk)));
  try {
    await client.connect(transport, signal === undefined ? {} : { signal, timeout: CONNECT_MS });
  } catch (error) {
    await client.close();
    throw error;
  }
  return connected(client, () => client.close());
}

function connected(client: Client, close: () => Promise<void>): ConnectedClient {
  return {
    tools: async () => (await client.listTools()).tools,
    call: async (name, args, onProgress) => {
      const options = {
        timeout: 300_000,
        ...(onProgress && {
          onprogress: (p: { message?: string | undefined }) => onProgress(p.message ?? ''),
        }),
      };
      return (await client.callTool({ name, arguments: args }, undefined, options)) as CallToolResult;
    },
    close,
  };
}
