import { describe, expect, it } from 'vitest';
import { VOLT_POD } from '../harness.ts';
import { start } from './start.ts';
import { INITIALIZE, isResult, messageOf, openWire, post, type Rpc, refusal } from './wire.ts';

const frame = (method: string, rest: object = {}) => ({ jsonrpc: '2.0', id: 7, method, ...rest });
const LIST = frame('tools/list', { params: {} });

describe('every frame over HTTP gets its answer', () => {
  it('null counts as left out, and wrong parameters are refused as the answer to their request', async () => {
    const { mcp } = await start();
    const { headers } = await openWire(mcp);
    const answerTo = async (body: object) => messageOf(await post(mcp, body, headers));
    expect(await answerTo(frame('ping', { params: null }))).toMatchObject({ id: 7, result: {} });
    const call = frame('tools/call', { params: { name: 'list_pods', _meta: null } });
    expect(await answerTo(call)).toMatchObject({ id: 7, result: { isError: false } });
    const list = await post(mcp, frame('tools/call', { params: [] }), headers);
    expect([list.status, await list.json()]).toMatchObject([200, { id: 7, error: { code: -32602 } }]);
  });

  it('wrong parameters do not reveal whether a session exists', async () => {
    const { mcp } = await start();
    const wrong = frame('tools/list', { params: { cursor: null } });
    expect((await post(mcp, wrong, { 'mcp-session-id': 'guessed' })).status).toBe(404);
    expect(await refusal(await post(mcp, wrong))).toMatchObject({ status: 400, code: -32602 });
    const { capabilities: _left, ...rest } = INITIALIZE.params;
    expect(await refusal(await post(mcp, { ...INITIALIZE, params: rest }))).toMatchObject({
      status: 400,
      code: -32602,
      message: expect.stringContaining('capabilities'),
    });
  });
});

describe('Accept', () => {
  it.each([
    [
      'text/event-stream',
      [
        'application/json, text/event-stream',
        'Application/JSON, Text/Event-Stream;q=0.1',
        '*/*',
        'text/html, */*;q=0.2',
        'text/event-stream',
        'text/*',
        '',
      ],
    ],
    [
      'application/json',
      ['application/json', 'application/*', 'APPLICATION/JSON; charset=utf-8', 'text/event-stream;q=0, */*'],
    ],
  ])('decides the form of the answer: %s', async (form, headers) => {
    const { mcp } = await start();
    const seen = [];
    for (const accept of headers) {
      const opened = await post(mcp, INITIALIZE, { accept });
      seen.push([accept, opened.status, opened.headers.get('content-type')]);
      await opened.body?.cancel();
    }
    expect(seen).toEqual(headers.map((accept) => [accept, 200, form]));
  });

  it('of JSON alone gets a plan instead of a question', async () => {
    const { mcp, sandbox } = await start();
    const accept = 'application/json';
    const opened = await post(mcp, INITIALIZE, { accept });
    const headers = { accept, 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
    const listed = (await (await post(mcp, LIST, headers)).json()) as Rpc;
    expect(listed.result?.tools?.length).toBeGreaterThan(20);
    const call = frame('tools/call', { params: { name: 'create_pod', arguments: VOLT_POD } });
    const planned = (await (await post(mcp, call, headers)).json()) as Rpc;
    expect(planned.result?.structuredContent).toMatchObject({ status: 'confirmation_required' });
    expect(sandbox.world.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('406 only to a client that can read no answer', async () => {
    const { mcp } = await start();
    expect((await post(mcp, INITIALIZE, { accept: 'text/html' })).status).toBe(406);
    expect((await post(mcp, INITIALIZE, { accept: '*/*;q=0' })).status).toBe(406);
    const session = await openWire(mcp);
    expect((await session.get({ accept: 'application/json' })).status).toBe(406);
    const later = await post(mcp, LIST, { ...session.headers, accept: 'application/json' });
    expect(await messageOf(later, isResult)).toMatchObject({ id: 7 });
    const stream = await session.get({ accept: '*/*' });
    expect(stream.status).toBe(200);
    await stream.body?.cancel();
  });
});
