import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createClouds } from './clouds/index.ts';
import type { CloudConfig, Config } from './config.ts';
import { createSpendBook } from './core/spend-book.ts';
import { createAuditLog } from './gate/audit.ts';
import { createJournal } from './gate/journal.ts';
import { createLeaseStore } from './gate/leases.ts';
import { createLocks } from './gate/lock.ts';
import { createReservations } from './gate/reservations.ts';
import { createTokenBox } from './gate/token.ts';
import { createLog } from './log.ts';
import { createRedactor } from './rest/redact.ts';
import type { RestDeps } from './rest/send.ts';
import { createPrivateFiles } from './server/files.ts';
import { recoverAbandoned } from './server/recover.ts';
import type { Runtime } from './server/runtime.ts';
import { listedTools } from './server/surface.ts';
import { selectTools } from './tools/index.ts';
import { VERSION } from './version.ts';

/** What a test may replace; everything else is real. */
export interface Overrides {
  now?: () => Date;
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  random?: () => number;
  log?: RestDeps['log'];
}

/** A runtime and how to let go of everything it holds. */
export interface OpenRuntime {
  runtime: Runtime;
  close: () => Promise<void>;
}

const sleepFor = async (ms: number, signal?: AbortSignal): Promise<void> => {
  await wait(ms, undefined, signal === undefined ? {} : { signal });
};

const keysOf = ({ volt, nebula }: CloudConfig): string[] =>
  [volt?.apiKey, nebula?.apiKey].filter((key) => key !== undefined);

/** Where journal and leases of these keys live: another account's are never looked at. */
function accountDir(stateDir: string, keys: string[]): string {
  const name = createHash('sha256').update(keys.join('\n')).digest('hex').slice(0, 16);
  return join(stateDir, 'accounts', name);
}

/** The built-in simulator's clouds, started on loopback, in place of real ones. */
async function openSandbox(speed: number): Promise<{ clouds: CloudConfig; close: () => Promise<void> }> {
  const { serveSandbox } = await import('./sandbox/serve.ts');
  const { volt, nebula, close } = await serveSandbox({ speed });
  return { clouds: { volt, nebula }, close };
}

/** Wires a whole runtime. Sends nothing to any cloud and writes no file: some clients start a server only to ask what it is. */
export async function openRuntime(config: Config, overrides: Overrides = {}): Promise<OpenRuntime> {
  const sandbox = config.sandbox === null ? null : await openSandbox(config.sandbox.speed);
  const settings = sandbox?.clouds ?? config.clouds;
  const redact = createRedactor(keysOf(settings));
  const log = overrides.log ?? createLog(config.logLevel, redact);
  const now = overrides.now ?? (() => new Date());
  const sleep = overrides.sleep ?? sleepFor;
  const random = overrides.random ?? Math.random;
  const millis = () => now().getTime();
  const clouds = createClouds(settings, { log, now: millis, sleep, random });
  const dir = accountDir(config.stateDir, keysOf(settings));
  let recovery: Promise<void> | null = null;
  const selection = { clouds, readOnly: config.readOnly, toolsets: config.toolsets };
  const tools = selectTools(selection);
  const runtime: Runtime = {
    version: VERSION,
    clouds,
    cloudIds: clouds.ids,
    selection,
    tools: new Map(tools.map((tool) => [tool.name, tool])),
    listed: listedTools(tools, clouds.ids, config.confirm === 'auto'),
    gate: {
      mode: config.confirm,
      read_only: config.readOnly,
      caps: config.caps,
      tokens: createTokenBox(millis),
      locks: createLocks(),
      reservations: createReservations(millis),
      journal: createJournal(dir),
      audit: createAuditLog(config.stateDir, redact),
      now,
      sleep,
      log,
    },
    book: createSpendBook(),
    leases: createLeaseStore(dir),
    recover: () => {
      recovery ??= recoverAbandoned(runtime);
      return recovery;
    },
    files: createPrivateFiles(config.stateDir, true),
    secret: config.secret,
    now,
    sleep,
    sandbox: config.sandbox !== null,
    redact,
    log,
  };
  const close = async () => {
    await Promise.all(clouds.all().map((cloud) => cloud.close()));
    await sandbox?.close();
  };
  return { runtime, close };
}
