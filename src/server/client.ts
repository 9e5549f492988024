import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import {
  type CallToolResult,
  ElicitRequestSchema,
  type ListToolsResult,
} from '@modelcontextprotocol/sdk/types.js';

/** A question that the server put to the person, and the one line they type (null = they decline). */
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

/** How the server to talk to is started. */
export interface Launch {
  command: string;
  args: string[];
  env: Record<string, string>;
}

/** Starts a server and connects to it over real stdio, with a person behind the client who answers questions. */
export async function connectStdio(launch: Launch, person: Person): Promise<ConnectedClient> {
  const client = new Client(
    { name: 'gpu-cloud-mcp', version: '1' },
    { capabilities: { elicitation: { form: {} } } },
  );
  client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
    const typed = await person(params.message);
    return typed === null ? { action: 'decline' } : { action: 'accept', content: { confirm: typed } };
  });
  await client.connect(new StdioClientTransport({ ...launch, stderr: 'inherit' }));
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
    close: () => client.close(),
  };
}
