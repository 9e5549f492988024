import { loadRest, openRuntime } from '../../app.ts';
import { keyFormsOf } from '../../clouds/index.ts';
import type { HttpSettings } from '../../config/http.ts';
import { MONEY_WORDS, moneyOf } from '../../config/money.ts';
import { type Config, ConfigError, cloudsOf } from '../../config/read.ts';
import type { CloudId } from '../../core/ref.ts';
import { createMetrics } from '../../http/metrics.ts';
import { type HttpDeps, serveHttp } from '../../http/server.ts';
import { createTokens, TokenFileError } from '../../http/tokens.ts';
import { createLog } from '../../log.ts';
import { fetchThrough } from '../../outbound/proxies.ts';
import { createRedactor } from '../../outbound/redact.ts';
import { systemClock } from '../../store/clock.ts';
import { TOOLS } from '../../tools/index.ts';
import { invoked } from '../invocation.ts';
import { writeStderr } from '../terminal/exit.ts';

/** `gpu-cloud-mcp serve --http`: MCP over Streamable HTTP until a signal. @throws ConfigError */
export async function serveOverHttp(config: Config, settings: HttpSettings): Promise<void> {
  const deps = httpDeps(config, settings);
  for (const msg of config.warnings) deps.log({ level: 'warn', msg });
  await serveHttp(deps, (url) => {
    loadRest(deps.log);
    if (process.stderr.isTTY) writeStderr(greeting(config, url));
  });
}

/** The message for a person who starts the server by hand. */
const greeting = (config: Config, url: string): string =>
  [
    `This is an MCP server. Clients reach it at ${url}.`,
    MONEY_WORDS[moneyOf(config)],
    `Add it to a client with, for example: ${invoked()} install cursor --http ${url}. Ctrl-C ends it.`,
  ].join('\n');

function addressesOf({ manifests, urls, sandbox }: Config): { cloud: CloudId; url: string }[] {
  if (sandbox !== null) return [];
  return manifests.flatMap(({ id }) => {
    const url = urls[id]?.api;
    return url === undefined ? [] : [{ cloud: id, url }];
  });
}

/** The parts of one HTTP server: a runtime for each pair of keys, and one log and one set of metrics for all. */
function httpDeps(config: Config, settings: HttpSettings): HttpDeps {
  const log = createLog(config.logLevel, createRedactor(config.secrets, keyFormsOf(config.manifests)));
  const metrics = createMetrics(new Set(TOOLS.map(({ name }) => name)));
  const monotonic = systemClock().mono;
  const { token, tokenFile, limits } = settings;
  return {
    settings,
    protocol: config.protocol,
    tokens: tokensOr(() => createTokens({ token, tokenFile, everyMs: limits.tokenFileMs, monotonic, log })),
    open: (keys) =>
      openRuntime(keys === null ? config : { ...config, clouds: cloudsOf(config.urls, keys) }, {
        observe: metrics.observe,
      }),
    addresses: addressesOf(config),
    keyHeaders: config.manifests.map(({ id, key_header }) => ({ cloud: id, header: key_header })),
    metrics,
    log,
    fetch: fetchThrough(config.proxies),
    now: Date.now,
    monotonic,
  };
}

function tokensOr(read: () => HttpDeps['tokens']): HttpDeps['tokens'] {
  try {
    return read();
  } catch (error) {
    throw error instanceof TokenFileError ? new ConfigError(error.message) : error;
  }
}
