import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { isLoopback } from '../core/base-url.ts';
import type { Call, Proxies } from './send.ts';

export { fetch } from 'undici';

/** Connections to one cloud. */
export interface Pools {
  /** The pool for a call: repeatable calls reuse connections, every other call gets its own. */
  choose: (call: Pick<Call, 'url' | 'repeatable'>) => Dispatcher;
  close: () => Promise<void>;
}

/** Creates the pools. They connect with their first calls. */
export function openPools(connectTimeoutMs: number, proxies: Proxies): Pools {
  const connect = { timeout: connectTimeoutMs };
  const isProxied = proxies.https !== undefined || proxies.http !== undefined;
  const open = (pipelining: number) => {
    const options: Agent.Options = { allowH2: false, connect, pipelining };
    const direct = new Agent(options);
    if (!isProxied) return { direct, outward: direct };
    const outward = new EnvHttpProxyAgent({
      ...options,
      // Empty instead of left out, because undici would read the environment itself.
      httpProxy: proxies.http ?? '',
      httpsProxy: proxies.https ?? proxies.http ?? '',
      noProxy: proxies.none ?? '',
      proxyTls: connect,
      requestTls: connect,
      clientFactory: (origin, given) => new Pool(origin, { ...given, headersTimeout: connectTimeoutMs }),
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
