import { describe, expect, it } from 'vitest';
import { createTransport, type Transport } from '../../src/outbound/transport.ts';
import { call, httpServer, rejection, tcpServer, write } from './fixtures.ts';
import { keep } from './stacks.ts';

const serve = async (
  status: number,
  type: string | null,
  ...pieces: (string | Uint8Array)[]
): Promise<{ base: string; transport: Transport }> => {
  const server = keep(
    await httpServer((_seen, response) => {
      response.writeHead(status, type === null ? {} : { 'content-type': type });
      for (const piece of pieces) response.write(piece);
      response.end();
    }),
  );
  return { base: server.base, transport: keep(createTransport()) };
};

describe('a JSON body', () => {
  it('is parsed, even if no content type is given', async () => {
    const { base, transport } = await serve(200, null, '{"a":', '1}');
    expect((await transport.send(call({ url: base }))).body).toEqual({ a: 1 });
  });

  it('that is not JSON stays text', async () => {
    const { base, transport } = await serve(200, 'text/html', '<html>hello</html>');
    expect((await transport.send(call({ url: base }))).body).toBe('<html>hello</html>');
  });

  it('that is empty is null', async () => {
    const { base, transport } = await serve(204, null);
    expect(await transport.send(call({ url: base }))).toMatchObject({ status: 204, body: null });
  });

  it('keeps characters that arrive in two pieces', async () => {
    const bytes = Buffer.from('{"a":"é"}');
    const { base, transport } = await serve(200, 'application/json', bytes.subarray(0, 7), bytes.subarray(7));
    expect((await transport.send(call({ url: base }))).body).toEqual({ a: 'é' });
  });

  it.each([
    ['json', undefined, 8 * 1024 * 1024 + 1],
    ['bytes', undefined, 32 * 1024 * 1024 + 1],
    ['json', 10, 11],
  ] as const)('over the cap ends the call: %s, cap %s', async (reads, maxBytes, size) => {
    const { base, transport } = await serve(200, 'application/pdf', Buffer.alloc(size, 'x'));
    const error = await rejection(transport.send(call({ url: base, reads, maxBytes })));
    expect(error).toMatchObject({ kind: 'too_large', sent: true });
  });

  it('exactly at the cap is read', async () => {
    const { base, transport } = await serve(200, 'text/plain', 'x'.repeat(10));
    expect((await transport.send(call({ url: base, maxBytes: 10 }))).body).toBe('xxxxxxxxxx');
  });
});

describe('a body of bytes', () => {
  it('is the bytes', async () => {
    const { base, transport } = await serve(200, 'application/pdf', '%PDF-1.7', new Uint8Array([0, 255, 10]));
    const { body } = await transport.send(call({ url: base, reads: 'bytes' }));
    expect(body).toEqual(new Uint8Array([...Buffer.from('%PDF-1.7'), 0, 255, 10]));
  });

  it.each([
    [200, 'application/json; charset=utf-8'],
    [200, 'application/octet-stream'],
    [404, 'application/pdf'],
  ])('is read as JSON if the reply is an envelope: %s %s', async (status, type) => {
    const { base, transport } = await serve(status, type, '{"status":"failed","message":"gone"}');
    const { body } = await transport.send(call({ url: base, reads: 'bytes' }));
    expect(body).toEqual({ status: 'failed', message: 'gone' });
  });
});

describe('a stream of events', () => {
  const collect = () => {
    const events: string[] = [];
    return { events, onEvent: (data: string) => events.push(data) };
  };

  it('hands each payload on, however it is cut, and resolves to null', async () => {
    const { base, transport } = await serve(
      200,
      'text/event-stream; charset=utf-8',
      ': ping\n\nda',
      'ta: {"a":1}\n',
      '\ndata: one\ndata: two\n\n',
      'data: last without an empty line',
    );
    const { events, onEvent } = collect();
    const { body } = await transport.send(call({ url: base, reads: 'events', onEvent }));
    expect(body).toBeNull();
    expect(events).toEqual(['{"a":1}', 'one\ntwo', 'last without an empty line']);
  });

  it('is complete with [DONE], whatever happens to the connection then', async () => {
    const server = keep(
      await tcpServer((socket) => {
        socket.write(
          'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
        );
        const text = 'data: a\n\ndata: [DONE]\n\ndata: ignored\n\n';
        socket.write(`${text.length.toString(16)}\r\n${text}\r\n`, () => socket.destroy());
      }),
    );
    const transport = keep(createTransport());
    const { events, onEvent } = collect();
    await transport.send(write({ url: server.base, reads: 'events', onEvent }));
    expect(events).toEqual(['a', '[DONE]']);
  });

  it('that breaks off is a failure after sending, with the pieces handed on', async () => {
    const server = keep(
      await tcpServer((socket) => {
        socket.write(
          'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
        );
        socket.write('9\r\ndata: a\n\n\r\n', () => socket.destroy());
      }),
    );
    const transport = keep(createTransport());
    const { events, onEvent } = collect();
    const error = await rejection(transport.send(write({ url: server.base, reads: 'events', onEvent })));
    expect(error).toMatchObject({ kind: 'network', sent: true });
    expect(events).toEqual(['a']);
  });

  it.each([
    ['before the first piece', ''],
    ['between two pieces', 'data: a\n\n'],
  ])('that falls silent %s times out', async (_when, first) => {
    const server = keep(
      await httpServer((_seen, response) => {
        if (first === '') return;
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(first);
      }),
    );
    const transport = keep(createTransport());
    const error = await rejection(
      transport.send(call({ url: server.base, reads: 'events', timeoutMs: 40, onEvent: () => {} })),
    );
    expect(error).toMatchObject({ kind: 'timeout', sent: true, name: 'TimeoutError' });
  });

  it('that is answered with JSON is read as JSON', async () => {
    const { base, transport } = await serve(200, 'application/json', '{"status":"failed"}');
    const { events, onEvent } = collect();
    const { body } = await transport.send(call({ url: base, reads: 'events', onEvent }));
    expect([body, events]).toEqual([{ status: 'failed' }, []]);
  });

  it('with one endless event ends the call', async () => {
    const { base, transport } = await serve(200, 'text/event-stream', `data: ${'x'.repeat(5 * 1024 * 1024)}`);
    const error = await rejection(transport.send(call({ url: base, reads: 'events', onEvent: () => {} })));
    expect(error).toMatchObject({ kind: 'too_large', sent: true });
  });

  it('rejects with what its sink throws', async () => {
    const { base, transport } = await serve(200, 'text/event-stream', 'data: a\n\n', 'data: b\n\n');
    const onEvent = () => {
      throw new RangeError('sink');
    };
    const error = await rejection(transport.send(call({ url: base, reads: 'events', onEvent })));
    expect(error).toBeInstanceOf(RangeError);
  });
});
