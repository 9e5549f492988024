import { describe, expect, it } from 'vitest';
import { VOLT_POD } from '../harness.ts';
import { start } from './start.ts';
import { agreed, eventsOf, isQuestion, isResult, messageOf, openWire } from './wire.ts';

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
