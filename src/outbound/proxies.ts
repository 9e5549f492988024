import { isLoopback, secretsIn } from '../core/base-url.ts';
import type { Pools } from './pools.ts';
import type { Proxies } from './send.ts';

/** A request without a key, through the proxies of the environment. Rejects if there is no answer. */
type Fetch = (
  url: string,
  init: { signal: AbortSignal; headers?: Record<string, string>; redirect?: 'error' | 'manual' },
) => Promise<Response>;

const CONNECT_MS = 10_000;
/** Max size of a reply, as it is read, bytes. */
const MAX_BYTES = 4 * 1024 * 1024;

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

/** A reply's body that fails above the max size. */
function bounded(): TransformStream<Uint8Array, Uint8Array> {
  let left = MAX_BYTES;
  return new TransformStream({
    transform(chunk, controller) {
      left -= chunk.byteLength;
      if (left < 0) controller.error(new Error(`the reply is above ${MAX_BYTES} bytes`));
      else controller.enqueue(chunk);
    },
  });
}

/**
 * A fetch without a key that goes the same way as the clouds' calls: to their addresses, or to an authorization server. It
 * keeps its connections and follows no redirect. It answers with the headers; reading a body above 4 MiB rejects.
 */
export function fetchThrough(proxies: Proxies): Fetch {
  let pools: Pools | null = null;
  return async (url, init) => {
    const { openPools, fetch } = await import('./pools.ts');
    pools ??= openPools(CONNECT_MS, proxies);
    const dispatcher = pools.choose({ url, repeatable: true });
    const reply = await fetch(url, { redirect: 'manual', ...init, dispatcher });
    const body = reply.body?.pipeThrough(bounded()) ?? null;
    return new Response(body, { status: reply.status, headers: [...reply.headers] });
  };
}

/** The passwords in proxies' addresses, for the redactor. */
export const proxySecrets = ({ https, http }: Proxies): string[] => [...secretsIn(https), ...secretsIn(http)];
