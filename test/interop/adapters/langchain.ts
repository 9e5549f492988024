import { MultiServerMCPClient } from '@langchain/mcp-adapters';
import { type Connect, headersOf, type Result, type Target } from '../journey.ts';

const connectionTo = (target: Target) =>
  target.transport === 'stdio'
    ? { transport: 'stdio' as const, command: target.command, args: target.args }
    : { transport: 'http' as const, url: target.url, headers: headersOf(target) };

interface Message {
  content: unknown;
  artifact?: { type: string; data?: unknown }[];
}

/** LangChain's adapters: tools as an agent of LangChain sees them. A call that fails throws there. */
export const langchain: Connect = async (target) => {
  const client = new MultiServerMCPClient({ mcpServers: { 'gpu-cloud': connectionTo(target) } });
  const tools = await client.getTools();
  return {
    names: async () => tools.map(({ name }) => name),
    call: async (name, args): Promise<Result> => {
      const tool = tools.find((one) => one.name === name);
      if (tool === undefined) throw new Error(`no tool ${name}`);
      try {
        const message: Message = await tool.invoke({ type: 'tool_call', id: name, name, args });
        const structured = message.artifact?.find(({ type }) => type === 'mcp_structured_content');
        return { content: message.content, structuredContent: structured?.data };
      } catch (error) {
        if (!(error instanceof Error && error.name === 'ToolException')) throw error;
        return { isError: true, content: error.message };
      }
    },
    close: () => client.close(),
  };
};
