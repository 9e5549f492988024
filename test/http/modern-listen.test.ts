import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answerOf, envelope, REVISION, type Sent, send, streamOf } from './modern-wire.ts';
import { type Started, soon, start, tempDir } from './start.ts';
import type { Rpc } from './wire.ts';

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';

/** Opens a stream; its messages are collected as they come. */
async function listenOn({ mcp }: Started, notifications: object, sent: Sent = {}) {
  const client = new AbortController();
  const response = await send(
    mcp,
    'subscriptions/listen',
    { notifications },
    {
      id: 'sub-1',
      signal: client.signal,
      ...sent,
    },
  );
  const received: Rpc[] = [];
  const ended = (async () => {
    for await (const message of streamOf(response)) received.push(message);
  })().catch(() => {});
  return { response, received, ended, hangUp: () => client.abort() };
}

const watched = ({ runtimes }: Started): number =>
  runtimes.reduce((sum, { poller }) => sum + poller.lists(), 0);

describe('subscriptions/listen', () => {
  it('acknowledges first, and only what there is; reports changes; leaves nothing behind', async () => {
    const server = await start();
    const { world } = server.sandbox;
    const id = world.addPod('volt', { name: 'trainer', state: 'running' });
    const uri = `gpu://volt/pod/${id}`;
    const wanted = { resourceSubscriptions: [uri, 'gpu://volt/pod/none', uri], toolsListChanged: true };
    const { response, received, hangUp } = await listenOn(server, wanted);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    await soon(() => received.length).toBe(1);
    expect(received[0]).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { _meta: { [SUBSCRIPTION]: 'sub-1' } },
    });
    expect(received[0]?.params?.notifications).toEqual({ resourceSubscriptions: [uri] });
    expect(watched(server)).toBeGreaterThan(0);
    world.setPodState('volt', id, 'stopped');
    await soon(() => received.length).toBeGreaterThan(1);
    expect(received[1]).toMatchObject({
      method: 'notifications/resources/updated',
      params: { uri, _meta: { [SUBSCRIPTION]: 'sub-1' } },
    });
    hangUp();
    await soon(() => watched(server)).toBe(0);
  });

  it('reports a changed list to clients that asked for it, under the id of the subscription', async () => {
    const server = await start();
    const deaf = await listenOn(server, { resourceSubscriptions: ['gpu://pods'] });
    const { received } = await listenOn(server, { resourcesListChanged: true });
    await soon(() => received.length + deaf.received.length).toBe(2);
    server.runtimes[0]?.poller.announceListChange();
    await soon(() => received.length).toBe(2);
    expect(received[1]).toMatchObject({
      method: 'notifications/resources/list_changed',
      params: { _meta: { [SUBSCRIPTION]: 'sub-1' } },
    });
    expect(deaf.received).toHaveLength(1);
  });

  it('ends at once if no requested notification can come, and in good order if the server stops', async () => {
    const server = await start();
    const empty = await listenOn(server, { promptsListChanged: true });
    await empty.ended;
    expect(empty.received).toMatchObject([
      { params: { notifications: {} } },
      { id: 'sub-1', result: { resultType: 'complete', _meta: { [SUBSCRIPTION]: 'sub-1' } } },
    ]);
    const open = await listenOn(server, { resourcesListChanged: true });
    await soon(() => open.received.length).toBe(1);
    await server.server.drain();
    await open.ended;
    expect(open.received.at(-1)).toMatchObject({ id: 'sub-1', result: { resultType: 'complete' } });
  });

  it('is open for one caller sixteen times at most, and again once one ends', async () => {
    const server = await start();
    const open = await Promise.all(
      Array.from({ length: 16 }, () => listenOn(server, { resourcesListChanged: true })),
    );
    const tooMany = { notifications: { resourcesListChanged: true } };
    expect((await send(server.mcp, 'subscriptions/listen', tooMany)).status).toBe(429);
    expect((await send(server.mcp, 'tools/list')).status).toBe(200);
    open[0]?.hangUp();
    await soon(async () => {
      const again = await listenOn(server, { resourcesListChanged: true });
      return again.response.status;
    }).toBe(200);
  });

  it('ends when the operator withdraws the caller’s token', async () => {
    const file = join(await tempDir(), 'tokens');
    await writeFile(file, 'anna:anna-token\nben:ben-token\n');
    const server = await start({ config: { GPU_MCP_HTTP_TOKEN_FILE: file }, limits: { sweepMs: 5 } });
    const headers = { authorization: 'Bearer anna-token' };
    const { received, ended } = await listenOn(server, { resourcesListChanged: true }, { headers });
    const bens = { headers: { authorization: 'Bearer ben-token' } };
    const ben = await listenOn(server, { resourcesListChanged: true }, bens);
    await soon(() => received.length + ben.received.length).toBe(2);
    await writeFile(file, 'ben:ben-token\n');
    await ended;
    expect(received.at(-1)).toMatchObject({ id: 'sub-1', result: { resultType: 'complete' } });
    expect(ben.received).toHaveLength(1);
  });

  it.each([
    ['no filter', {}, -32602],
    ['a filter that is no list', { notifications: { resourceSubscriptions: 'gpu://pods' } }, -32602],
  ])('is refused for %s', async (_what, params, code) => {
    const { mcp } = await start();
    expect((await answerOf(await send(mcp, 'subscriptions/listen', params))).error?.code).toBe(code);
  });

  it('needs a client that reads streams', async () => {
    const { mcp } = await start();
    const headers = { accept: 'application/json', 'mcp-protocol-version': REVISION };
    const params = { notifications: { resourcesListChanged: true } };
    const response = await send(mcp, 'subscriptions/listen', params, { headers, meta: envelope() });
    expect(response.status).toBe(406);
  });
});
