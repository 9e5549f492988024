import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import type { HttpSettings } from '../config/http.ts';
import type { Log } from '../core/live.ts';
import type { HttpEnv, Peer } from './exchange.ts';

const plain = (address: string): string => address.trim().replace(/^::ffff:(?=\d+\.)/i, '');

const last = (value: string | string[] | undefined): string | undefined =>
  String(value ?? '')
    .split(',')
    .at(-1)
    ?.trim() || undefined;

function trusts(setting: HttpSettings['trustProxy']): (address: string) => boolean {
  if (setting === 'none') return () => false;
  if (setting === 'all') return () => true;
  const networks = new BlockList();
  for (const network of setting) {
    const [address = '', bits] = network.split('/');
    const type = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) networks.addAddress(address, type);
    else networks.addSubnet(address, Number(bits), type);
  }
  return (address) => isIP(address) !== 0 && networks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** The nearest address that is not one of our proxies; with `all`, the one that the connecting proxy names. */
function clientOf(
  forwarded: string,
  remote: string,
  trusted: (address: string) => boolean,
  hops: number,
): string {
  const chain = forwarded.split(',').map(plain);
  let client = remote;
  for (let hop = 0; hop < hops && trusted(client); hop += 1) {
    const next = chain.pop();
    if (next === undefined || isIP(next) === 0) break;
    client = next;
  }
  return client;
}

const REQUEST_ID = /^[\w.:-]{1,64}$/;

/** The other end of a request. Forwarding headers count only from proxies that the operator trusts. */
export function createPeerReader(
  trustProxy: HttpSettings['trustProxy'],
): (incoming: IncomingMessage) => Peer {
  const trusted = trusts(trustProxy);
  const hops = trustProxy === 'all' ? 1 : 16;
  return (incoming) => {
    const { headers, rawHeaders } = incoming;
    const remote = plain(incoming.socket.remoteAddress ?? '');
    const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length;
    const own = hosts === 1 ? (headers.host ?? '') : '';
    if (!trusted(remote)) return { address: remote, scheme: 'http', host: own, requestId: null };
    const id = last(headers['x-request-id']);
    return {
      address: clientOf(String(headers['x-forwarded-for'] ?? ''), remote, trusted, hops),
      scheme: last(headers['x-forwarded-proto']) === 'https' ? 'https' : 'http',
      host: last(headers['x-forwarded-host']) ?? own,
      requestId: id !== undefined && REQUEST_ID.test(id) ? id : null,
    };
  };
}

const PREFIXES = ['/.well-known', '/webhooks'];
const ROUTES = new Set(['/mcp', '/healthz', '/readyz', '/metrics']);

/** The path of a known route, otherwise `other`: a path may hold secrets, which must not be logged. */
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
