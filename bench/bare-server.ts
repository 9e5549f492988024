/** The floor of the stdio figures: nothing but the SDK, with one tool that says the same again. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import * as z from 'zod';

const server = new McpServer({ name: 'bare', version: '1' });
const shape = { text: z.string() };
const told = { title: 'Echo', description: 'Says the same again.', inputSchema: shape };
const content = (text: string) => [{ type: 'text' as const, text }];
// Text alone is the least; with `structured` the reply is the same as our own echo's: text and structured content.
if (process.argv[2] === 'structured') {
  server.registerTool('echo', { ...told, outputSchema: shape }, ({ text }) => ({
    content: content(text),
    structuredContent: { text },
  }));
} else {
  server.registerTool('echo', told, ({ text }) => ({ content: content(text) }));
}
await server.connect(new StdioServerTransport());
