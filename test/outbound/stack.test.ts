import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Endpoint } from '../../src/outbound/send.ts';
import { CREATE, httpServer, KEY, READ, STOP } from './fixtures.ts';
import { answering, failing, io, keep, stackFor, writing } from './stacks.ts';

describe('a request to a cloud', () => {
  it('of a read: path, query, key and no body', async () => {
    const server = await answering({ body: '{"id":"pod a"}' });
    const { stack } = stackFor(`${server.base}/api/volt`);
    const pod = await stack.request(READ, io(), {
      params: { id: 'pod a' },
      query: { limit: 2, x: undefined },
    });
    expect(pod).toEqual({ id: 'pod a' });
    const [seen] = server.seen;
    expect([seen?.method, seen?.path, seen?.body]).toEqual(['GET', '/api/volt/pods/pod%20a?limit=2', '']);
    expect(seen?.headers).toMatchObject({
      'x-api-key': KEY,
      accept: 'application/json',
      'user-agent': 'gpu-cloud-mcp/1.2.3',
    });
    expect(seen?.headers).not.toHaveProperty('content-type');
    expect(seen?.headers).not.toHaveProperty('content-length');
  });

  it('of a DELETE with a body: exactly this body, as JSON', async () => {
    const server = await answering({ body: '{"id":"ak_001"}' });
    const { stack } = stackFor(server.base);
    const revoke: Endpoint<{ id: string }> = { ...CREATE, method: 'DELETE', path: '/api-keys' };
    await stack.request(revoke, writing(), { body: { key_id: 'ak_001' } });
    expect(server.seen).toMatchObject([{ method: 'DELETE', path: '/api-keys', body: '{"key_id":"ak_001"}' }]);
    expect(server.seen[0]?.headers['content-type']).toBe('application/json');
  });

  it('of a POST without a body: no content type', async () => {
    const server = await answering({ body: '{"id":"p"}' });
    const { stack } = stackFor(server.base);
    await stack.request(CREATE, writing());
    expect(server.seen[0]?.body).toBe('');
    expect(server.seen[0]?.headers).not.toHaveProperty('content-type');
  });

  it('goes to the base that the endpoint names', async () => {
    const server = await answering({ body: '{"id":"p"}' });
    const { stack } = stackFor(`${server.base}/api`, {
      bases: { api: `${server.base}/api`, inference: `${server.base}/inference/v1` },
    });
    await stack.request({ ...CREATE, base: 'inference' }, writing(), { body: {} });
    expect(server.seen[0]?.path).toBe('/inference/v1/pods');
    const bare = stackFor(server.base).stack;
    const error = await failing(bare.request({ ...CREATE, base: 'inference' }, writing()));
    expect(error.code).toBe('not_configured');
    expect(server.seen).toHaveLength(1);
  });

  it('is nothing when an id, a parameter, a body or a permit is wrong', async () => {
    const server = await answering({ body: '{"id":"p"}' });
    const { stack } = stackFor(server.base);
    const loop: Record<string, unknown> = {};
    loop.loop = loop;
    const refused = [
      failing(stack.request(READ, io(), { params: { id: '../api-keys' } })),
      failing(stack.request(READ, io(), { params: { id: 'a/stop' } })),
      failing(stack.request(READ, io())),
      failing(stack.request(CREATE, writing(), { body: loop })),
      failing(stack.request(CREATE, writing(), { params: { id: 'x' } })),
      failing(stack.request(STOP, io(), { params: { id: 'p' } })),
    ];
    const codes = (await Promise.all(refused)).map(({ code }) => code);
    expect(codes).toEqual([...Array<string>(5).fill('invalid_input'), 'forbidden']);
    expect(server.seen).toEqual([]);
  });
});

describe('streams', () => {
  const chat: Endpoint<null> = {
    method: 'POST',
    path: '/chat/completions',
    repeatable: false,
    reads: 'events',
    response: z.null(),
  };

  it('hand their events on and resolve to null', async () => {
    const sse = { headers: { 'content-type': 'text/event-stream' }, body: 'data: a\n\ndata: [DONE]\n\n' };
    const server = await answering(sse);
    const { stack } = stackFor(server.base);
    const events: string[] = [];
    const given = { body: { stream: true }, onEvent: (data: string) => events.push(data) };
    expect(await stack.request(chat, writing(), given)).toBeNull();
    expect(events).toEqual(['a', '[DONE]']);
    expect(server.seen[0]?.headers.accept).toContain('text/event-stream');
  });

  it('that break off leave the outcome unknown', async () => {
    const server = keep(
      await httpServer((_seen, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: a\n\n', () => response.destroy());
      }),
    );
    const { stack } = stackFor(server.base);
    const events: string[] = [];
    const given = { body: {}, onEvent: (data: string) => events.push(data) };
    expect((await failing(stack.request(chat, writing(), given))).code).toBe('outcome_unknown');
    expect([events, server.seen.length]).toEqual([['a'], 1]);
  });

  it('that are refused carry the words of the cloud', async () => {
    const server = await answering({ status: 400, body: '{"error":{"message":"no such model"}}' });
    const { stack } = stackFor(server.base);
    const error = await failing(stack.request(chat, writing(), { body: {}, onEvent: () => {} }));
    expect(error).toMatchObject({ code: 'invalid_input', message: expect.stringContaining('no such model') });
  });
});

describe('the key', () => {
  it('is in no error and no log, even if the cloud echoes it', async () => {
    const body = JSON.stringify({ message: `key ${KEY} and ${Buffer.from(KEY).toString('base64')}` });
    for (const status of [200, 400, 401, 500]) {
      const server = await answering({ status, body });
      const { stack, logged } = stackFor(server.base);
      const errors = await Promise.all([
        failing(stack.request(READ, io(), { params: { id: 'p' } })),
        failing(stack.request(CREATE, writing(), { body: {} })),
      ]);
      for (const error of errors) {
        const cause = error.cause instanceof Error ? `${error.cause.message}` : '';
        const shown = `${error.message}${error.hint}${cause}${JSON.stringify(logged)}`;
        expect(shown).not.toContain(KEY);
        expect(shown).not.toContain(Buffer.from(KEY).toString('base64'));
      }
    }
  });
});
