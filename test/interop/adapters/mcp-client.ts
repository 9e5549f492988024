import { MCPClient } from 'mcp-client';
import type { Connect, Result, Target } from '../journey.ts';

const placeOf = (target: Target) =>
  target.transport === 'stdio'
    ? { type: 'stdio' as const, command: target.command, args: target.args }
    : { type: 'httpStream' as const, url: target.url };

/** mcp-client, by the author of the server framework fastmcp. */
export const mcpClient: Connect = async (target) => {
  const client = new MCPClient({ name: 'mcp-client', version: '1' });
  await client.connect(placeOf(target));
  return {
    names: async () => (await client.getAllTools()).map(({ name }) => name),
    call: (name, args): Promise<Result> => client.callTool({ name, arguments: args }),
    close: () => client.close(),
  };
};
