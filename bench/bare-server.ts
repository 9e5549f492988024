/** The floor of the stdio figures: nothing but the SDK, with one tool that says the same again. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import * as z from 'zod';

const server = new McpServer({ name: 'bare', version: '1' });
const shape = { text: z.string() };
server.registerTool(
  'echo',
  { title: 'Echo', description: 'Says the same again.', inputSchema: shape },
  ({ text }) => ({
    content: [{ type: 'text', text }],
  }),
);
await server.connect(new StdioServerTransport());
