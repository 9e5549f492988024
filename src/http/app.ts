import { Hono } from 'hono';
import type { HttpSettings } from '../config/http.ts';
import type { Log } from '../core/live.ts';
import type { Accounts } from './accounts.ts';
import { type Authenticator, authenticate, createRate, rateCheck } from './auth.ts';
import type { HttpEnv } from './exchange.ts';
import { mcpEndpoint } from './mcp.ts';
import { errorResponse, json } from './messages.ts';
import type { Metrics } from './metrics.ts';
import type { Modern } from './modern.ts';
import { METADATA_PATHS, resourceMetadata } from './oauth.ts';
import { mountHealth, mountMetrics, type Readiness } from './operations.ts';
import { hostCheck, originCheck } from './origins.ts';
import { createPeerReader, requestLog } from './request.ts';
import type { Sessions } from './sessions.ts';

/** What the routes need. */
interface AppDeps {
  settings: HttpSettings;
  /** The headers in which callers send keys. */
  keyHeaders: readonly string[];
  log: Log;
  metrics: Metrics;
  authenticator: Authenticator;
  accounts: Accounts;
  sessions: Sessions;
  modern: Modern | null;
  readiness: Readiness;
  /** The receiver of the clouds' reports; null if they cannot reach this server. */
  webhooks: Hono<HttpEnv> | null;
  monotonic: () => number;
  draining: () => boolean;
}

/**
 * The routes. /mcp is behind all checks, in this order: Host, Origin, caller, rate; then the body is read. Unknown paths
 * answer 404, and internal failures 500 without their cause.
 */
export function createApp(deps: AppDeps): Hono<HttpEnv> {
  const { settings, log, authenticator } = deps;
  const { limits } = settings;
  const app = new Hono<HttpEnv>();
  app.use(requestLog(log, deps.monotonic, createPeerReader(settings.trustProxy)));
  mountHealth(app, deps);
  app.use(hostCheck(settings), originCheck(settings, deps.keyHeaders));
  for (const path of METADATA_PATHS) app.get(path, (c) => resourceMetadata(settings, c.get('peer')));
  mountMetrics(app, deps);
  app.all(
    '/mcp',
    authenticate(settings, authenticator, createRate(limits.refusalsPerMinute)),
    rateCheck(createRate(limits.requestsPerMinute)),
    mcpEndpoint({ ...deps, limits }),
  );
  if (deps.webhooks !== null) app.route('/', deps.webhooks);
  app.notFound(() => json(404, { error: 'There is nothing here. MCP is served at /mcp.' }));
  app.onError((error, c) => {
    log({
      level: 'error',
      msg: 'http request failed',
      request_id: c.get('requestId'),
      error: error.stack ?? '',
    });
    return errorResponse({
      status: 500,
      code: -32603,
      message: 'Something went wrong on this server; it is in its log.',
    });
  });
  return app;
}
