import { createMCPClient, ElicitationRequestSchema } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport as StdioTransport } from '@ai-sdk/mcp/mcp-stdio';
import { type Connect, headersOf, type Result, type Target } from '../journey.ts';

const transportTo = (target: Target) =>
  target.transport === 'stdio'
    ? new StdioTransport({ command: target.command, args: target.args })
    : { type: 'http' as const, url: target.url, headers: headersOf(target) };

/** The client of the AI SDK: written by other people, with its own transports and its own schemas. */
export const aiSdk: Connect = async (target, answer) => {
  const client = await createMCPClient({
    transport: transportTo(target),
    ...(answer !== null && { capabilities: { elicitation: {} } }),
  });
  if (answer !== null) {
    client.onElicitationRequest(ElicitationRequestSchema, ({ params }) => answer(params.message));
  }
  const tools = await client.tools();
  return {
    names: async () => Object.keys(tools),
    call: async (name, args) => {
      const execute = tools[name]?.execute;
      if (execute === undefined) throw new Error(`no tool ${name}`);
      return (await execute(args, { toolCallId: name, messages: [] })) as Result;
    },
    close: () => client.close(),
  };
};
