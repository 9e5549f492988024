import { createServer, type Server } from 'node:http';
import { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { HttpSettings } from '../config/http.ts';
import type { Log } from '../core/live.ts';
import type { CloudId } from '../core/ref.ts';
import { createAccounts, type KeyHeader, type OpenRuntime } from './accounts.ts';
import { createApp } from './app.ts';
import { createAuthenticator } from './auth.ts';
import type { HttpEnv } from './exchange.ts';
import { SERVER_LOGS } from './messages.ts';
import type { Metrics } from './metrics.ts';
import { createModern } from './modern.ts';
import type { Fetch } from './oauth.ts';
import { createReadiness, reachWithKeys, reachWithoutKeys } from './operations.ts';
import { createSessions } from './sessions.ts';
import type { Tokens } from './tokens.ts';
import { createWebhooks } from './webhook.ts';

/** A server that listens. */
interface Listening {
  port: number;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

const FAULTS: Record<string, [string, string]> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time.'],
};

/** Answers input that is no HTTP request, or too slow, and ends the connection. */
function refuseConnection(error: Error & { code?: string }, socket: unknown): void {
  if (!(socket instanceof Socket)) return;
  if (!socket.writable || error.code === 'ECONNRESET' || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const [status, message] = FAULTS[error.code ?? ''] ?? ['400 Bad Request', 'This is not HTTP.'];
  const body = JSON.stringify({ error: message });
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

const DRAIN_STEP_MS = 20;
/** Max time for connections to deliver the last answers. */
const LAST_WORDS_MS = 500;

/** Serves the routes on a socket with limits for headers, times and connections. Rejects if it cannot listen. */
async function listen(app: Hono<HttpEnv>, { host, port, limits }: HttpSettings): Promise<Listening> {
  const server: Server = createServer(
    {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.sweepMs,
      keepAliveTimeout: limits.keepAliveMs,
    },
    getRequestListener((request, env) => app.fetch(request, env), {
      // The process's own Request and Response must stay what they are: the SDK and the sandbox use them.
      overrideGlobalObjects: false,
      errorHandler: () =>
        new Response(JSON.stringify({ error: 'This is not a request that can be served.' }), {
          status: 400,
          headers: { 'content-type': 'application/json', connection: 'close' },
        }),
    }),
  );
  server.timeout = limits.stalledMs;
  server.maxConnections = limits.connections;
  server.on('clientError', refuseConnection);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      let isOver = false;
      void closed.then(() => (isOver = true));
      // The last written data still has to be sent.
      for (let waited = 0; !isOver && waited < LAST_WORDS_MS; waited += DRAIN_STEP_MS) {
        server.closeIdleConnections();
        await wait(DRAIN_STEP_MS);
      }
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What a server over HTTP needs. */
export interface HttpDeps {
  settings: HttpSettings;
  /** The served protocol revisions: all, or only those with a handshake. */
  protocol: 'auto' | '2025';
  tokens: Tokens;
  open: OpenRuntime;
  /** The addresses of the clouds, for readiness if callers send the keys. */
  addresses: readonly { cloud: CloudId; url: string }[];
  keyHeaders: readonly KeyHeader[];
  metrics: Metrics;
  log: Log;
  /** Sends requests to the authorization server and, for readiness, to the clouds' addresses. */
  fetch: Fetch;
  /** The wall clock, for the times in tokens. */
  now: () => number;
  /** A clock that never jumps, for ages. */
  monotonic: () => number;
}

/** A running server. */
export interface RunningHttp {
  /** http://HOST:PORT */
  url: string;
  /** Lets running calls finish (bounded), refuses new ones, then closes. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

const urlOf = (host: string, port: number): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Starts serving MCP over Streamable HTTP. Rejects if the address cannot be bound or the clouds are misconfigured. */
export async function startHttp(deps: HttpDeps): Promise<RunningHttp> {
  const { settings, tokens, metrics, now, monotonic } = deps;
  const { limits, credentials } = settings;
  const log: Log = (event) => {
    metrics.observe(event);
    deps.log(event);
  };
  let draining = false;
  const webhooks = settings.publicUrl === null ? null : createWebhooks(settings.publicUrl);
  const accounts = createAccounts(credentials, deps.keyHeaders, deps.open, limits, {
    monotonic,
    log,
    register: async (runtime) => (await webhooks?.register(runtime)) ?? (() => {}),
  });
  const sessions = createSessions(limits, { monotonic, log });
  const modern =
    deps.protocol === '2025' ? null : createModern(limits, { accounts, draining: () => draining });
  const shared = credentials === 'env' ? await accounts.hold('env', null) : null;
  const readiness = createReadiness(
    () => (shared === null ? reachWithoutKeys(deps.addresses, deps.fetch) : reachWithKeys(shared.runtime)),
    limits.readyMs,
    monotonic,
  );
  const audience =
    settings.oauth?.audience ?? `${settings.publicUrl ?? urlOf(settings.host, settings.port)}/mcp`;
  const authenticator = createAuthenticator({
    settings,
    audience,
    tokens,
    fetch: deps.fetch,
    now,
    monotonic,
  });
  const app = createApp({
    keyHeaders: deps.keyHeaders.map(({ header }) => header),
    settings,
    log,
    metrics,
    authenticator,
    accounts,
    sessions,
    modern,
    readiness,
    webhooks: webhooks?.app ?? null,
    draining: () => draining,
    monotonic,
  });
  const listening = await listen(app, settings).catch(async (error: unknown) => {
    await accounts.close();
    throw error;
  });
  const sweeper = setInterval(() => {
    modern?.sweep(authenticator.stillGood);
    void sessions
      .sweep(authenticator.stillGood)
      .then(accounts.sweep)
      .catch((error: unknown) => log({ level: 'error', msg: 'sweep failed', error: String(error) }));
  }, limits.sweepMs);
  sweeper.unref();
  const url = urlOf(settings.host, listening.port);
  log({ level: 'info', msg: SERVER_LOGS.serving, url: `${url}/mcp`, credentials });

  const close = async () => {
    clearInterval(sweeper);
    modern?.endSubscriptions();
    await accounts.endWrites();
    modern?.cutOff();
    await sessions.close();
    await listening.close();
    await sessions.saved();
    await accounts.close();
  };
  const drain = async () => {
    draining = true;
    modern?.endSubscriptions();
    const busy = () => sessions.busy() + (modern?.busy() ?? 0);
    log({ level: 'info', msg: 'draining', running: busy() });
    const until = monotonic() + limits.drainMs;
    while (busy() > 0 && monotonic() < until) await wait(DRAIN_STEP_MS);
    if (busy() > 0) log({ level: 'warn', msg: SERVER_LOGS.cut_off, running: busy() });
    await close();
  };
  return { url, drain, close };
}

/** Serves until the process gets a signal to stop, then drains. A second signal ends it at once. */
export async function serveHttp(deps: HttpDeps, onListening: (url: string) => void): Promise<void> {
  const signalled = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  const server = await startHttp(deps);
  onListening(`${server.url}/mcp`);
  await signalled;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));
  await server.drain();
}
