/** The floor of the stdio figures: nothing but the SDK, with one tool that says the same again. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import * as z from 'zod';

const server = new McpServer({ name: 'bare', version: '1' });
const shape = { text: z.string() };
// The same reply as our own echo: text, and the same as structured content.
server.registerTool(
  'echo',
  { title: 'Echo', description: 'Says the same again.', inputSchema: shape, outputSchema: shape },
  ({ text }) => ({ content: [{ type: 'text', text }], structuredContent: { text } }),
);
await server.connect(new StdioServerTransport());
