import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { type Connect, headersOf, type Result, type Target } from '../journey.ts';

const transportTo = (target: Target) =>
  target.transport === 'stdio'
    ? new StdioClientTransport({ command: target.command, args: target.args })
    : new StreamableHTTPClientTransport(new URL(target.url), { requestInit: { headers: headersOf(target) } });

/** The TypeScript SDK, second generation, told to look for protocol 2026-07-28 first. */
export const nextSdk: Connect = async (target, answer) => {
  const client = new Client(
    { name: 'next-sdk', version: '1' },
    {
      capabilities: answer === null ? {} : { elicitation: { form: {} } },
      versionNegotiation: { mode: 'auto' },
    },
  );
  if (answer !== null) client.setRequestHandler('elicitation/create', ({ params }) => answer(params.message));
  await client.connect(transportTo(target));
  return {
    names: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (name, args) => client.callTool({ name, arguments: args }) as Promise<Result>,
    close: () => client.close(),
  };
};
