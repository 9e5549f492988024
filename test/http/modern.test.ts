import { describe, expect, it } from 'vitest';
import { RESULT_FORMS } from '../../src/core/policy.ts';
import { answerOf, callTool, envelope, messagesOf, REVISION, type Sent, send } from './modern-wire.ts';
import { start } from './start.ts';
import { INITIALIZE, openWire, post, refusal } from './wire.ts';

const KEY = 'io.modelcontextprotocol/';
const without = (key: string) =>
  Object.fromEntries(Object.entries(envelope()).filter(([name]) => name !== KEY + key));

describe('the revision of an answer', () => {
  it('follows from envelope, header, handshake and session', async () => {
    const { mcp } = await start();
    const header = { 'mcp-protocol-version': REVISION };
    const shaken = await post(mcp, INITIALIZE, header);
    expect(shaken.status).toBe(200);
    expect(shaken.headers.get('mcp-session-id')).not.toBeNull();
    expect(await shaken.text()).toContain('"protocolVersion":"2025-11-25"');

    const session = await openWire(mcp);
    const inSession = await post(
      mcp,
      { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: envelope() } },
      { ...session.headers, ...header, 'mcp-method': 'tools/list' },
    );
    expect(inSession.status).toBe(200);
    expect(await inSession.text()).not.toContain('resultType');

    const neither = await post(mcp, { jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect([neither.status, await neither.text()]).toEqual([400, expect.stringContaining('Mcp-Session-Id')]);

    const modern = await answerOf(await send(mcp, 'tools/list'));
    expect(modern.result).toMatchObject({ resultType: 'complete', cacheScope: 'private' });
    const stream = await fetch(mcp, { headers: { accept: 'text/event-stream', ...header } });
    expect([stream.status, stream.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('is the older one alone under --protocol 2025', async () => {
    const { mcp } = await start({ config: { GPU_MCP_PROTOCOL: '2025' } });
    const response = await send(mcp, 'server/discover');
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('Mcp-Session-Id'),
    ]);
    expect((await post(mcp, INITIALIZE)).status).toBe(200);
  });
});

describe('a request that is refused', () => {
  const HEADER = -32020;
  const VERSION = -32022;
  const unknown = { ...envelope(), [`${KEY}protocolVersion`]: '2099-01-01' };
  const call = { name: 'list_pods', arguments: {} };
  type Case = [what: string, method: string, params: object, sent: Sent, status: number, code: number];
  const cases: Case[] = [
    [
      'another version in the header',
      'tools/list',
      {},
      { headers: { 'mcp-protocol-version': '2025-11-25' } },
      400,
      HEADER,
    ],
    [
      'no version in the headers',
      'tools/list',
      {},
      { headers: { 'mcp-protocol-version': undefined } },
      400,
      HEADER,
    ],
    ['no method in the headers', 'tools/list', {}, { headers: { 'mcp-method': undefined } }, 400, HEADER],
    [
      'another method in the header',
      'tools/list',
      {},
      { headers: { 'mcp-method': 'tools/call' } },
      400,
      HEADER,
    ],
    ['no name in the headers', 'tools/call', call, { headers: { 'mcp-name': undefined } }, 400, HEADER],
    [
      'another name in the header',
      'tools/call',
      call,
      { headers: { 'mcp-name': 'delete_pod' } },
      400,
      HEADER,
    ],
    [
      'a name in broken base64',
      'tools/call',
      call,
      { headers: { 'mcp-name': '=?base64?***?=' } },
      400,
      HEADER,
    ],
    [
      'an unknown version',
      'tools/list',
      {},
      { meta: unknown, headers: { 'mcp-protocol-version': '2099-01-01' } },
      400,
      VERSION,
    ],
    ['no envelope', 'server/discover', {}, { meta: {} }, 400, -32602],
    ['no capabilities', 'server/discover', {}, { meta: without('clientCapabilities') }, 400, -32602],
    [
      'capabilities of a wrong shape',
      'server/discover',
      {},
      { meta: { ...envelope(), [`${KEY}clientCapabilities`]: 1 } },
      400,
      -32602,
    ],
    [
      'a client without a name',
      'server/discover',
      {},
      { meta: { ...envelope(), [`${KEY}clientInfo`]: {} } },
      400,
      -32602,
    ],
    ['ping', 'ping', {}, {}, 404, -32601],
    ['a log level', 'logging/setLevel', { level: 'debug' }, {}, 404, -32601],
    ['a subscription of the older kind', 'resources/subscribe', { uri: 'gpu://pods' }, {}, 404, -32601],
    ['a handshake, which is no method of it', 'initialize', {}, {}, 404, -32601],
    ['a task', 'tasks/get', { taskId: '1' }, {}, 404, -32601],
    ['an unknown resource', 'resources/read', { uri: 'gpu://volt/pod/none' }, {}, 200, -32602],
    ['parameters of a wrong shape', 'tools/call', { name: 'list_pods', arguments: [] }, {}, 200, -32602],
    ['a cursor that is null', 'tools/list', { cursor: null }, {}, 200, -32602],
    [
      'an unknown version before parameters of a wrong shape',
      'tools/list',
      { cursor: null },
      { meta: unknown, headers: { 'mcp-protocol-version': '2099-01-01' } },
      400,
      VERSION,
    ],
    [
      'an unknown method before a token of no form',
      'ping',
      {},
      { meta: { ...envelope(), progressToken: {} } },
      404,
      -32601,
    ],
    ['an unknown prompt', 'prompts/get', { name: 'none' }, {}, 200, -32602],
  ];

  it('gets the status and the code for its fault', async () => {
    const { mcp } = await start();
    const seen = [];
    for (const [what, method, params, sent] of cases) {
      const response = await send(mcp, method, params, { id: 'x1', ...sent });
      const { id, error } = await answerOf(response);
      seen.push([what, response.status, id, error?.code]);
      if (error?.code === VERSION)
        expect(error).toMatchObject({ data: { supported: [REVISION], requested: '2099-01-01' } });
    }
    expect(seen).toEqual(cases.map(([what, , , , status, code]) => [what, status, 'x1', code]));
  });

  it('for being one of several', async () => {
    const { mcp } = await start();
    const batch = [{ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: envelope() } }];
    const response = await post(mcp, batch, { 'mcp-protocol-version': REVISION });
    expect([response.status, (await answerOf(response)).error?.code]).toEqual([400, -32600]);
  });

  it('not for a name in base64, no client information, or arguments that are null', async () => {
    const { mcp } = await start();
    const name = `=?base64?${Buffer.from('list_pods').toString('base64')}?=`;
    const encoded = await callTool(mcp, 'list_pods', {}, { headers: { 'mcp-name': name } });
    expect((await answerOf(encoded)).result?.isError).toBe(false);
    const anonymous = await send(mcp, 'server/discover', {}, { meta: without('clientInfo') });
    expect(anonymous.status).toBe(200);
    const nothing = await send(mcp, 'tools/call', { name: 'list_pods', arguments: null });
    expect((await answerOf(nothing)).result?.isError).toBe(false);
  });
});

describe('a result that a client may cache', () => {
  it('has a time to live, and a list is the same each time', async () => {
    const { mcp } = await start();
    for (const [method, params, ttlMs] of [
      ['server/discover', {}, 300_000],
      ['tools/list', {}, 300_000],
      ['prompts/list', {}, 300_000],
      ['resources/list', {}, 0],
      ['resources/templates/list', {}, 300_000],
      ['resources/read', { uri: 'gpu://pods' }, 0],
    ] as const) {
      const answers = await Promise.all(
        [false, true].map(async (forms) => answerOf(await send(mcp, method, params, { forms }))),
      );
      const [first, second] = answers.map(({ result }) => result);
      expect(first, method).toMatchObject({
        resultType: 'complete',
        ttlMs,
        cacheScope: 'private',
        _meta: { [`${KEY}serverInfo`]: { name: 'gpu-cloud-mcp', version: expect.any(String) } },
      });
      if (method !== 'resources/read') expect(second).toEqual(first);
    }
  });

  it('offers list changes when they can come, and nothing of older revisions', async () => {
    const { mcp } = await start();
    const { result } = await answerOf(await send(mcp, 'server/discover'));
    expect(result).toMatchObject({ supportedVersions: [REVISION], instructions: expect.any(String) });
    expect(result?.capabilities).toEqual({
      tools: {},
      resources: { subscribe: true, listChanged: true },
      prompts: {},
      completions: {},
    });
  });

  it('follows the authorisation and ?results= alone', async () => {
    const { mcp } = await start({ config: { GPU_MCP_RESULTS: 'text' } });
    const tools = async (url: string) => (await answerOf(await send(url, 'tools/list'))).result?.tools ?? [];
    expect(JSON.stringify(await tools(mcp))).not.toContain('outputSchema');
    expect(JSON.stringify(await tools(`${mcp}?results=both`))).toContain('outputSchema');
    const called = async (url: string) => (await answerOf(await callTool(url, 'list_pods'))).result;
    expect((await called(mcp))?.structuredContent).toBeUndefined();
    expect((await called(`${mcp}?results=both`))?.structuredContent).toBeDefined();
  });

  it.each(['nope', ''])('refuses ?results=%s and names the forms, to both revisions', async (form) => {
    const { mcp } = await start();
    const address = `${mcp}?results=${form}`;
    for (const refused of [await send(address, 'tools/list'), await post(address, INITIALIZE)]) {
      const { status, message } = await refusal(refused);
      expect([status, RESULT_FORMS.filter((known) => !message.includes(known))]).toEqual([400, []]);
    }
  });
});

describe('an answer', () => {
  it('is JSON, or a stream once there is something to say before it', async () => {
    const { mcp, sandbox } = await start();
    const plain = await callTool(mcp, 'list_pods');
    expect(plain.headers.get('content-type')).toMatch(/^application\/json/);
    const meta = { ...envelope(), progressToken: 'p' };
    const ref = `volt:pod:${sandbox.world.addPod('volt', { name: 'trainer' })}`;
    const goal = { ref, until: 'deleted', timeout_seconds: 1 };
    const waited = await callTool(mcp, 'wait_for', goal, { meta });
    expect(waited.headers.get('content-type')).toBe('text/event-stream');
    const messages = await messagesOf(waited);
    expect(messages[0]).toMatchObject({ method: 'notifications/progress', params: { progressToken: 'p' } });
    expect(messages.at(-1)?.id).toBe(1);
    const json = { accept: 'application/json' };
    const plainly = await callTool(mcp, 'wait_for', goal, { meta, headers: json });
    expect([plainly.headers.get('content-type'), (await messagesOf(plainly)).length]).toEqual([
      'application/json',
      1,
    ]);
    const wanted = { accept: 'text/event-stream' };
    const streamed = await callTool(mcp, 'list_pods', {}, { headers: wanted });
    expect(streamed.headers.get('content-type')).toBe('text/event-stream');
    expect((await answerOf(streamed)).result?.isError).toBe(false);
  });

  it('to a notification of any shape is 202, to a response 400', async () => {
    const { mcp } = await start();
    const header = { 'mcp-protocol-version': REVISION };
    const note = (params: unknown) => ({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
    for (const [params, headers] of [
      [{ requestId: 1, _meta: envelope() }, header],
      [{ _meta: { ...envelope(), progressToken: {} } }, {}],
      [3, header],
    ] as const) {
      expect((await post(mcp, note(params), headers)).status).toBe(202);
    }
    const response = await post(mcp, { jsonrpc: '2.0', id: 1, result: {} }, header);
    expect([response.status, (await answerOf(response)).error?.code]).toEqual([400, -32600]);
  });

  it('is limited to a number at once for one caller, whichever keys the caller sends', async () => {
    const { mcp, sandbox } = await start({ headers: true, limits: { inFlight: 2 } });
    sandbox.world.faults.add({ cloud: 'volt', path: '/pods', kind: 'delay', delay_ms: 300, times: 9 });
    const by = (name: string) => ({ headers: { 'x-volt-api-key': `volt_key_of_${name}_0001` } });
    const statuses = await Promise.all(
      ['anna', 'ben', 'eve'].map(async (name) => (await callTool(mcp, 'list_pods', {}, by(name))).status),
    );
    expect(statuses.toSorted()).toEqual([200, 200, 429]);
  });

  it('holds a pair of keys only while it is worked out', async () => {
    const { mcp } = await start({ headers: true, limits: { accounts: 1, accountIdleMs: 0 } });
    const by = (name: string) => ({ headers: { 'x-volt-api-key': `volt_key_of_${name}_0001` } });
    for (const name of ['anna', 'ben', 'anna']) {
      expect((await send(mcp, 'tools/list', {}, by(name))).status).toBe(200);
    }
    expect((await send(mcp, 'tools/list')).status).toBe(401);
  });
});
