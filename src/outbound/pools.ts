import type { Agent, Dispatcher } from 'undici';
import { isLoopback } from '../core/base-url.ts';
import type { Call, Proxies } from './send.ts';

/** Connections to one cloud. */
export interface Pools {
  /** The pool for a call: one keeps connections for the next call, the other gives each call its own. */
  choose: (call: Call) => Dispatcher;
  close: () => Promise<void>;
}

/**
 * Opens no connection yet: that is for the first call of each pool. undici is loaded here, by the first call: it is the
 * heaviest part of a start, and some clients start a server only to ask what it is.
 */
export async function openPools(connectTimeoutMs: number, proxies: Proxies): Promise<Pools> {
  const undici = await import('undici');
  const connect = { timeout: connectTimeoutMs };
  const isProxied = proxies.https !== undefined || proxies.http !== undefined;
  const open = (pipelining: number) => {
    const options: Agent.Options = { allowH2: false, connect, pipelining };
    const direct = new undici.Agent(options);
    if (!isProxied) return { direct, outward: direct };
    const outward = new undici.EnvHttpProxyAgent({
      ...options,
      // Empty rather than left out: undici would read the environment itself.
      httpProxy: proxies.http ?? '',
      httpsProxy: proxies.https ?? proxies.http ?? '',
      noProxy: proxies.none ?? '',
      proxyTls: connect,
      clientFactory: (origin, given) =>
        new undici.Pool(origin, { ...given, headersTimeout: connectTimeoutMs }),
    });
    return { direct, outward };
  };
  const reused = open(1);
  const single = open(0);
  const all = new Set([reused.direct, reused.outward, single.direct, single.outward]);
  return {
    choose: ({ url, repeatable }) => {
      const { direct, outward } = repeatable ? reused : single;
      return isLoopback(new URL(url).hostname) ? direct : outward;
    },
    close: async () => {
      await Promise.all([...all].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

/** True if NO_PROXY names the host, itself or by the domain it belongs to. */
const isExcepted = (host: string, none = ''): boolean =>
  none
    .toLowerCase()
    .split(/[,\s]/)
    .map((entry) => entry.replace(/:\d+$/, '').replace(/^\*?\./, ''))
    .some((name) => name === '*' || (name !== '' && (host === name || host.endsWith(`.${name}`))));

/** How the proxy on the way to a URL is named in a message: without user and password. Null if there is none. */
export function proxyName(url: string, { https, http, none }: Proxies): string | null {
  const { protocol, hostname } = new URL(url);
  const given = protocol === 'https:' ? (https ?? http) : http;
  if (given === undefined || !URL.canParse(given)) return null;
  if (isLoopback(hostname) || isExcepted(hostname, none)) return null;
  const { protocol: scheme, host } = new URL(given);
  return `${scheme}//${host}`;
}

/** The passwords in proxies' addresses, as written and as meant: for the redactor. */
export const proxySecrets = (proxies: Proxies): string[] =>
  [proxies.https, proxies.http].flatMap((given) => {
    const raw = given !== undefined && URL.canParse(given) ? new URL(given).password : '';
    if (raw === '') return [];
    try {
      return [raw, decodeURIComponent(raw)];
    } catch {
      return [raw];
    }
  });
