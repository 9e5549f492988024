import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { mapFailure, NOTHING_SENT } from '../../src/outbound/errors.ts';
import { fetchThrough } from '../../src/outbound/proxies.ts';
import type { Proxies } from '../../src/outbound/send.ts';
import { createTransport } from '../../src/outbound/transport.ts';
import { CREATE, call, fakeDeps, httpServer, KEY, READ, rejection, tcpServer, write } from './fixtures.ts';
import { failing, io, keep, stackFor as stackOf, writing } from './stacks.ts';
import { CERTIFICATE, PRIVATE_KEY } from './tls.ts';

const params = { id: 'p' };
const PASSWORD = 'proxy-canary-pass';

const portOf = (address: string | AddressInfo | null): number => {
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
};

/** A proxy that records each CONNECT (host, credentials), and answers with a status or tunnels every host to one port. */
async function proxy(to: { port: number } | { status: number }) {
  const asked: { to: string; authorization: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  const server = createHttpServer((_request, response) => response.writeHead(400).end());
  server.on('connect', (request, client: Socket) => {
    asked.push({ to: request.url ?? '', authorization: request.headers['proxy-authorization'] });
    sockets.add(client);
    client.on('error', () => {});
    if ('status' in to) {
      client.end(`HTTP/1.1 ${to.status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const upstream = connect(to.port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client);
      client.pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  const port = portOf(server.address());
  return { asked, port, url: `http://someone:${PASSWORD}@127.0.0.1:${port}`, close };
}

/** A cloud with a certificate that nobody signed, under the name cloud.example. */
async function selfSigned() {
  const server = createTlsServer({ key: PRIVATE_KEY, cert: CERTIFICATE }, (_request, response) =>
    response.end('{"id":"p"}'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { port: portOf(server.address()), close };
}

const answering = async () => keep(await httpServer((_seen, response) => response.end('{"id":"p"}')));

const stackFor = (base: string, proxies: Proxies = {}) => {
  const { deps } = fakeDeps();
  return stackOf(base, { deps: { ...deps, proxies } }).stack;
};

const portIn = (base: string) => Number(new URL(base).port);

describe('a proxy', () => {
  it('leads to the cloud for reads and writes, with its user and password, and never sees the key', async () => {
    const cloud = await answering();
    const way = keep(await proxy({ port: portIn(cloud.base) }));
    const stack = stackFor('http://cloud.example:8080', { http: way.url });
    expect(await stack.request(READ, io(), { params })).toEqual({ id: 'p' });
    expect(await stack.request(CREATE, writing(), { body: {} })).toEqual({ id: 'p' });
    const authorization = `Basic ${Buffer.from(`someone:${PASSWORD}`).toString('base64')}`;
    expect(way.asked).toEqual([
      { to: 'cloud.example:8080', authorization },
      { to: 'cloud.example:8080', authorization },
    ]);
    expect(cloud.seen.map(({ method, headers }) => [method, headers['x-api-key']])).toEqual([
      ['GET', KEY],
      ['POST', KEY],
    ]);
    expect(cloud.seen[0]?.headers).not.toHaveProperty('proxy-authorization');
  });

  it('of HTTPS leads to https, and its certificate is verified', async () => {
    const cloud = keep(await selfSigned());
    const way = keep(await proxy({ port: cloud.port }));
    const stack = stackFor('https://cloud.example', { https: way.url, http: 'http://127.0.0.1:9' });
    const error = await failing(stack.request(CREATE, writing(), { body: {} }));
    expect(way.asked.map(({ to }) => to)).toEqual(['cloud.example:443']);
    expect(error).toMatchObject({ code: 'upstream_unavailable', retryable: false });
    expect(error.hint).toContain('NODE_EXTRA_CA_CERTS');
    expect(error.message).toContain(NOTHING_SENT);
    expect(`${error.message} ${error.hint}`).not.toContain(PASSWORD);
  });

  it('is never asked for this machine', async () => {
    const cloud = await answering();
    const way = keep(await proxy({ status: 403 }));
    const stack = stackFor(cloud.base, { http: way.url, https: way.url });
    expect(await stack.request(READ, io(), { params })).toEqual({ id: 'p' });
    expect(way.asked).toEqual([]);
  });

  it('is not asked for a host of NO_PROXY', async () => {
    const way = keep(await proxy({ status: 403 }));
    const proxies = { http: way.url, none: 'other.example,.invalid' };
    const error = await failing(stackFor('http://nowhere.invalid', proxies).request(READ, io(), { params }));
    expect(way.asked).toEqual([]);
    expect(error).toMatchObject({ code: 'upstream_unavailable', retryable: false });
    expect(error.message).toContain('nowhere.invalid');
    expect(error.message).not.toContain('proxy');
  });

  it.each([403, 407, 502])(
    'that refuses with %i is named without user and password; nothing was sent',
    async (status) => {
      const way = keep(await proxy({ status }));
      const stack = stackFor('https://cloud.example', { https: way.url });
      for (const request of [
        stack.request(READ, io(), { params }),
        stack.request(CREATE, writing(), { body: {} }),
      ]) {
        const error = await failing(request);
        expect(error).toMatchObject({ code: 'upstream_unavailable', retryable: false });
        expect(error.message).toContain(`http://127.0.0.1:${way.port}`);
        const whole = `${error.message} ${error.hint} ${String(error.cause)}`;
        expect(whole).not.toMatch(/someone|proxy-canary/);
      }
      expect(way.asked).toHaveLength(2);
    },
  );

  it('that is not there is named, and asking again is not advised', async () => {
    const gone = await proxy({ status: 403 });
    await gone.close();
    const stack = stackFor('https://cloud.example', { https: gone.url });
    const error = await failing(stack.request(CREATE, writing(), { body: {} }));
    expect(await failing(stack.request(READ, io(), { params }))).toMatchObject({ retryable: false });
    expect(error).toMatchObject({ code: 'upstream_unavailable', retryable: false });
    expect(error.message).toContain('ECONNREFUSED');
    expect(error.message).toContain(`http://127.0.0.1:${gone.port}`);
    expect(error.hint).toContain('HTTPS_PROXY');
    expect(`${error.message} ${error.hint}`).not.toMatch(/someone|proxy-canary/);
  });

  it.each([
    ['the request for a tunnel', ''],
    ['what goes through the tunnel', 'HTTP/1.1 200 Connection established\r\n\r\n'],
  ])(
    'that swallows %s ends the call like any other connection that is not made in time',
    async (_what, answer) => {
      const silent = keep(await tcpServer((socket) => socket.write(answer)));
      const https = silent.base;
      const transport = keep(createTransport({ connectTimeoutMs: 50, proxies: { https } }));
      for (const one of [
        call({ url: 'https://cloud.example/x' }),
        write({ url: 'https://cloud.example/x' }),
      ]) {
        const failure = await rejection(transport.send(one));
        expect(failure).toMatchObject({ kind: 'timeout', sent: false });
        const error = mapFailure({ cloud: 'volt', title: 'Volt', proxyFor: () => https }, one, failure);
        expect(error).toMatchObject({ code: 'upstream_unavailable', retryable: true });
        expect(error.message).toContain(https);
        expect(error.message.includes(NOTHING_SENT)).toBe(!one.repeatable);
      }
    },
  );

  it('that never answers does not hold a cancelled call', async () => {
    const silent = createHttpServer();
    const asked = new Promise<void>((resolve) => silent.on('connect', () => resolve()));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    keep({
      close: async () => {
        silent.closeAllConnections();
        silent.close();
      },
    });
    const stack = stackFor('https://cloud.example', {
      https: `http://127.0.0.1:${portOf(silent.address())}`,
    });
    const controller = new AbortController();
    const failed = failing(stack.request(CREATE, writing({ signal: controller.signal }), { body: {} }));
    await asked;
    controller.abort();
    expect(await failed).toMatchObject({ code: 'cancelled' });
  });
});

describe('without a proxy', () => {
  it('a certificate that nobody signed is named, and asking again is not advised', async () => {
    const cloud = keep(await selfSigned());
    const stack = stackFor(`https://127.0.0.1:${cloud.port}`);
    const error = await failing(stack.request(READ, io(), { params }));
    expect(error).toMatchObject({ code: 'upstream_unavailable', retryable: false });
    expect(error.message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(error.hint).toContain('NODE_EXTRA_CA_CERTS');
  });

  it('an unknown host is named, and the way over a proxy', async () => {
    const stack = stackFor('https://nowhere.invalid');
    const error = await failing(stack.request(READ, io(), { params }));
    expect(error).toMatchObject({ code: 'upstream_unavailable', retryable: false });
    expect(error.message).toContain('nowhere.invalid');
    expect(error.hint).toContain('HTTPS_PROXY');
  });
});

describe('a fetch through the proxies', () => {
  it('takes the tunnel to another host and goes straight to this machine', async () => {
    const cloud = await answering();
    const way = keep(await proxy({ port: portIn(cloud.base) }));
    const fetchIt = fetchThrough({ http: way.url });
    const init = { headers: { accept: 'application/json' }, redirect: 'error', signal: io().signal } as const;
    const reply = await fetchIt('http://issuer.example:8080/keys', init);
    expect([reply.status, await reply.json()]).toEqual([200, { id: 'p' }]);
    expect(way.asked.map(({ to }) => to)).toEqual(['issuer.example:8080']);
    expect((await fetchIt(`${cloud.base}/keys`, init)).status).toBe(200);
    expect(way.asked).toHaveLength(1);
    expect(cloud.seen.map(({ headers }) => headers.accept)).toEqual(['application/json', 'application/json']);
  });

  it.each([false, true])(
    'answers with the headers, and reads no body above 4 MiB; compressed: %s',
    async (isCompressed) => {
      const body = isCompressed ? gzipSync(Buffer.alloc(5 * 1024 * 1024)) : Buffer.alloc(0x10000);
      const closed: Promise<unknown>[] = [];
      const endless = keep(
        await httpServer((_seen, response) => {
          closed.push(once(response, 'close'));
          if (isCompressed) response.setHeader('content-encoding', 'gzip');
          const more = () => {
            while (response.write(body) && !isCompressed);
          };
          if (!isCompressed) response.on('drain', more);
          more();
        }),
      );
      const read = () => fetchThrough({})(endless.base, { signal: AbortSignal.timeout(20_000) });
      const reply = await read();
      expect(reply.status).toBe(200);
      await reply.body?.cancel();
      await closed[0];
      await expect((await read()).text()).rejects.toThrow(/4194304/);
    },
  );
});
