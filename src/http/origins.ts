import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { type HttpSettings, isLoopback } from '../config/http.ts';
import type { HttpEnv } from './exchange.ts';
import { errorResponse } from './messages.ts';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const WILDCARDS = ['0.0.0.0', '::'];

const bracketed = (host: string): string =>
  host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;

/** Host without its port. */
const nameOf = (host: string): string => host.replace(/:\d+$/, '').replace(/\.$/, '');

/** The Host headers to accept: the own address, the public one, and what the operator lists (with or without port). */
function acceptedHosts({ host, publicUrl, allowedHosts }: HttpSettings): Set<string> {
  const own = isLoopback(host) || WILDCARDS.includes(host) ? LOOPBACK : [];
  const reached = publicUrl === null ? [] : [new URL(publicUrl).hostname];
  return new Set([...own, bracketed(host), ...reached, ...allowedHosts].map((name) => name.toLowerCase()));
}

/**
 * Answers 403 to a Host that is not ours: a web page whose name was rebound to this address (DNS rebinding) sends its
 * own name (Model Context Protocol 2025-11-25, Transports > Security Warning).
 */
export function hostCheck(settings: HttpSettings): MiddlewareHandler<HttpEnv> {
  const accepted = acceptedHosts(settings);
  return async (c, next) => {
    const host = c.get('peer').host.toLowerCase();
    if (accepted.has('*') || accepted.has(host) || (host !== '' && accepted.has(nameOf(host)))) return next();
    return errorResponse({
      status: 403,
      message:
        'This server is not known by the name in the Host header. The operator can allow it with GPU_MCP_ALLOWED_HOSTS.',
    });
  };
}

const METHODS = ['GET', 'POST', 'DELETE'];
const REQUEST_HEADERS = [
  'Authorization',
  'Content-Type',
  'Accept',
  'Mcp-Session-Id',
  'Mcp-Protocol-Version',
  'Mcp-Method',
  'Mcp-Name',
  'Last-Event-ID',
];
const RESPONSE_HEADERS = ['Mcp-Session-Id', 'WWW-Authenticate', 'Retry-After', 'X-Request-Id'];
const PREFLIGHT_SECONDS = 600;

function accepts({ host, publicUrl, allowedOrigins }: HttpSettings): (origin: string) => boolean {
  const listed = new Set<string>(allowedOrigins);
  if (publicUrl !== null) listed.add(new URL(publicUrl).origin);
  const local = isLoopback(host);
  return (given) => {
    const origin = given.toLowerCase();
    if (listed.has('*') || listed.has(origin)) return true;
    if (!local || !/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false;
    const url = new URL(origin);
    return url.origin === origin && isLoopback(url.hostname);
  };
}

/**
 * Answers 403 to web pages of other origins, and sends the CORS headers to accepted ones. Requests
 * without Origin do not come from a web page. `keyHeaders` carry callers' keys.
 */
export function originCheck(
  settings: HttpSettings,
  keyHeaders: readonly string[],
): MiddlewareHandler<HttpEnv> {
  const accepted = accepts(settings);
  const allow = cors({
    origin: (origin) => origin,
    allowMethods: METHODS,
    allowHeaders: [...REQUEST_HEADERS, ...keyHeaders],
    exposeHeaders: RESPONSE_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
  });
  return async (c, next) => {
    const { origin } = c.env.incoming.headers;
    if (origin === undefined) return next();
    if (accepted(origin)) return allow(c, next);
    return errorResponse({
      status: 403,
      message:
        'Web pages of this origin may not use this server. The operator can allow them with GPU_MCP_ALLOWED_ORIGINS.',
    });
  };
}
