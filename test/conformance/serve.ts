import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRuntime } from '../../src/app.ts';
import { readConfig } from '../../src/config/read.ts';
import { handlersOf } from '../../src/engine/handlers.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { startHttp } from '../../src/http/server.ts';
import { createTokens } from '../../src/http/tokens.ts';
import { fetchThrough } from '../../src/outbound/proxies.ts';
import { suiteHandlers } from './catalogue.ts';

/** Serves the catalogue of the conformance suite with this program's own HTTP server, and prints its address; it ends with stdin. */
const config = readConfig(
  {
    GPU_MCP_HTTP: 'true',
    GPU_MCP_HTTP_PORT: '0',
    GPU_MCP_SANDBOX: 'true',
    GPU_MCP_LOG_LEVEL: 'warn',
    GPU_MCP_STATE_DIR: mkdtempSync(join(tmpdir(), 'gpu-cloud-mcp-suite-')),
  },
  {},
);
if (config.http === null) throw new Error('the suite speaks HTTP');
const settings = { ...config.http, limits: { ...config.http.limits, requestsPerMinute: 100_000 } };
const log = () => {};
const monotonic = () => performance.now();
const server = await startHttp({
  settings,
  protocol: config.protocol,
  tokens: createTokens({ token: null, tokenFile: null, everyMs: 0, monotonic, log }),
  async open() {
    const opened = await openRuntime(config);
    // All connections share the one table of handlers.
    Object.assign(handlersOf(opened.runtime), suiteHandlers);
    return opened;
  },
  addresses: [],
  keyHeaders: [],
  metrics: createMetrics(new Set()),
  log,
  fetch: fetchThrough(config.proxies),
  now: Date.now,
  monotonic,
});
process.stdout.write(`${server.url}/mcp\n`);
process.stdin.once('end', () => void server.close().then(() => process.exit(0))).resume();
