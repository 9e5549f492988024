import { experimental_createMCPClient as createAiSdkClient, ElicitationRequestSchema } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport as AiSdkStdio } from '@ai-sdk/mcp/mcp-stdio';
import { Client as NextClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as NextStdio } from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, describe, expect, it } from 'vitest';
import { type AnyClient, errand, launch, person, type Result } from './journey.ts';

type Answer = ReturnType<typeof person>['answer'];

/** The TypeScript SDK, first generation (protocol 2025-11-25). */
async function sdk(answer: Answer | null): Promise<AnyClient> {
  const client = new Client(
    { name: 'sdk', version: '1' },
    { capabilities: answer === null ? {} : { elicitation: { form: {} } } },
  );
  if (answer !== null) client.setRequestHandler(ElicitRequestSchema, ({ params }) => answer(params.message));
  await client.connect(new StdioClientTransport(await launch()));
  return {
    names: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (name, args) => client.callTool({ name, arguments: args }) as Promise<Result>,
    close: () => client.close(),
  };
}

/** The TypeScript SDK, second generation, which tries protocol 2026-07-28 first. */
async function nextSdk(answer: Answer | null): Promise<AnyClient> {
  const client = new NextClient(
    { name: 'next-sdk', version: '1' },
    { capabilities: answer === null ? {} : { elicitation: { form: {} } } },
  );
  if (answer !== null) client.setRequestHandler('elicitation/create', ({ params }) => answer(params.message));
  await client.connect(new NextStdio(await launch()));
  return {
    names: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: (name, args) => client.callTool({ name, arguments: args }) as Promise<Result>,
    close: () => client.close(),
  };
}

/** The client of the AI SDK: written by other people, with its own transport and its own schemas. */
async function aiSdk(answer: Answer | null): Promise<AnyClient> {
  const client = await createAiSdkClient({
    transport: new AiSdkStdio(await launch()),
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
}

const open: AnyClient[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()));
});

describe.each([
  ['TypeScript SDK', sdk],
  ['TypeScript SDK, next generation', nextSdk],
  ['AI SDK', aiSdk],
] as const)('%s over stdio', (_name, connect) => {
  it('runs the whole errand with a person who agrees', { timeout: 30_000 }, async () => {
    const { asked, answer } = person();
    const client = await connect(answer);
    open.push(client);
    await errand(client, asked);
  });

  it('without a person behind it gets a plan and a token, and then does what was agreed to', async () => {
    const client = await connect(null);
    open.push(client);
    const order = {
      machine: 'volt:machine:mach_rtx4090_02',
      name: 'errand',
      template: 'volt:template:tpl_pytorch21',
    };
    const plan = await client.call('create_pod', order);
    expect(plan).toMatchObject({
      structuredContent: {
        status: 'confirmation_required',
        plan: { cost: { usd_per_hour: 0.34 } },
        confirmation: { token: expect.any(String) },
      },
    });
    const { confirmation } = plan.structuredContent as { confirmation: { token: string } };
    const made = await client.call('create_pod', { ...order, confirmation_token: confirmation.token });
    expect(made).toMatchObject({ structuredContent: { status: 'done', pod: { name: 'errand' } } });
  });
});
