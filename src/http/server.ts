import { setTimeout as wait } from 'node:timers/promises';
import type { HttpSettings } from '../config/http.ts';
import type { CloudId } from '../core/ref.ts';
import { createAccounts, type KeyHeader, type OpenRuntime } from './accounts.ts';
import { createApp } from './app.ts';
import { createAuthenticator } from './auth.ts';
import type { Log } from './exchange.ts';
import { listen } from './listen.ts';
import type { Metrics } from './metrics.ts';
import { createModern } from './modern.ts';
import type { Fetch } from './oauth.ts';
import { type Ask, createReadiness, reachWithKeys, reachWithoutKeys } from './ready.ts';
import { createSessions } from './sessions.ts';
import type { Tokens } from './tokens.ts';
import { createWebhooks } from './webhook.ts';

/** What a server over HTTP needs from outside. */
export interface HttpDeps {
  settings: HttpSettings;
  /** Which protocol revisions are served: all, or those with a handshake. */
  protocol: 'auto' | '2025';
  tokens: Tokens;
  open: OpenRuntime;
  /** Where the clouds are, for readiness if the keys are the callers'. */
  addresses: readonly { cloud: CloudId; url: string }[];
  keyHeaders: readonly KeyHeader[];
  metrics: Metrics;
  log: Log;
  /** Asks a cloud's address without a key, for readiness. */
  ask: Ask;
  /** Asks the authorization server. */
  fetch: Fetch;
  /** The wall clock, by which tokens of an authorization server end. */
  now: () => number;
  /** A clock that never jumps, for every age. */
  monotonic: () => number;
}

/** A server that answers. */
export interface RunningHttp {
  /** http://HOST:PORT */
  url: string;
  /** Lets running calls finish (bounded), refuses new ones, then closes. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

const DRAIN_STEP_MS = 20;

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
    enrol: async (runtime) => (await webhooks?.enrol(runtime)) ?? (() => {}),
  });
  const sessions = createSessions(limits, { monotonic, log });
  const modern =
    deps.protocol === '2025' ? null : createModern(limits, { accounts, draining: () => draining });
  const shared = credentials === 'env' ? await accounts.hold('env', null) : null;
  const readiness = createReadiness(
    () => (shared === null ? reachWithoutKeys(deps.addresses, deps.ask) : reachWithKeys(shared.runtime)),
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
  log({ level: 'info', msg: 'serving MCP over HTTP', url: `${url}/mcp`, credentials });

  const close = async () => {
    clearInterval(sweeper);
    modern?.endSubscriptions();
    await accounts.endWrites();
    // What was written last has still to leave.
    await wait(DRAIN_STEP_MS);
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
    if (busy() > 0) log({ level: 'warn', msg: 'calls cut off', running: busy() });
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
