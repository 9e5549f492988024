import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { refsIn } from '../facts.ts';
import { type Harness, startHarness } from '../harness.ts';
import { start } from '../http/start.ts';
import { BOTH, surfaceOf } from './surfaces.ts';

/** What a host hands to its model: one of the two forms, never both. */
const READERS = {
  text: async ({ client }: Harness, name: string, args: Record<string, unknown>) => {
    const { content, structuredContent } = await client.callTool({ name, arguments: args });
    expect(structuredContent).toBeUndefined();
    return (content as { type: string; text?: string }[]).map(({ text }) => text ?? '').join('\n');
  },
  both: async ({ client }: Harness, name: string, args: Record<string, unknown>) =>
    JSON.stringify((await client.callTool({ name, arguments: args })).structuredContent),
};

const found = (text: string, pattern: RegExp): string => {
  const hit = pattern.exec(text)?.[0];
  if (hit === undefined) throw new Error(`${pattern} is not in: ${text}`);
  return hit;
};

describe.each(['text', 'both'] as const)('a host that reads only one form: %s', (form) => {
  it('rents, waits and deletes with nothing but its content', async () => {
    const harness = await startHarness({ config: { GPU_MCP_RESULTS: form } });
    const read = (name: string, args: Record<string, unknown> = {}) => READERS[form](harness, name, args);
    const machine = found(await read('list_machines', { cloud: 'volt', gpu: '4090' }), /volt:machine:\w+/);
    const ssh_key = found(await read('list_ssh_keys', { cloud: 'volt' }), /volt:ssh_key:\w+/);
    const template = found(await read('list_templates'), /volt:template:\w+/);
    const agree = async (name: string, args: Record<string, unknown>) => {
      const plan = await read(name, args);
      const token = /confirmation_token=\\?"([^"\\]+)/.exec(plan)?.[1];
      const reply = /reply with \\?"([^"\\]+)/.exec(plan)?.[1];
      expect([token, reply], plan).not.toContain(undefined);
      return read(name, { ...args, confirmation_token: token, user_reply: reply });
    };
    const made = await agree('create_pod', { machine, name: 'errand', template, ssh_keys: ssh_key });
    const pod = found(made, /volt:pod:\w+/);
    expect(await read('wait_for', { ref: pod, timeout_seconds: 600 })).toMatch(/ssh root@/);
    expect(refsIn(await agree('delete_pod', { pod }))).toContain(pod);
    expect(refsIn(await read('list_pods'))).toEqual([]);
    expect(await read('get_pod', { pod })).toMatch(/not_found/);
  });

  it('gets the next page of a long list, and the rest of it', async () => {
    const harness = await startHarness({ config: { GPU_MCP_RESULTS: form } });
    const first = await READERS[form](harness, 'list_machines', { limit: 3 });
    const cursor = /cursor=\\?"([^"\\]+)/.exec(first)?.[1];
    const next = await READERS[form](harness, 'list_machines', { limit: 3, cursor });
    expect(found(next, /\w+:machine:[\w-]+/)).not.toBe(found(first, /\w+:machine:[\w-]+/));
  });
});

it('a list of a hundred rows stays under 9,000 characters of text, in whole rows', async () => {
  const { call, world } = await startHarness();
  for (let at = 0; at < 150; at += 1) {
    world.addPod('nebula', { name: `pod-${at}-${'x'.repeat(50)}`, product_id: 'prd-ca-a6000-1' });
  }
  const seen = new Set<string>();
  let cursor: string | null | undefined;
  do {
    const { text, structured } = await call('list_pods', { limit: 100, ...(cursor && { cursor }) });
    expect(text.length).toBeLessThanOrEqual(9000);
    for (const { ref } of structured.pods ?? []) {
      expect(text).toContain(ref);
      seen.add(ref);
    }
    cursor = structured.next_cursor;
  } while (cursor);
  expect(seen.size).toBe(150);
});

it('output schemas are listed in the form `both` alone, in at most 12,000 tokens', async () => {
  const text = await startHarness({ config: { GPU_MCP_RESULTS: 'text' } });
  const { tools } = await text.client.listTools();
  expect(tools.filter(({ outputSchema }) => outputSchema !== undefined)).toEqual([]);
  const { listed } = await surfaceOf(BOTH);
  expect(encode(JSON.stringify(listed)).length).toBeLessThanOrEqual(12_000);
  const pods = listed.find(({ name }) => name === 'list_pods')?.outputSchema.properties;
  // A fact that the ref holds is left out of the rows, and so it is not promised.
  expect(pods).toMatchObject({ pods: { items: { properties: { ref: { type: 'string' } } } } });
  expect(JSON.stringify(pods)).not.toMatch(/"(?:cloud|id)":/);
});

it('over HTTP one address asks for both, independent of the default', async () => {
  const { mcp } = await start({ config: { GPU_MCP_RESULTS: 'text' } });
  const ask = async (address: string) => {
    const client = new Client({ name: 'forms', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(address)));
    const { structuredContent } = await client.callTool({ name: 'list_pods' });
    await client.close();
    return structuredContent;
  };
  expect(await ask(mcp)).toBeUndefined();
  for (const form of ['both', 'BOTH'])
    expect(await ask(`${mcp}?results=${form}`)).toMatchObject({ pods: [], total: 0 });
});
