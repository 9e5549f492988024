/**
 * The smallest app of the AI SDK with an MCP server: `node ai-sdk-app.mjs FOLDER MODEL_URL SERVER PROMPT`. FOLDER holds
 * the packages, SERVER is JSON of command and args. It has no form, so it declares none.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, baseURL, server, prompt] = process.argv.slice(2);
const { resolve } = createRequire(join(folder, 'package.json'));
const load = (name) => import(pathToFileURL(resolve(name)));
const [{ generateText, stepCountIs }, { createMCPClient, experimental_createMCPClient }, stdio, compatible] =
  await Promise.all(['ai', '@ai-sdk/mcp', '@ai-sdk/mcp/mcp-stdio', '@ai-sdk/openai-compatible'].map(load));

const { command, args } = JSON.parse(server);
const transport = new stdio.Experimental_StdioMCPTransport({
  command,
  args,
  env: { PATH: process.env.PATH, HOME: process.env.HOME },
});
const client = await (createMCPClient ?? experimental_createMCPClient)({ transport });
const model = compatible.createOpenAICompatible({ name: 'scripted', baseURL, apiKey: 'scripted' })(
  'scripted',
);
const { text } = await generateText({
  model,
  tools: await client.tools(),
  prompt,
  stopWhen: stepCountIs(20),
});
process.stdout.write(`${text}\n`);
await client.close();
