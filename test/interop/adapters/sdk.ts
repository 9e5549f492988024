import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import {
  type Answer,
  type AnyClient,
  type Connect,
  headersOf,
  type Result,
  type Target,
} from '../journey.ts';

const transportTo = (target: Target) =>
  target.transport === 'stdio'
    ? new StdioClientTransport({ command: target.command, args: target.args })
    : new StreamableHTTPClientTransport(new URL(target.url), { requestInit: { headers: headersOf(target) } });

/** A client of the SDK, first generation, on a transport of the SDK. */
export async function connectSdk(
  transport: ReturnType<typeof transportTo>,
  answer: Answer | null,
): Promise<AnyClient> {
  const client = new Client(
    { name: 'sdk', version: '1' },
    { capabilities: answer === null ? {} : { elicitation: { form: {} } } },
  );
  if (answer !== null) client.setRequestHandler(ElicitRequestSchema, ({ params }) => answer(params.message));
  await client.connect(transport);
  return {
    names: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (name, args) => client.callTool({ name, arguments: args }) as Promise<Result>,
    close: () => client.close(),
  };
}

/** The TypeScript SDK, first generation (protocol 2025-11-25). */
export const sdk: Connect = (target, answer) => connectSdk(transportTo(target), answer);
