import { AsyncLocalStorage } from 'node:async_hooks';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { VOLT_POD } from '../harness.ts';
import { soon, start, tempDir } from './start.ts';
import {
  agreed,
  eventsOf,
  INITIALIZE,
  isQuestion,
  messageOf,
  openWire,
  post,
  type Rpc,
  refusal,
  type SseEvent,
  until,
} from './wire.ts';

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

describe('sessions', () => {
  it('begin with initialize and answer 400 without an id, 404 for an unknown one', async () => {
    const { mcp } = await start();
    const list = { jsonrpc: '2.0', id: 7, method: 'tools/list' };
    expect(await refusal(await post(mcp, list))).toMatchObject({ status: 400, message: /Mcp-Session-Id/ });
    const unknown = await post(mcp, list, { 'mcp-session-id': 'nobody' });
    expect(await refusal(unknown)).toMatchObject({ status: 404, code: -32001 });
    expect((await fetch(mcp, { headers: { accept: 'text/event-stream' } })).status).toBe(400);
    expect((await fetch(mcp, { method: 'DELETE' })).status).toBe(400);
    expect((await fetch(mcp, { method: 'DELETE', headers: { 'mcp-session-id': 'nobody' } })).status).toBe(
      404,
    );
  });

  it('refuse an initialize that is not one, and a second one', async () => {
    const { mcp } = await start();
    expect((await post(mcp, { jsonrpc: '2.0', id: 1, method: 'initialize' })).status).toBe(400);
    const session = await openWire(mcp);
    expect((await post(mcp, INITIALIZE, session.headers)).status).toBe(400);
  });

  it('check the protocol version, the Accept header and the method', async () => {
    const { mcp } = await start();
    const session = await openWire(mcp);
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    expect((await post(mcp, list, { ...session.headers, 'mcp-protocol-version': '1999-01-01' })).status).toBe(
      400,
    );
    expect((await post(mcp, list, { ...session.headers, accept: 'text/html' })).status).toBe(406);
    const put = await fetch(mcp, { method: 'PUT', headers: session.headers });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, POST, DELETE']);
    expect((await fetch(mcp, { method: 'HEAD', headers: session.headers })).status).toBe(405);
  });

  it('are in the store before a server that stops closes it', async () => {
    const { mcp, server, runtimes } = await start();
    const wanted = await post(mcp, INITIALIZE);
    await wanted.text();
    const { gate } = runtimes[0] ?? {};
    if (gate === undefined) throw new Error('no account was opened');
    const { put } = gate.store.sessions;
    const events: string[] = [];
    let release = () => {};
    const away = new Promise<void>((resolve) => {
      release = resolve;
    });
    gate.store.sessions.put = async (...given) => {
      await away;
      const kept = await put(...given);
      events.push('kept');
      return kept;
    };
    const headers = { 'mcp-session-id': wanted.headers.get('mcp-session-id') ?? '' };
    await post(mcp, { jsonrpc: '2.0', method: 'notifications/initialized' }, headers);
    const closed = server.close().then(() => events.push('closed'));
    await soon(() => fetch(mcp).catch(() => 'refused')).toBe('refused');
    release();
    await closed;
    expect(events).toEqual(['kept', 'closed']);
  });

  it('end with DELETE', async () => {
    const { mcp } = await start();
    const session = await openWire(mcp);
    expect((await fetch(mcp, { method: 'DELETE', headers: session.headers })).status).toBe(200);
    expect((await session.send('tools/list')).status).toBe(404);
  });

  it('have one stream of their own, which resumes behind the last event', async () => {
    const { mcp } = await start();
    const session = await openWire(mcp);
    const first = new AbortController();
    const stream = await session.get({}, first.signal);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    expect((await session.get()).status).toBe(409);
    first.abort();
    await soon(async () => (await openGet(session)).status).toBe(200);
  });

  it('are notified to read their subscriptions again once they have a stream again, also after a restart', async () => {
    const config = { GPU_MCP_STATE_DIR: join(await tempDir(), 'shared') };
    const before = await start({ config });
    const session = await openWire(before.mcp);
    const uri = 'gpu://pods';
    await (await session.send('resources/subscribe', { uri })).text();
    const isTold = ({ method, params }: Rpc) => method?.endsWith('/updated') === true && params?.uri === uri;
    for (let stream = 0; stream < 2; stream += 1) {
      await soon(async () => {
        const response = await session.get();
        return response.status === 200 ? (await messageOf(response, isTold)).params?.uri : null;
      }).toBe(uri);
    }
    await before.server.close();
    const { mcp } = await start({ config });
    const headers = { ...session.headers, accept: 'text/event-stream' };
    expect(await messageOf(await fetch(mcp, { headers }), isTold)).toBeDefined();
  });

  it('replay the events that a broken response stream missed, and nothing else; then it ends', async () => {
    const { mcp } = await start();
    const session = await openWire(mcp);
    const response = await session.send('tools/list', {}, 41);
    const seen = await all(response);
    expect(seen.map(({ message }) => message?.id)).toEqual([undefined, 41]);
    const [first = '', last = ''] = seen.map(({ id }) => id);
    expect(await all(await session.get({ 'last-event-id': first }))).toEqual(seen.slice(1));
    expect((await session.get({ 'last-event-id': last })).status).toBe(204);
    const foreign = await openWire(mcp);
    expect((await foreign.get({ 'last-event-id': first })).status).toBe(400);
    expect((await session.get({ 'last-event-id': 'made-up' })).status).toBe(400);
  });

  it('answer the requests of a server that has ended, also to a person: no request stays open', async () => {
    const config = { GPU_MCP_STATE_DIR: join(await tempDir(), 'shared') };
    const before = await start({ config });
    const session = await openWire(before.mcp);
    const stream = eventsOf(await session.call('create_pod', VOLT_POD, 51));
    const begun = (await stream.next()).value?.id ?? '';
    const question = await until(stream, isQuestion);
    // As after a kill: the stream ends without an answer.
    await stream.return(undefined);
    await before.server.close();
    const { mcp } = await start({ config });
    const again = (id: string) =>
      fetch(mcp, { headers: { ...session.headers, accept: 'text/event-stream', 'last-event-id': id } });
    const [resumed, ...more] = await all(await again(begun));
    expect(resumed?.message).toMatchObject({
      id: 51,
      error: { code: -32000, message: /get_spend.*confirmation_token/ },
    });
    expect(more).toEqual([]);
    expect((await again(resumed?.id ?? '')).status).toBe(204);
    // Both servers are one process here; the id of a question names another one.
    const id = String(question.id).replace(/^[0-9a-f]{8}/, '00000000');
    const answer = { jsonrpc: '2.0', id, result: agreed(question) };
    expect((await post(mcp, answer, session.headers)).status).toBe(400);
  });

  it('are bounded for a caller (429) and in all (503), and free their place when they end', async () => {
    const { mcp } = await start({
      limits: { sessions: 3, sessionsPerCaller: 2 },
    });
    const one = await openWire(mcp);
    await openWire(mcp);
    const third = await post(mcp, INITIALIZE);
    expect(third.headers.get('retry-after')).toBe('60');
    expect(await refusal(third)).toMatchObject({ status: 429, message: /\b2\b/ });
    await fetch(mcp, { method: 'DELETE', headers: one.headers });
    expect((await post(mcp, INITIALIZE)).status).toBe(200);
  });

  it('answer 503 when all are taken', async () => {
    const { mcp } = await start({ limits: { sessions: 1 } });
    await openWire(mcp);
    expect(await refusal(await post(mcp, INITIALIZE))).toMatchObject({ status: 503, message: /taken/ });
  });

  it('end when idle, sooner when never confirmed, and for good when too old', async () => {
    const clock = { ahead: 0 };
    const { mcp, logs } = await start({
      clock,
      limits: { sweepMs: 5, idleMs: 1000_000, unconfirmedMs: 50_000 },
    });
    const ended = () => logs.filter(({ msg }) => msg === 'session ended').length;
    const used = await openWire(mcp);
    const abandoned = await post(mcp, INITIALIZE);
    await abandoned.text();
    clock.ahead = 60_000;
    await soon(ended).toBe(1);
    expect((await used.send('ping')).status).toBe(200);
    clock.ahead = 2_000_000;
    await soon(ended).toBe(2);
    expect((await used.send('ping')).status).toBe(404);
    expect(
      (await post(mcp, PING, { 'mcp-session-id': abandoned.headers.get('mcp-session-id') ?? '' })).status,
    ).toBe(404);
    const old = await openWire(mcp);
    clock.ahead += 25 * 3_600_000;
    await soon(ended).toBe(3);
    expect((await old.send('ping')).status).toBe(404);
  });

  it('limit what one session leaves unanswered', async () => {
    const { mcp } = await start({ limits: { inFlight: 2 } });
    const session = await openWire(mcp);
    const waiting = await Promise.all([
      session.call('create_pod', VOLT_POD),
      session.call('create_pod', VOLT_POD),
    ]);
    const questions = await Promise.all(waiting.map((response) => messageOf(response)));
    expect(questions.map(({ method }) => method)).toEqual(['elicitation/create', 'elicitation/create']);
    const third = await session.send('tools/list');
    expect(third.headers.get('retry-after')).toBe('1');
    expect(await refusal(third)).toMatchObject({ status: 429, message: /\b2\b/ });
    expect((await session.answer(questions[0]?.id ?? 0, { action: 'decline' })).status).toBe(202);
    await soon(async () => (await session.send('tools/list')).status).toBe(200);
    expect((await session.call('create_pod', VOLT_POD, 77)).status).toBe(200);
    expect((await session.send('ping', {}, 77)).status).toBe(400);
  });

  it('end the stream of a cancelled request, after its question is withdrawn, and free its place and its id', async () => {
    const { mcp } = await start({ limits: { inFlight: 1 } });
    const session = await openWire(mcp);
    const stream = eventsOf(await session.call('create_pod', VOLT_POD, 71));
    await until(stream, isQuestion);
    const params = { requestId: 71 };
    await post(mcp, { jsonrpc: '2.0', method: 'notifications/cancelled', params }, session.headers);
    const rest = [];
    for await (const { message } of stream) rest.push(message);
    expect(rest).toMatchObject([{ method: 'notifications/cancelled' }, { id: 71, error: { code: -32800 } }]);
    await soon(async () => (await session.send('tools/list', {}, 71)).status).toBe(200);
  });

  it('honour a cancellation that overtakes its request: over HTTP each has a connection of its own', async () => {
    const clock = { ahead: 0 };
    const { mcp, sandbox } = await start({ clock });
    const session = await openWire(mcp);
    const cancel = (requestId: number) =>
      post(
        mcp,
        { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } },
        session.headers,
      );
    await cancel(81);
    expect(await refusal(await session.call('list_pods', {}, 81))).toMatchObject({
      status: 200,
      code: -32800,
    });
    expect([...sandbox.world.requests]).toEqual([]);
    await cancel(82);
    clock.ahead = 60_000;
    expect((await messageOf(await session.call('list_pods', {}, 82))).result).toBeDefined();
  });

  it('cost little when hundreds are opened and abandoned', { timeout: 60_000 }, async () => {
    // On Node 20 every such storage slows all promises of the process, for as long as it runs.
    const run = vi.spyOn(AsyncLocalStorage.prototype, 'run');
    onTestFinished(() => run.mockRestore());
    const clock = { ahead: 0 };
    const { mcp, logs } = await start({
      clock,
      limits: { sessionsPerCaller: 300, requestsPerMinute: 10_000, sweepMs: 20 },
    });
    for (let batch = 0; batch < 6; batch += 1) {
      const statuses = await Promise.all(
        Array.from({ length: 50 }, async () => {
          const response = await post(mcp, INITIALIZE);
          await response.body?.cancel();
          return response.status;
        }),
      );
      expect(new Set(statuses)).toEqual(new Set([200]));
    }
    expect((await post(mcp, INITIALIZE)).status).toBe(429);
    expect(new Set(run.mock.contexts).size).toBeLessThan(10);
    clock.ahead = 120_000;
    await soon(() => logs.filter(({ msg }) => msg === 'session ended').length).toBe(300);
    expect((await post(mcp, INITIALIZE)).status).toBe(200);
  });
});

async function openGet(session: Awaited<ReturnType<typeof openWire>>): Promise<Response> {
  const response = await session.get();
  await response.body?.cancel();
  return response;
}

/** The events of a stream that ends. */
async function all(response: Response): Promise<SseEvent[]> {
  const seen: SseEvent[] = [];
  for await (const event of eventsOf(response)) seen.push(event);
  return seen;
}
