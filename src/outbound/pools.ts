import { Agent } from 'undici';

/** Connections to one cloud: one pool keeps them for the next call, the other gives each call its own. */
export interface Pools {
  reused: Agent;
  single: Agent;
}

/** Opens no connection yet: that is for the first call of each pool. */
export function openPools(connectTimeoutMs: number): Pools {
  const options: Agent.Options = { allowH2: false, connect: { timeout: connectTimeoutMs } };
  return {
    reused: new Agent({ ...options, pipelining: 1 }),
    single: new Agent({ ...options, pipelining: 0 }),
  };
}
