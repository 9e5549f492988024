import { describe, expect, it } from 'vitest';
import { TransportFailure } from '../../src/outbound/errors.ts';
import { createTransport, loadPools } from '../../src/outbound/transport.ts';
import { call, httpServer, rejection, tcpServer, wireJson, write } from './fixtures.ts';
import { keep } from './stacks.ts';

const failureOf = async (promise: Promise<unknown>): Promise<TransportFailure> => {
  const error = await rejection(promise);
  if (!(error instanceof TransportFailure)) throw error;
  return error;
};

/** Answers until `okUntil` requests have come, then drops every connection after reading the request. */
const dropper = async (okUntil: number) => {
  let count = 0;
  return keep(
    await tcpServer((socket) => {
      count += 1;
      if (count <= okUntil) socket.write(wireJson('{"n":1}'));
      else socket.destroy();
    }),
  );
};

/** One round trip on another connection: any request that a client resends has arrived by then. */
const settle = async (base: string) => {
  await fetch(base).catch(() => null);
};

/** Lets the pool take a connection back: it does so a moment after the reply is complete. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a dropped connection', () => {
  it.each([
    ['a repeatable GET', call()],
    ['a GET that is not repeatable', write({ method: 'GET' })],
    ['a POST', write({ body: '{}' })],
    ['a DELETE with a body', write({ method: 'DELETE', body: '{"key_id":"ak_001"}' })],
  ])('is never resent by the HTTP client: %s', async (_name, one) => {
    const server = await dropper(0);
    const transport = keep(createTransport());
    const failure = await failureOf(transport.send({ ...one, url: `${server.base}/x` }));
    expect(failure).toMatchObject({ kind: 'network', sent: true });
    await settle(server.base);
    expect(server.heads.filter((head) => head.includes('/x'))).toHaveLength(1);
  });

  it('is not resent on a reused connection either', async () => {
    const server = await dropper(1);
    const transport = keep(createTransport());
    await transport.send(call({ url: `${server.base}/first` }));
    await turn();
    const failure = await failureOf(transport.send(call({ url: `${server.base}/x` })));
    expect(failure).toMatchObject({ kind: 'network', sent: true });
    expect(server.connections()).toBe(1);
    await settle(server.base);
    expect(server.heads.filter((head) => head.includes('/x'))).toHaveLength(1);
  });

  it('is not resent with others queued behind it, and the queued ones are sent once each', async () => {
    const server = keep(
      await tcpServer((socket, head) => {
        if (head.includes('/drop')) socket.destroy();
        else socket.write(wireJson('{}'));
      }),
    );
    const transport = keep(createTransport());
    await transport.send(call({ url: `${server.base}/warm` }));
    const paths = ['/drop', '/a', '/b', '/drop', '/c'];
    const results = await Promise.allSettled(
      paths.map((path) => transport.send(call({ url: `${server.base}${path}` }))),
    );
    expect(results.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    await settle(server.base);
    const sent = server.heads.map((head) => head.split(' ')[1]).filter((path) => paths.includes(path ?? ''));
    expect(sent.sort()).toEqual([...paths].sort());
  });

  it('in the middle of a body is a failure after sending', async () => {
    const server = keep(
      await tcpServer((socket) => {
        socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"id"');
      }),
    );
    const transport = keep(createTransport());
    const failure = await failureOf(transport.send(call({ url: server.base })));
    expect(failure).toMatchObject({ kind: 'network', sent: true });
  });
});

describe('connections', () => {
  it('are reused for repeatable calls, and never for others', async () => {
    const server = keep(await tcpServer((socket) => socket.write(wireJson('{}'))));
    const transport = keep(createTransport());
    await transport.send(call({ url: server.base }));
    await turn();
    await transport.send(call({ url: server.base }));
    expect(server.connections()).toBe(1);
    await transport.send(write({ url: server.base }));
    await turn();
    await transport.send(write({ url: server.base }));
    expect(server.connections()).toBe(3);
  });

  it('that cannot be made are failures before sending', async () => {
    const server = await tcpServer(() => {});
    await server.close();
    const transport = keep(createTransport());
    const failure = await failureOf(transport.send(write({ url: server.base })));
    expect(failure).toMatchObject({ kind: 'network', sent: false });
  });

  it('to a host without an address are failures before sending', async () => {
    const transport = keep(createTransport());
    const failure = await failureOf(transport.send(write({ url: 'http://nowhere.invalid/x' })));
    expect(failure).toMatchObject({ kind: 'network', sent: false });
  });

  it('to no URL at all are failures before sending', async () => {
    const transport = keep(createTransport());
    const failure = await failureOf(transport.send(write({ url: 'not a url' })));
    expect(failure).toMatchObject({ kind: 'network', sent: false });
  });

  it('that are not made in time are failures before sending', async () => {
    const silent = keep(await tcpServer(() => {}));
    const transport = keep(createTransport({ connectTimeoutMs: 40 }));
    const url = silent.base.replace('http:', 'https:');
    const failure = await failureOf(transport.send(write({ url })));
    expect(failure).toMatchObject({
      kind: 'timeout',
      sent: false,
      cause: { code: 'UND_ERR_CONNECT_TIMEOUT' },
    });
    expect(silent.heads).toEqual([]);
  });

  it('end with the transport, and the call in flight fails as sent', async () => {
    const transport = createTransport();
    let arrived = () => {};
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const server = keep(await tcpServer(() => arrived()));
    const failing = failureOf(transport.send(write({ url: server.base })));
    await arrival;
    await transport.close();
    expect(await failing).toMatchObject({ kind: 'network', sent: true });
  });
});

describe('an abort', () => {
  it('before the call sends nothing', async () => {
    const server = keep(await tcpServer(() => {}));
    const transport = keep(createTransport());
    const failure = await failureOf(
      transport.send(write({ url: server.base, io: { signal: AbortSignal.abort() } })),
    );
    expect(failure).toMatchObject({ kind: 'aborted', sent: false, name: 'AbortError' });
    expect(server.connections()).toBe(0);
  });

  it('in the tick of the call, before the connection is made, sends nothing', async () => {
    const server = keep(await tcpServer((socket) => socket.write(wireJson('{}'))));
    const transport = keep(createTransport());
    const controller = new AbortController();
    const failing = failureOf(
      transport.send(write({ url: `${server.base}/x`, io: { signal: controller.signal } })),
    );
    controller.abort();
    expect(await failing).toMatchObject({ kind: 'aborted', sent: false });
    await transport.send(write({ url: `${server.base}/y` }));
    expect(server.heads.filter((head) => head.includes('/x'))).toEqual([]);
  });

  it('while undici is being loaded sends nothing, and leaves no rejection to nobody', async () => {
    const server = keep(await tcpServer((socket) => socket.write(wireJson('{}'))));
    let loaded = () => {};
    const loading = new Promise<void>((resolve) => {
      loaded = resolve;
    });
    const transport = keep(createTransport({ load: () => loading.then(loadPools) }));
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const controller = new AbortController();
    const failing = failureOf(
      transport.send(write({ url: `${server.base}/x`, io: { signal: controller.signal } })),
    );
    controller.abort();
    await turn();
    loaded();
    expect(await failing).toMatchObject({ kind: 'aborted', sent: false });
    await transport.send(write({ url: `${server.base}/y` }));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
    expect(server.heads.filter((head) => head.includes('/x'))).toEqual([]);
  });

  it('after sending closes the connection and says that it was sent', async () => {
    let closed = () => {};
    const closing = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const controller = new AbortController();
    const server = keep(
      await tcpServer((socket) => {
        socket.on('close', closed);
        controller.abort();
      }),
    );
    const transport = keep(createTransport());
    const failure = await failureOf(
      transport.send(write({ url: server.base, io: { signal: controller.signal } })),
    );
    expect(failure).toMatchObject({ kind: 'aborted', sent: true });
    await closing;
  });
});

describe('redirects', () => {
  it('are replies, and the other place is never asked', async () => {
    const server = keep(
      await httpServer((_seen, response) => response.writeHead(302, { location: '/elsewhere' }).end()),
    );
    const transport = keep(createTransport());
    const answer = await transport.send(call({ url: `${server.base}/x`, headers: { 'X-API-Key': 'k' } }));
    expect(answer.status).toBe(302);
    expect(server.seen.map(({ path }) => path)).toEqual(['/x']);
  });
});
