import type { Hono } from 'hono';
import type { HttpSettings } from '../config/http.ts';
import type { Cloud, Io } from '../core/cloud.ts';
import type { CloudId } from '../core/ref.ts';
import { burn } from '../core/spend.ts';
import { fleetOf, onlyCloud } from '../engine/context.ts';
import type { Runtime } from '../engine/runtime.ts';
import type { Accounts } from './accounts.ts';
import type { Authenticator } from './auth.ts';
import type { HttpEnv } from './exchange.ts';
import { json } from './messages.ts';
import type { Metrics } from './metrics.ts';
import type { Fetch } from './oauth.ts';
import type { Sessions } from './sessions.ts';
import { bearerIn, isToken } from './tokens.ts';

/** What is known of the clouds. `fault`: null, or one word about why a cloud cannot be used. */
interface Reach {
  clouds: { cloud: CloudId; fault: string | null }[];
  /** What all pods burn, USD an hour; null = not known, or several accounts. */
  usdPerHour: number | null;
}

const TIMEOUT_MS = 8000;

/** Lists the pods of each cloud by itself, as a poller does. A cloud that only limits requests is there. */
export async function reachWithKeys(
  { clouds, gate }: Pick<Runtime, 'clouds' | 'gate'>,
  timeoutMs: number = TIMEOUT_MS,
): Promise<Reach> {
  const check = async (cloud: Cloud) => {
    const io: Io = { signal: AbortSignal.timeout(timeoutMs), purpose: 'poll' };
    try {
      const { pods, errors } = await fleetOf({ clouds: onlyCloud(clouds, cloud), gate }, io);
      return { cloud: cloud.id, pods, code: errors[0]?.error.code ?? null };
    } catch {
      return { cloud: cloud.id, pods: [], code: 'timeout' };
    }
  };
  const checks = await Promise.all(clouds.all().map(check));
  return {
    clouds: checks.map(({ cloud, code }) => ({ cloud, fault: code === 'rate_limited' ? null : code })),
    usdPerHour: checks.every(({ code }) => code === null) ? burn(checks.flatMap(({ pods }) => pods)) : null,
  };
}

/** Asks each address without a key, if the keys belong to callers: any answer but a server error will do. */
export async function reachWithoutKeys(
  addresses: readonly { cloud: CloudId; url: string }[],
  fetch: Fetch,
): Promise<Reach> {
  const clouds = await Promise.all(
    addresses.map(async ({ cloud, url }) => {
      try {
        const { status, body } = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
        await body?.cancel();
        return { cloud, fault: status >= 500 ? 'upstream_unavailable' : null };
      } catch {
        return { cloud, fault: 'upstream_unavailable' };
      }
    }),
  );
  return { clouds, usdPerHour: null };
}

/** The last check of the clouds, at most `everyMs` old; callers at the same time share one check. */
export interface Readiness {
  check(): Promise<Reach>;
  /** Of the last check; null before the first. */
  last(): Reach | null;
}

/** Caches `reach`, whose faults are values: it must not reject. */
export function createReadiness(
  reach: () => Promise<Reach>,
  everyMs: number,
  monotonic: () => number,
): Readiness {
  let checking: Promise<Reach> | null = null;
  let last: { at: number; reach: Reach } | null = null;
  return {
    async check() {
      if (last !== null && monotonic() - last.at < everyMs) return last.reach;
      checking ??= reach().finally(() => {
        checking = null;
      });
      const found = await checking;
      last = { at: monotonic(), reach: found };
      return found;
    },
    last: () => last?.reach ?? null,
  };
}

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
    const [{ clouds }, store] = await Promise.all([readiness.check(), storeOf()]);
    // A store that was reached once may be unreachable for a while: reads and ending billing still work.
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
 * Figures for Prometheus: for the metrics token if there is one, else for every caller who may X their own keys, only the metrics token shows the allowance of the scarcest key.
 */
export function mountMetrics(app: Hono<HttpEnv>, deps: OperationsDeps): void {
  const { settings, accounts, sessions, metrics, authenticator } = deps;
  const { metricsToken } = settings;
  const admitted = async (authorization: string | undefined): Promise<boolean> => {
    if (metricsToken === null) return (await authenticator.judge(authorization)).kind === 'accepted';
    return isToken(bearerIn(authorization) ?? '', metricsToken);
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
      up: stores.every((one) => one.state() === 'up'),
      waiting: stores.reduce((max, one) => Math.max(max, one.waiting()), 0),
    };
    const text = await metrics.text({ sessions: sessions.count(), accounts: runtimes.length, store, money });
    return new Response(text, { headers: { 'content-type': metrics.contentType } });
  });
}
