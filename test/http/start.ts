import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect } from 'vitest';
import { openRuntime } from '../../src/app.ts';
import { CLOUDS } from '../../src/clouds/index.ts';
import type { HttpLimits } from '../../src/config/http.ts';
import { type Config, cloudsOf, readConfig, type Variable } from '../../src/config/read.ts';
import type { LogEvent } from '../../src/core/live.ts';
import type { Runtime } from '../../src/engine/runtime.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { type RunningHttp, startHttp } from '../../src/http/server.ts';
import { createTokens } from '../../src/http/tokens.ts';
import { fetchThrough } from '../../src/outbound/proxies.ts';
import { type RunningSandbox, serveSandbox } from '../../src/sandbox/serve.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { afterEvery } from '../after.ts';

export interface StartOptions {
  config?: Partial<Record<Variable, string>>;
  limits?: Partial<HttpLimits>;
  /** Milliseconds that have passed for the server, and by which its wall clock was put wrong; a test may change both. */
  clock?: { ahead: number; wrong?: number };
  /** Leave out the keys of the clouds: callers send them. */
  headers?: boolean;
  /** Awaited before an account is opened. */
  beforeOpen?: () => Promise<void>;
}

export interface Started {
  url: string;
  mcp: string;
  sandbox: RunningSandbox;
  stateDir: string;
  logs: LogEvent[];
  runtimes: Runtime[];
  server: RunningHttp;
  /** An official client, connected. */
  connect(headers?: Record<string, string>): Promise<Client>;
}

const undo: (() => Promise<unknown>)[] = [];
afterEvery(async () => {
  for (const one of undo.splice(0).toReversed()) await one();
});

/** Runs when the test is over, last first. */
export const later = (task: () => Promise<unknown>): void => {
  undo.push(task);
};

/** Waits until an assertion holds, also on a busy machine. */
export const soon = <T>(read: () => T) => expect.poll(read, { timeout: 30_000 });

/** A directory that is gone after the test. */
export async function tempDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-http-'));
  later(() => rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 10 }));
  return dir;
}

const settings = ({ volt, nebula }: RunningSandbox, headers: boolean): Partial<Record<Variable, string>> => ({
  VOLT_BASE_URL: volt.baseUrl,
  NEBULA_BASE_URL: nebula.baseUrl,
  NEBULA_INFERENCE_URL: nebula.inferenceUrl,
  ...(headers
    ? { GPU_MCP_CREDENTIALS: 'headers' }
    : { VOLT_API_KEY: volt.apiKey, NEBULA_API_KEY: nebula.apiKey }),
});

/** The real HTTP server on a real socket, against the sandbox. The sandbox's clock is stopped. */
export async function start(options: StartOptions = {}): Promise<Started> {
  const { config: given = {}, limits = {}, clock = { ahead: 0 }, headers = false, beforeOpen } = options;
  const sandbox = await serveSandbox({ speed: 0 });
  later(() => sandbox.close());
  const stateDir = join(await tempDir(), 'state');
  const config: Config = readConfig(
    {
      GPU_MCP_HTTP: 'true',
      GPU_MCP_HTTP_PORT: '0',
      GPU_MCP_STATE_DIR: stateDir,
      GPU_MCP_RESULTS: 'both',
      ...settings(sandbox, headers),
      ...given,
    },
    {},
  );
  if (config.http === null) throw new Error('the test configured stdio');
  const http = { ...config.http, limits: { ...config.http.limits, tokenFileMs: 10, ...limits } };
  const logs: LogEvent[] = [];
  const runtimes: Runtime[] = [];
  const log = (event: LogEvent) => {
    logs.push(event);
  };
  const now = () => Date.now() + clock.ahead + (clock.wrong ?? 0);
  const monotonic = () => performance.now() + clock.ahead;
  const metrics = createMetrics(new Set(TOOLS.map(({ name }) => name)));
  const { token, tokenFile } = http;
  const server = await startHttp({
    settings: http,
    protocol: config.protocol,
    tokens: createTokens({ token, tokenFile, everyMs: http.limits.tokenFileMs, monotonic, log }),
    open: async (keys) => {
      await beforeOpen?.();
      const own = keys === null ? config : { ...config, clouds: cloudsOf(config.urls, keys) };
      const opened = await openRuntime(own, {
        log,
        observe: metrics.observe,
        now: () => new Date(sandbox.world.clock.now()),
        sleep: async (ms, signal) => {
          signal?.throwIfAborted();
          sandbox.world.clock.advance(ms / 1000);
        },
        // Polls come at once; a call that waits really waits.
        schedule: (ms, run, keepsAlive = false) => {
          const timer = setTimeout(run, keepsAlive ? ms : Math.min(ms, 5));
          return () => clearTimeout(timer);
        },
      });
      runtimes.push(opened.runtime);
      return opened;
    },
    addresses: Object.entries(config.urls).map(([cloud, { api = '' }]) => ({ cloud, url: api })),
    keyHeaders: CLOUDS.map(({ id, key_header }) => ({ cloud: id, header: key_header })),
    metrics,
    log,
    fetch: fetchThrough({}),
    now,
    monotonic,
  });
  later(() => server.close());
  const mcp = `${server.url}/mcp`;
  return {
    url: server.url,
    mcp,
    sandbox,
    stateDir,
    logs,
    runtimes,
    server,
    async connect(sent = {}) {
      const client = new Client({ name: 'test', version: '1' });
      await client.connect(
        new StreamableHTTPClientTransport(new URL(mcp), { requestInit: { headers: sent } }),
      );
      later(() => client.close());
      return client;
    },
  };
}
