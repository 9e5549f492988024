import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createClouds, keyFormsOf } from './clouds/index.ts';
import { moneyOf } from './config/money.ts';
import type { CloudConfig, Config } from './config/read.ts';
import type { Log, Schedule } from './core/live.ts';
import { withAgreedPrices } from './engine/context.ts';
import { listedTools } from './engine/listing.ts';
import { createNoticeBoard } from './engine/notices.ts';
import { recoverAbandoned } from './engine/recover.ts';
import type { Runtime } from './engine/runtime.ts';
import { createSpendBook } from './engine/spend-book.ts';
import { createWrites } from './gate/writes.ts';
import { acrossProcesses, createPoller } from './live/poller/poller.ts';
import { createLog } from './log.ts';
import { createKeyRedactor, createRedactor } from './outbound/redact.ts';
import { loadPools } from './outbound/transport.ts';
import { budgetIn, keysOf, openStore, placesFor } from './state.ts';
import { systemClock } from './store/clock.ts';
import { createLocks } from './store/lock.ts';
import { createPrivateFiles } from './store/private-files.ts';
import type { AuditLine } from './store/records.ts';
import { selectTools, TOOLS } from './tools/index.ts';
import { loadKeyReader } from './tools/ssh-keys.ts';
import { VERSION } from './version.ts';

/** What a test or a command may replace; everything else is real. `now` alone replaces both clocks. */
interface Overrides {
  now?: () => Date;
  /** Milliseconds. */
  monotonic?: () => number;
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  random?: () => number;
  schedule?: Schedule;
  /** How often a read is repeated at most; the policy's number if it is left out. */
  maxRetries?: number;
  /** State that ends with the process, as the simulator's does; the settings decide if it is left out. */
  state?: 'memory';
  /** Ends requests that take too long; real timers if it is left out. */
  timer?: Schedule;
  log?: Log;
  /** Sees every event that is logged, at every level. */
  observe?: Log;
}

/** A runtime and how to close everything it holds. */
export interface OpenRuntime {
  runtime: Runtime;
  close: () => Promise<void>;
}

const sleepFor = async (ms: number, signal?: AbortSignal): Promise<void> => {
  await wait(ms, undefined, signal === undefined ? {} : { signal });
};

/** Timers of the poller do not keep the process alive; those of somebody who waits do. */
const later: Schedule = (ms, run, keepsAlive = false) => {
  const timer = setTimeout(run, ms);
  if (!keepsAlive) timer.unref();
  return () => clearTimeout(timer);
};

/** The built-in simulator's clouds, started on loopback, in place of real ones; of callers' keys only how many there are counts. */
async function openSandbox(
  speed: number,
  given: CloudConfig,
): Promise<{ clouds: CloudConfig; close: () => Promise<void> }> {
  const { serveSandbox } = await import('./sandbox/serve.ts');
  const { clouds, close } = await serveSandbox({ speed });
  const all = keysOf(given).length === 0;
  const chosen = Object.entries(clouds).filter(([id]) => all || given[id] !== undefined);
  return { clouds: Object.fromEntries(chosen), close };
}

/** The log, too, says how each gated call ended. */
const logLine =
  (log: Log) =>
  ({
    session: _session,
    summary: _summary,
    at: _at,
    ref: _ref,
    order: _order,
    ...figures
  }: AuditLine): void =>
    log({ level: 'info', msg: 'gate', ...figures });

/** Wires a whole runtime. Sends nothing to any cloud and writes no file: some clients start a server only to ask what it is. */
export async function openRuntime(config: Config, overrides: Overrides = {}): Promise<OpenRuntime> {
  const sandbox = config.sandbox === null ? null : await openSandbox(config.sandbox.speed, config.clouds);
  const settings = sandbox?.clouds ?? config.clouds;
  const secrets = [...keysOf(settings), ...config.secrets];
  const forms = keyFormsOf(config.manifests);
  let redactor = createRedactor(secrets, forms);
  const redact = (text: string) => redactor(text);
  let keyRedactor = createKeyRedactor(secrets);
  const redactKeys = (text: string) => keyRedactor(text);
  const written = overrides.log ?? createLog(config.logLevel, redact);
  const log: Log = (event) => {
    overrides.observe?.(event);
    written(event);
  };
  const now = overrides.now ?? (() => new Date());
  const sleep = overrides.sleep ?? sleepFor;
  const random = overrides.random ?? Math.random;
  const millis = () => now().getTime();
  const { timer } = overrides;
  const system = systemClock();
  const { monotonic: mono = millis } = overrides;
  const clock = overrides.now === undefined ? system : { ...system, wall: millis, mono };
  const given = keysOf(config.clouds);
  const owned = given.length > 0 ? config.clouds : settings;
  const { scope, ...places } = placesFor(config, owned);
  const store = await openStore(
    { url: config.storeUrl, ends: config.sandbox !== null || overrides.state === 'memory' },
    scope,
    {
      ...places,
      redact: { all: redact, keys: redactKeys },
      clock,
      onLine: logLine(log),
      sandbox: moneyOf(config) !== 'real',
      auditDays: config.auditDays,
    },
    log,
  );
  const connected = await createClouds(config.manifests, settings, {
    log,
    now: millis,
    monotonic: clock.mono,
    sleep,
    random,
    version: VERSION,
    proxies: config.proxies,
    budgetFor: (cloud) => budgetIn(store, config.storeUrl, places.keys?.[cloud] ?? cloud, clock.mono),
    ...(timer && { timer }),
    ...(overrides.maxRetries !== undefined && { maxRetries: overrides.maxRetries }),
  });
  const clouds = withAgreedPrices(connected, store);
  let recovery: Promise<void> | null = null;
  const selection = { clouds, readOnly: config.readOnly, toolsets: config.toolsets };
  const tools = selectTools(selection);
  const runtime: Runtime = {
    version: VERSION,
    clouds,
    selection,
    tools: new Map(tools.map((tool) => [tool.name, tool])),
    listed: (results) =>
      listedTools(tools, {
        clouds: clouds.all(),
        tokens: config.confirm === 'auto' || config.confirm === 'token',
        results,
      }),
    results: config.results,
    defaultLifetimeHours: config.defaultLifetimeHours,
    gate: {
      mode: config.confirm,
      read_only: config.readOnly,
      caps: config.caps,
      use_allowance_usd: config.useAllowanceUsd,
      actions: new Map(TOOLS.map((tool) => [tool.name, tool])),
      account: (cloud) => basename(places.accounts[cloud] ?? cloud),
      store,
      locks: createLocks(),
      writes: createWrites(),
      redact,
      now,
      sleep,
      log,
    },
    book: createSpendBook(store, { now, newId: randomUUID }),
    notices: createNoticeBoard({ store, redact, log, monotonic: clock.mono }),
    poller: acrossProcesses(
      createPoller(clouds, {
        monotonic: clock.mono,
        random,
        schedule: overrides.schedule ?? later,
        log,
        sharedReadings: store.sharedReadings,
      }),
      store,
      randomUUID(),
    ),
    webhooks: new Map(),
    recover: () => {
      recovery ??= recoverAbandoned(runtime);
      return recovery;
    },
    files: createPrivateFiles(places.shared, config.http === null || config.http.allowSecretFiles, now),
    keeps_paid: config.http === null ? 'files' : 'store',
    secret: config.secret,
    now,
    monotonic: clock.mono,
    sleep,
    sandbox: config.sandbox !== null,
    redact,
    redactAlso: (secret) => {
      secrets.push(secret);
      redactor = createRedactor(secrets, forms);
      keyRedactor = createKeyRedactor(secrets);
    },
    log,
  };
  const close = async () => {
    runtime.poller.close();
    await Promise.all(clouds.all().map((cloud) => cloud.close()));
    await store.close();
    await sandbox?.close();
  };
  return { runtime, close };
}

/** The log line that says that everything is loaded. */
export const LOADED = 'loaded in full';

/**
 * Loads in the background what the first call would otherwise wait for. From then on the server reads nothing more from
 * its package, so that one which is replaced meanwhile does no harm. A part that cannot be loaded is reported by the
 * call that needs it.
 */
export function loadRest(log: Log): void {
  setImmediate(() => {
    Promise.all([loadPools(), loadKeyReader()]).then(
      () => log({ level: 'debug', msg: LOADED }),
      () => {},
    );
  });
}
