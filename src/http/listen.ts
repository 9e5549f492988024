import { createServer, type Server } from 'node:http';
import { Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { HttpSettings } from '../config/http.ts';
import type { HttpEnv } from './exchange.ts';

/** A server that listens. */
export interface Listening {
  port: number;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

const FAULTS: Record<string, [string, string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time.'],
};

/** Answers what is not even HTTP, or too slow to become a request, and ends the connection. */
function refuseConnection(error: Error & { code?: string }, socket: unknown): void {
  if (!(socket instanceof Socket)) return;
  if (!socket.writable || error.code === 'ECONNRESET' || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const [status, message] = FAULTS[error.code ?? ''] ?? ['400 Bad Request', 'This is not HTTP.'];
  const body = JSON.stringify({ error: message });
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

/** Serves the routes on a socket with bounded headers, patience and connections. Rejects if it cannot listen. */
export async function listen(app: Hono<HttpEnv>, { host, port, limits }: HttpSettings): Promise<Listening> {
  const server: Server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.sweepMs,
      keepAliveTimeout: limits.keepAliveMs,
    },
    getRequestListener((request, env) => app.fetch(request, env), {
      // The process's own Request and Response must stay what they are: the SDK and the sandbox use them.
      overrideGlobalObjects: false,
      errorHandler: () =>
        new Response(JSON.stringify({ error: 'This is not a request that can be served.' }), {
          status: 400,
          headers: { 'content-type': 'application/json', connection: 'close' },
        }),
    }),
  );
  server.timeout = limits.stalledMs;
  server.maxConnections = limits.connections;
  server.on('clientError', refuseConnection);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
