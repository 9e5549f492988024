import type { Hono } from 'hono';
import type { HttpSettings } from '../config/http.ts';
import type { Runtime } from '../engine/runtime.ts';
import type { Accounts } from './accounts.ts';
import type { Authenticator } from './auth.ts';
import type { HttpEnv } from './exchange.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './ready.ts';
import { json } from './reply.ts';
import type { Sessions } from './sessions.ts';
import { createTokens } from './tokens.ts';

interface OperationsDeps {
  settings: HttpSettings;
  accounts: Accounts;
  sessions: Sessions;
  readiness: Readiness;
  metrics: Metrics;
  authenticator: Authenticator;
  draining: () => boolean;
}

/** Whether the process lives, and whether it can serve. Both say nothing that is worth protecting. */
export function mountHealth(app: Hono<HttpEnv>, { readiness, draining, accounts }: OperationsDeps): void {
  const storeOf = async (): Promise<ReturnType<Runtime['gate']['store']['state']>> => {
    const [runtime] = await accounts.runtimes();
    if (runtime === undefined) return 'up';
    const { store } = runtime.gate;
    // Nothing may have needed it so far.
    if (store.state() === 'new') await store.problems().catch(() => []);
    return store.state();
  };
  app.get('/healthz', () => json(200, { status: 'ok' }));
  app.get('/readyz', async () => {
    if (draining()) return json(503, { status: 'draining' });
    const [{ clouds }, store] = await Promise.all([readiness.look(), storeOf()]);
    // A store that was reached once may be away for a while: reads and the end of billing go on.
    const ready = store !== 'new' && clouds.every(({ fault }) => fault === null);
    return json(ready ? 200 : 503, {
      status: ready ? 'ready' : 'unready',
      ...(store === 'up' ? {} : { degraded: ['store'] }),
      clouds: Object.fromEntries(clouds.map(({ cloud, fault }) => [cloud, fault ?? 'ok'])),
    });
  });
}

async function moneyOf({ accounts, readiness }: OperationsDeps) {
  const runtimes = await accounts.runtimes();
  const budgets = runtimes
    .flatMap(({ clouds }) => clouds.all())
    .flatMap((cloud) => {
      const state = cloud.budget();
      return state === null ? [] : [{ cloud: cloud.id, state }];
    })
    .toSorted((a, b) => b.state.remaining - a.state.remaining);
  return { usdPerHour: readiness.last()?.usdPerHour ?? null, budgets };
}

/**
 * Figures for Prometheus: for the metrics token if there is one, else for every caller who may come in. Where
 * callers send their own keys, only the metrics token shows the allowance of the scarcest key.
 */
export function mountMetrics(app: Hono<HttpEnv>, deps: OperationsDeps): void {
  const { settings, accounts, sessions, metrics, authenticator } = deps;
  const { metricsToken } = settings;
  const own = createTokens({
    token: metricsToken,
    tokenFile: null,
    everyMs: 0,
    monotonic: () => 0,
    log: () => {},
  });
  const admitted = async (authorization: string | undefined): Promise<boolean> => {
    if (metricsToken === null) return (await authenticator.judge(authorization)).kind === 'accepted';
    return own.find(/^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '') !== null;
  };
  app.get('/metrics', async (c) => {
    if (!(await admitted(c.env.incoming.headers.authorization))) {
      const challenge = { 'www-authenticate': 'Bearer realm="metrics"' };
      return json(401, { error: 'A bearer token is needed.' }, challenge);
    }
    const runtimes = await accounts.runtimes();
    const money = settings.credentials === 'env' || metricsToken !== null ? await moneyOf(deps) : null;
    const stores = runtimes.map(({ gate }) => gate.store);
    const store = {
      up: stores.every((one) => one.state() !== 'away'),
      waiting: stores.reduce((most, one) => Math.max(most, one.waiting()), 0),
    };
    const text = await metrics.text({ sessions: sessions.count(), accounts: runtimes.length, store, money });
    return new Response(text, { headers: { 'content-type': metrics.contentType } });
  });
}
