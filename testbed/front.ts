import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A small load balancer: each request goes to the next server that takes it. */
export interface Front {
  url: string;
  /** Requests that each server answered, by its place. */
  served(): number[];
  /** Puts a server in a place; null = there is none. */
  put(place: number, url: string | null): void;
  close(): Promise<void>;
}

/** Starts one on loopback, in front of that many servers. */
export async function startFront(places: number): Promise<Front> {
  const targets: (string | null)[] = Array.from({ length: places }, () => null);
  // A connection of its own for each request: none that a server has just closed is used again.
  const agent = new Agent({ keepAlive: false });
  const counts = targets.map(() => 0);
  let next = 0;

  const pass = (
    place: number,
    body: Buffer,
    from: IncomingMessage,
    to: ServerResponse,
    tries: number,
  ): void => {
    const target = targets[place % places] ?? null;
    const other = () => {
      if (tries > 1) pass((place + 1) % places, body, from, to, tries - 1);
      else to.writeHead(502).end();
    };
    if (target === null) {
      other();
      return;
    }
    const { host: _host, ...headers } = from.headers;
    const forward = request(
      `${target}${from.url ?? ''}`,
      { method: from.method, headers, agent },
      (reply) => {
        counts[place] = (counts[place] ?? 0) + 1;
        to.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(to);
        reply.on('error', () => to.destroy());
        reply.on('close', () => {
          if (!reply.complete) to.destroy();
        });
      },
    );
    let isConnected = false;
    forward.on('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => (isConnected = true));
      else isConnected = true;
    });
    forward.on('error', () => {
      // A request that may have arrived is not sent again.
      if (to.headersSent) to.destroy();
      else if (isConnected) to.writeHead(502).end();
      else other();
    });
    to.on('close', () => forward.destroy());
    forward.end(body);
  };
  const server = createServer((from, to) => {
    const pieces: Buffer[] = [];
    from.on('data', (piece: Buffer) => pieces.push(piece));
    from.on('end', () => {
      next = (next + 1) % places;
      pass(next, Buffer.concat(pieces), from, to, places);
    });
  });
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    served: () => [...counts],
    put(place, url) {
      targets[place] = url;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
