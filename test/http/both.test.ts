import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { challengeOf, VOLT_POD } from '../harness.ts';
import { LEGS, NOBODY, type Person } from './legs.ts';
import { type Started, soon, start, tempDir } from './start.ts';

interface Change {
  headers?: Record<string, string>;
  body?: string;
}

const typed = (text: string) => ({ action: 'accept', content: { confirm: text } });
const agrees: Person = (message) => typed(challengeOf(message));
const rented = ({ sandbox }: Started): number =>
  sandbox.world.requests.filter(({ method, path }) => method === 'POST' && path === '/pods').length;

const TOKEN = 'a-token-of-the-cases-for-both';

describe.each(Object.entries(LEGS))('over %s', (_revision, { first, open, noResource }) => {
  const send = (mcp: string, { headers = {}, body = JSON.stringify(first.body) }: Change = {}) =>
    fetch(mcp, { method: 'POST', headers: { ...first.headers, ...headers }, body });

  it('a request passes the same checks before it is read', async () => {
    const { mcp } = await start({ config: { GPU_MCP_HTTP_TOKEN: TOKEN }, limits: { bodyBytes: 2000 } });
    const authorization = `Bearer ${TOKEN}`;
    const cases: [Change, number][] = [
      [{ headers: { authorization } }, 200],
      [{}, 401],
      [{ headers: { authorization: 'Bearer another' } }, 401],
      [{ headers: { authorization, origin: 'https://evil.example' } }, 403],
      [{ headers: { authorization, origin: 'http://localhost:6274' } }, 200],
      [{ headers: { authorization, 'content-type': 'text/plain' } }, 415],
      [{ headers: { authorization, accept: 'text/html' } }, 406],
      [{ headers: { authorization, accept: '*/*;q=0.1, TEXT/event-stream' } }, 200],
      [{ headers: { authorization, 'x-volt-api-key': 'volt_key_of_a_caller' } }, 400],
      [{ headers: { authorization }, body: '{' }, 400],
      [{ headers: { authorization }, body: JSON.stringify([first.body]) }, 400],
      [{ headers: { authorization }, body: JSON.stringify({ ...first.body, pad: 'x'.repeat(3000) }) }, 413],
    ];
    const seen = [];
    for (const [change] of cases) {
      const response = await send(mcp, change);
      seen.push(response.status);
      await response.body?.cancel();
    }
    expect(seen).toEqual(cases.map(([, status]) => status));
  });

  it('a Host that is not this server is refused', async () => {
    const { url } = await start();
    const { port } = new URL(url);
    const body = JSON.stringify(first.body);
    const head = Object.entries({ ...first.headers, host: 'evil.example', connection: 'close' });
    const lines = [...head, ['content-length', String(body.length)]].map((pair) => pair.join(': '));
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.write(`POST /mcp HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`),
      );
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('a caller who asks too often has to wait', async () => {
    const { mcp } = await start({ limits: { requestsPerMinute: 2 } });
    const statuses = [];
    for (let at = 0; at < 3; at += 1) {
      const response = await send(mcp);
      statuses.push(response.status);
      if (response.status === 429) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      await response.body?.cancel();
    }
    expect(statuses).toEqual([200, 200, 429]);
  });

  it('everything is listed, and what is not there is refused with the code for it', async () => {
    const { mcp } = await start();
    const { ask, call } = await open(mcp);
    const count = async (method: string, what: string) => {
      const rows = (await ask(method)).result?.[what];
      return Array.isArray(rows) ? rows.length : 0;
    };
    expect(await count('tools/list', 'tools')).toBeGreaterThan(30);
    expect(await count('resources/list', 'resources')).toBeGreaterThan(2);
    expect(await count('resources/templates/list', 'resourceTemplates')).toBeGreaterThan(1);
    expect(await count('prompts/list', 'prompts')).toBeGreaterThan(2);
    expect((await ask('resources/read', { uri: 'gpu://pods' })).result?.contents).toHaveLength(1);
    expect((await call('list_machines', { limit: 2 })).result).toMatchObject({ isError: false });
    expect((await ask('resources/read', { uri: 'gpu://volt/pod/none' })).error?.code).toBe(noResource);
    expect((await ask('prompts/get', { name: 'none' })).error?.code).toBe(-32602);
    expect((await ask('no/such')).error?.code).toBe(-32601);
    expect((await call('no_such_tool')).result?.structuredContent).toMatchObject({
      error: { code: 'not_found' },
    });
  });

  it('every frame gets its answer', async () => {
    const { mcp } = await start();
    const client = await open(mcp);
    expect((await client.ask('tools/call', { name: 'list_pods', arguments: null })).result).toMatchObject({
      isError: false,
    });
    for (const [method, params, field] of [
      ['tools/list', { cursor: null }, 'cursor'],
      ['resources/read', { uri: 3 }, 'uri'],
      ['tools/call', { name: 'list_pods', arguments: [] }, 'arguments'],
      ['prompts/get', { name: 'x', arguments: { name: {} } }, 'arguments.name'],
    ] as const) {
      const response = await client.send(method, params);
      expect([response.status, await response.json()]).toMatchObject([
        200,
        { error: { code: -32602, message: expect.stringContaining(`${method}: ${field} `) } },
      ]);
    }
    const list = { jsonrpc: '2.0', id: 7, method: 'tools/list' };
    for (const body of [[list], [], 'null', { method: 'tools/list', id: 1 }, { ...list, id: 1.5 }]) {
      const response = await client.post(body);
      expect([response.status, await response.json()]).toMatchObject([400, { error: { code: -32600 } }]);
    }
    const note = { jsonrpc: '2.0', method: 'notifications/progress', params: 3 };
    expect((await client.post(note)).status).toBe(202);
  });

  it('an order is sent once the person has typed its words, and only then', async () => {
    const server = await start();
    const { call } = await open(server.mcp);
    const refused = await call('create_pod', VOLT_POD, () => ({ action: 'decline' }));
    expect(refused.result?.isError).toBe(true);
    expect((await call('create_pod', VOLT_POD, () => typed('yes'))).result?.isError).toBe(true);
    expect(rented(server)).toBe(0);
    const done = await call('create_pod', VOLT_POD, agrees);
    expect(done.result?.structuredContent).toMatchObject({ status: 'done' });
    expect(rented(server)).toBe(1);
  });

  it('a subscription reports changes', async () => {
    const { mcp } = await start();
    const { call, watch } = await open(mcp);
    const received = await watch('gpu://pods');
    await call('create_pod', VOLT_POD, agrees);
    await soon(() =>
      received.some(
        ({ method, params }) => method === 'notifications/resources/updated' && params?.uri === 'gpu://pods',
      ),
    ).toBe(true);
  });

  it('progress comes before the answer, under the token of the call', async () => {
    const { mcp, sandbox } = await start();
    const { ask } = await open(mcp);
    const ref = `volt:pod:${sandbox.world.addPod('volt', { name: 'trainer' })}`;
    const waited = await ask('tools/call', {
      name: 'wait_for',
      arguments: { ref, until: 'deleted', timeout_seconds: 1 },
      _meta: { progressToken: 'p' },
    });
    const steps = waited.before.map(({ method, params }) => [method, params?.progressToken]);
    expect(steps.length).toBeGreaterThan(0);
    expect(new Set(steps.map(String))).toEqual(new Set(['notifications/progress,p']));
  });

  it('a call that its client gives up ends as cancelled, and nothing is sent', async () => {
    const { mcp, sandbox, logs } = await start();
    const { giveUp } = await open(mcp);
    const { world } = sandbox;
    world.faults.add({ cloud: 'volt', method: 'GET', kind: 'delay', delay_ms: 2000, times: 9 });
    await giveUp('delete_pod', { pod: `volt:pod:${world.addPod('volt', { name: 'trainer' })}` }, () =>
      soon(() => world.requests.some(({ method }) => method === 'GET')).toBe(true),
    );
    await soon(() => logs.find(({ msg }) => msg === 'tool call')).toMatchObject({ code: 'cancelled' });
    expect(world.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('a caller sees what their token allows, and nothing once it is withdrawn', async () => {
    const file = join(await tempDir(), 'tokens');
    await writeFile(file, 'anna:anna-token-of-both\nben:ben-token-of-both:read\n');
    const { mcp, logs } = await start({ config: { GPU_MCP_HTTP_TOKEN_FILE: file } });
    const as = (name: string) => open(mcp, { authorization: `Bearer ${name}-token-of-both` });
    const [anna, ben] = [await as('anna'), await as('ben')];
    const names = async ({ ask }: typeof anna) =>
      (await ask('tools/list')).result?.tools?.map(({ name }) => name) ?? [];
    expect(await names(anna)).toContain('create_pod');
    expect(await names(ben)).toContain('list_pods');
    expect(await names(ben)).not.toContain('create_pod');
    expect((await ben.call('create_pod', VOLT_POD)).result?.structuredContent).toMatchObject({
      error: { code: 'read_only' },
    });
    expect(logs.filter(({ msg }) => msg === 'http request').at(-1)).toMatchObject({
      caller: 'token:ben',
      rpc: 'tools/call',
      tool: 'create_pod',
    });
    const echoed = await anna.ask('prompts/get', { name: 'anna-token-of-both' });
    expect(JSON.stringify(echoed)).not.toContain('anna-token');
    await writeFile(file, 'ben:ben-token-of-both:read\n');
    await soon(async () => (await anna.send('tools/list')).status).toBe(401);
    expect((await ben.send('tools/list')).status).toBe(200);
  });

  it('a paid result can be read by its payer, for an hour', async () => {
    const GPU_MCP_HTTP_TOKEN_FILE = join(await tempDir(), 'tokens');
    await writeFile(GPU_MCP_HTTP_TOKEN_FILE, 'anna:anna-token\nben:ben-token\n');
    const { mcp, sandbox } = await start({ config: { GPU_MCP_HTTP_TOKEN_FILE } });
    const anna = await open(mcp, { authorization: 'Bearer anna-token' });
    const ben = await open(mcp, { authorization: 'Bearer ben-token' });
    const embed = { model: 'BAAI/bge-large-en-v1.5', input: ['hello'] };
    const made = await anna.call('embed_text', embed, agrees);
    const [uri = ''] = /gpu:\/\/paid\/[\w-]+/.exec(JSON.stringify(made.result?.content)) ?? [];
    type Content = { text?: string; blob?: string; mimeType: string };
    const read = async (client: typeof anna, of: string) => {
      const { result, error } = await client.ask('resources/read', { uri: of });
      const [content] = (result?.contents ?? []) as Content[];
      return { content, code: error?.code };
    };
    const { content: vectors } = await read(anna, uri);
    expect(JSON.parse(vectors?.text ?? '[]')[0]).toHaveLength(1024);
    expect((await read(ben, uri)).code).toBe(noResource);
    // The consent is anna's: ben is asked by himself.
    const image = { model: 'black-forest-labs/FLUX.1-schnell', prompt: 'a fox', width: 64, height: 64 };
    const picture = await anna.call('generate_image', image);
    const [its = ''] = /gpu:\/\/paid\/[\w-]+/.exec(JSON.stringify(picture.result?.content)) ?? [];
    const { content: png } = await read(anna, its);
    expect([png?.mimeType, png?.blob?.slice(0, 11)]).toEqual(['image/png', 'iVBORw0KGgo']);
    await expect(ben.call('embed_text', embed)).rejects.toThrow(new RegExp(`${NOBODY}.*\\b50\\b`));
    const saved = await anna.call('download_invoice', { invoice: 'nebula:invoice:301' });
    const [bill = ''] = /gpu:\/\/paid\/[\w-]+/.exec(JSON.stringify(saved.result?.content)) ?? [];
    const { content: pdf } = await read(anna, bill);
    expect([pdf?.mimeType, Buffer.from(pdf?.blob ?? '', 'base64').toString('latin1', 0, 5)]).toEqual([
      'application/pdf',
      '%PDF-',
    ]);
    expect((await read(ben, bill)).code).toBe(noResource);
    sandbox.world.clock.advance(3600);
    expect((await read(anna, uri)).code).toBe(noResource);
  });

  it('with --confirm token only callers whose token is marked act without a person', async () => {
    const GPU_MCP_HTTP_TOKEN_FILE = join(await tempDir(), 'tokens');
    await writeFile(GPU_MCP_HTTP_TOKEN_FILE, 'night:night-token:unattended\nben:ben-token\n');
    const started = await start({ config: { GPU_MCP_HTTP_TOKEN_FILE, GPU_MCP_CONFIRM: 'token' } });
    const night = await open(started.mcp, { authorization: 'Bearer night-token' });
    const plan = JSON.stringify((await night.call('create_pod', VOLT_POD)).result);
    const [, confirmation_token] = /confirmation_token=\\*"([\w-]+)/.exec(plan) ?? [];
    const done = await night.call('create_pod', { ...VOLT_POD, confirmation_token });
    expect([done.result?.isError, rented(started)]).toEqual([false, 1]);
    const ben = await open(started.mcp, { authorization: 'Bearer ben-token' });
    const order = { ...VOLT_POD, name: 'second' };
    const refused = await ben.call('create_pod', { ...order, confirmation_token: 'x' }, agrees);
    expect(JSON.stringify(refused.result)).toContain('confirmation_invalid');
    await expect(ben.call('create_pod', order)).rejects.toThrow(NOBODY);
    expect(rented(started)).toBe(1);
    expect((await ben.call('create_pod', { ...order, name: 'third' }, agrees)).result?.isError).toBe(false);
  });

  it('many requests at once are bounded, and the bound is free again afterwards', async () => {
    const { mcp, sandbox } = await start({ limits: { inFlight: 2 } });
    const { send } = await open(mcp);
    sandbox.world.faults.add({ cloud: 'volt', path: '/pods', kind: 'delay', delay_ms: 300, times: 9 });
    const listed = async () => {
      const response = await send('tools/call', { name: 'list_pods', arguments: {} });
      await response.text();
      return response.status;
    };
    expect((await Promise.all([listed(), listed(), listed()])).toSorted()).toEqual([200, 200, 429]);
    await soon(listed).toBe(200);
  });

  it('a server that stops starts nothing new, and what runs ends well', async () => {
    const { mcp, sandbox, server } = await start();
    const { send } = await open(mcp);
    const { world } = sandbox;
    world.faults.add({ cloud: 'volt', path: '/pods', kind: 'delay', delay_ms: 500 });
    const running = send('tools/call', { name: 'list_pods', arguments: {} });
    await soon(() => world.requests.some(({ path }) => path === '/pods')).toBe(true);
    const drained = server.drain();
    expect((await send('tools/call', { name: 'list_pods', arguments: {} })).status).toBe(503);
    expect(await (await running).text()).toContain('"isError":false');
    await drained;
  });

  it('a server that stops answers what it cuts off, also on a stream', async () => {
    const { mcp, sandbox, server } = await start({ limits: { drainMs: 300, streamCommentMs: 20 } });
    const { send } = await open(mcp);
    const { world } = sandbox;
    world.faults.add({ cloud: 'volt', path: '/pods', kind: 'hang' });
    const running = await send('tools/call', { name: 'list_pods', arguments: {} });
    await soon(() => world.requests.some(({ path }) => path === '/pods')).toBe(true);
    const [answer] = await Promise.all([running.text(), server.drain()]);
    expect(answer).toMatch(/"error":\{"code":-32000/);
  });
});
