import type { MiddlewareHandler } from 'hono';
import { type HttpSettings, isLoopback } from '../config/http.ts';
import type { HttpEnv } from './exchange.ts';
import { refuse } from './reply.ts';

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
 * Answers 403 to a Host that is not ours. A web page whose name was rebound to this address (DNS rebinding) sends its
 * own name there (Model Context Protocol 2025-11-25, Transports > Security Warning).
 */
export function hostCheck(settings: HttpSettings): MiddlewareHandler<HttpEnv> {
  const accepted = acceptedHosts(settings);
  return async (c, next) => {
    const host = c.get('peer').host.toLowerCase();
    if (accepted.has('*') || accepted.has(host) || (host !== '' && accepted.has(nameOf(host)))) return next();
    return refuse({
      status: 403,
      message:
        'This server is not known by the name in the Host header. The operator can allow it with GPU_MCP_ALLOWED_HOSTS.',
    });
  };
}
