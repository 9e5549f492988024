import { describe, expect, it } from 'vitest';
import { VOLT_POD } from '../harness.ts';
import { start } from './start.ts';
import {
  agreed,
  eventsOf,
  isQuestion,
  isResult,
  messageOf,
  openWire,
  post,
  until,
  type WireSession,
} from './wire.ts';

/** Rents a pod, the person agreeing; its ref. The clock stands still, so that it stays as it is: deploying. */
async function rent(session: WireSession): Promise<string> {
  const stream = eventsOf(await session.call('create_pod', VOLT_POD));
  const question = await until(stream, isQuestion);
  await session.answer(question.id ?? 0, agreed(question));
  const done = await until(stream, isResult);
  const { pod } = (done.result?.structuredContent ?? {}) as { pod?: { ref: string } };
  return pod?.ref ?? '';
}

describe('over HTTP', () => {
  it('an answer that was cut off comes again with Last-Event-ID, the write having been sent once', async () => {
    const { mcp, sandbox } = await start();
    const session = await openWire(mcp);
    const stream = eventsOf(await session.call('create_pod', VOLT_POD, 6));
    let last = '';
    for await (const { id, message } of stream) {
      last = id;
      if (message !== null && isQuestion(message)) {
        await session.answer(message.id ?? 0, agreed(message));
        break;
      }
    }
    const answer = await messageOf(await session.get({ 'last-event-id': last }), isResult);
    expect(answer).toMatchObject({ id: 6, result: { structuredContent: { status: 'done' } } });
    const writes = sandbox.world.requests.filter(({ method, path }) => method === 'POST' && path === '/pods');
    expect(writes).toHaveLength(1);
  });

  it('progress arrives, and a cancelled call leaves its id free', async () => {
    const { mcp } = await start();
    const session = await openWire(mcp);
    const pod = await rent(session);
    const params = {
      name: 'wait_for',
      arguments: { ref: pod, timeout_seconds: 600 },
      _meta: { progressToken: 'p' },
    };
    const stream = eventsOf(await session.send('tools/call', params, 8));
    const progress = await until(stream, ({ method }) => method === 'notifications/progress');
    expect(progress.params).toMatchObject({ progressToken: 'p' });
    expect((await session.send('ping', {}, 8)).status).toBe(400);
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 8 } };
    expect((await post(mcp, cancel, session.headers)).status).toBe(202);
    expect((await session.send('ping', {}, 8)).status).toBe(200);
  });

  it('the official client finds everything', async () => {
    const { connect } = await start();
    const client = await connect();
    expect((await client.listTools()).tools.length).toBeGreaterThan(10);
    expect((await client.listResources()).resources.length).toBeGreaterThan(0);
    expect((await client.listPrompts()).prompts.length).toBeGreaterThan(0);
    const called = await client.callTool({ name: 'list_machines', arguments: { limit: 2 } });
    expect(called.isError).not.toBe(true);
  });
});
