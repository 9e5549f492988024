import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { type Connect, headersOf, type Result, type Target } from '../journey.ts';

const transportTo = (target: Target) =>
  target.transport === 'stdio'
    ? new StdioClientTransport({ command: target.command, args: target.args })
    : new StreamableHTTPClientTransport(new URL(target.url), { requestInit: { headers: headersOf(target) } });

/** How the client finds the protocol revision, and the one that it has to come to. */
const MODES = {
  pin: [{ pin: '2026-07-28' }, '2026-07-28'],
  auto: ['auto', '2026-07-28'],
  legacy: ['legacy', '2025-11-25'],
} as const;

/** The TypeScript SDK, second generation, configured how to find the revision. Rejects if it comes to another one. */
export const nextSdk =
  (name: keyof typeof MODES): Connect =>
  async (target, answer) => {
    const [mode, revision] = MODES[name];
    const client = new Client(
      { name: 'next-sdk', version: '1' },
      {
        capabilities: answer === null ? {} : { elicitation: { form: {} } },
        versionNegotiation: { mode },
      },
    );
    if (answer !== null)
      client.setRequestHandler('elicitation/create', ({ params }) => answer(params.message));
    await client.connect(transportTo(target));
    const spoken = client.getNegotiatedProtocolVersion();
    if (spoken !== revision) throw new Error(`${name} speaks ${spoken}`);
    return {
      names: async () => (await client.listTools()).tools.map(({ name }) => name),
      call: (name, args) => client.callTool({ name, arguments: args }) as Promise<Result>,
      close: () => client.close(),
    };
  };
