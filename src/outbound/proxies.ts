import { isLoopback, secretsIn } from '../core/base-url.ts';
import type { Pools } from './pools.ts';
import type { Proxies } from './send.ts';

/** The reply to a request without a key: its HTTP status and `Date` header. */
export interface Answer {
  status: number;
  date: string | null;
}

const CONNECT_MS = 10_000;

/** True if NO_PROXY names the host or a domain that it belongs to. */
const isExcepted = (host: string, none = ''): boolean =>
  none
    .toLowerCase()
    .split(/[,\s]/)
    .map((entry) => entry.replace(/:\d+$/, '').replace(/^\*?\./, ''))
    .some((name) => name === '*' || (name !== '' && (host === name || host.endsWith(`.${name}`))));

/** The proxy on the way to a URL as messages name it, without user and password; null if there is none. */
export function proxyName(url: string, { https, http, none }: Proxies): string | null {
  const { protocol, hostname } = new URL(url);
  const given = protocol === 'https:' ? (https ?? http) : http;
  if (given === undefined || !URL.canParse(given)) return null;
  if (isLoopback(hostname) || isExcepted(hostname, none)) return null;
  const { protocol: scheme, host } = new URL(given);
  return `${scheme}//${host}`;
}

/**
 * A function for GET requests without a key that go the same way as the clouds' calls. It keeps no connection.
 */
export function askThrough(
  proxies: Proxies,
): (url: string, init: { signal: AbortSignal }) => Promise<Answer> {
  return async (url, { signal }) => {
    const { openPools } = await import('./pools.ts');
    const pools = openPools(CONNECT_MS, proxies);
    try {
      const dispatcher = pools.choose({ url, repeatable: false });
      const { statusCode, headers, body } = await dispatcher.request({
        origin: new URL(url).origin,
        path: new URL(url).pathname,
        method: 'GET',
        signal,
      });
      body.on('error', () => {}).destroy();
      const { date } = headers;
      return { status: statusCode, date: typeof date === 'string' ? date : null };
    } finally {
      await pools.close();
    }
  };
}

/**
 * A fetch that goes the same way as the clouds' calls, for other servers such as an authorization server. It keeps its
 * connections.
 */
export function fetchThrough(
  proxies: Proxies,
): (
  url: string,
  init: { headers: Record<string, string>; redirect: 'error' | 'manual'; signal: AbortSignal },
) => Promise<Response> {
  let pools: Pools | null = null;
  return async (url, init) => {
    const { openPools, fetch } = await import('./pools.ts');
    pools ??= openPools(CONNECT_MS, proxies);
    const dispatcher = pools.choose({ url, repeatable: true });
    const reply = await fetch(url, { ...init, dispatcher });
    const body = reply.body === null ? null : await reply.arrayBuffer();
    return new Response(body, { status: reply.status, headers: [...reply.headers] });
  };
}

/** The passwords in proxies' addresses, for the redactor. */
export const proxySecrets = ({ https, http }: Proxies): string[] => [...secretsIn(https), ...secretsIn(http)];
