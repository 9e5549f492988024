import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { MiddlewareHandler } from 'hono';
import type { HttpEnv, Log, Peer } from './exchange.ts';

const PREFIXES = ['/.well-known', '/webhooks'];
const ROUTES = new Set(['/mcp', '/healthz', '/readyz', '/metrics']);

/** Paths that are known, and `other` for the rest: a path can carry anything, also what must not be logged. */
const routeOf = (path: string): string =>
  ROUTES.has(path) ? path : (PREFIXES.find((prefix) => path.startsWith(`${prefix}/`)) ?? 'other');

/**
 * Gives each request an id (answered as X-Request-Id) and logs it once it is over: for a stream that is when the stream
 * ends. No query, no header value, no body; of a message its method, and the tool that it calls. Hono's request-id would
 * take the id of any client, though only a trusted proxy's counts; its secure-headers are for pages: they would announce
 * HSTS on plain HTTP, and forbid accepted pages of other origins to read an answer.
 */
export const requestLog =
  (
    log: Log,
    monotonic: () => number,
    peerOf: (incoming: IncomingMessage) => Peer,
  ): MiddlewareHandler<HttpEnv> =>
  async (c, next) => {
    const { incoming, outgoing } = c.env;
    const started = monotonic();
    const peer = peerOf(incoming);
    const requestId = peer.requestId ?? randomUUID();
    c.set('requestId', requestId);
    c.set('peer', peer);
    outgoing.setHeader('X-Request-Id', requestId);
    outgoing.setHeader('X-Content-Type-Options', 'nosniff');
    outgoing.setHeader('Cache-Control', 'no-store');
    const route = routeOf(c.req.path);
    outgoing.once('close', () => {
      const caller = c.get('caller');
      const session = c.get('session');
      const rpc = c.get('rpc');
      log({
        level: route === '/healthz' || route === '/readyz' ? 'debug' : 'info',
        msg: 'http request',
        request_id: requestId,
        method: c.req.method,
        route,
        status: outgoing.headersSent ? outgoing.statusCode : null,
        ms: Math.round(monotonic() - started),
        address: peer.address,
        ...(caller !== undefined && { caller: caller.id }),
        ...(session !== undefined && { session }),
        ...(rpc !== undefined && { rpc: rpc.method, ...(rpc.tool !== undefined && { tool: rpc.tool }) }),
        ...(!outgoing.writableFinished && { aborted: true }),
      });
    });
    await next();
  };
