import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openRuntime } from '../src/app.ts';
import { readConfig, type Variable } from '../src/config/read.ts';
import type { CloudId } from '../src/core/ref.ts';
import type { Spend } from '../src/core/spend.ts';
import { dispatch } from '../src/engine/dispatch.ts';
import type { CallResult } from '../src/engine/result.ts';
import type { Runtime } from '../src/engine/runtime.ts';
import type { Session } from '../src/engine/session.ts';
import { type RunningSandbox, serveSandbox } from '../src/sandbox/serve.ts';
import type { World } from '../src/sandbox/world.ts';
import { challengeOf } from './challenge.ts';
import { createVirtualTime, type VirtualTime } from './virtual-time.ts';

/** When a testbed starts on the sandbox's clock. */
export const STARTS_AT = '2026-03-28T14:00:00Z';

/** The variable of the operator that the examples name, with its value. */
export const SECRETS = { GPU_MCP_SECRET_GHCR: 'canary-registry-password' };

/** What get_spend gives programs: what is unknown or empty is left out. */
export type ShownSpend = Omit<Spend, 'errors' | 'notices' | 'allowances'> &
  Partial<Pick<Spend, 'errors' | 'notices' | 'allowances'>>;

export interface TestbedOptions {
  /** ISO time; default STARTS_AT. */
  start?: string;
  seed?: number;
  /** Numbers from 0 to 1 for jitter; always one half if left out. */
  random?: () => number;
  /** Settings by the name of their variable; they win over the testbed's own. */
  config?: Partial<Record<Variable, string>>;
  /** More variables of the environment, default SECRETS. The real one is never read. */
  env?: Record<string, string>;
  /** Which clouds have a key; default both. */
  clouds?: readonly CloudId[];
  /** What the person types at the message; default what is asked for; null: the client cannot ask. */
  person?: ((message: string) => string) | null;
  /** How far the wall clock is off, milliseconds; the sandbox's clock is right and serves as the monotonic one. */
  wall?: { off: number };
  /** Takes every event of the log. */
  log?: (event: Record<string, unknown>) => void;
  /** The place of the state; default `files`. */
  state?: 'files' | 'memory';
  /** `by hand`: a request takes too long only when `timeOut` says so. Default: real time decides. */
  timeouts?: 'by hand';
  /** Another server on the sandbox and the state directory of this testbed, which must be closed last. */
  beside?: Testbed;
}

/** A fresh server on a fresh sandbox over loopback HTTP. Its clock advances only while the server waits. */
export interface Testbed {
  runtime: Runtime;
  world: World;
  sandbox: RunningSandbox;
  /** A directory of this testbed, gone when it is closed. Not made before the server writes to it. */
  stateDir: string;
  time: VirtualTime;
  /** The messages of all questions, in order. */
  asked: string[];
  /** Calls a tool through the one pipeline, without a protocol in between. */
  call(name: string, args?: Record<string, unknown>): Promise<CallResult>;
  /** Every request under way has taken too long now. */
  timeOut(): void;
  close(): Promise<void>;
}

/** The settings by which a server finds a sandbox. */
export function settingsFor(
  { volt, nebula }: RunningSandbox,
  stateDir: string,
  clouds: readonly CloudId[] = ['volt', 'nebula'],
): Partial<Record<Variable, string>> {
  return {
    GPU_MCP_STATE_DIR: stateDir,
    GPU_MCP_RESULTS: 'both',
    ...(clouds.includes('volt') && { VOLT_API_KEY: volt.apiKey, VOLT_BASE_URL: volt.baseUrl }),
    ...(clouds.includes('nebula') && {
      NEBULA_API_KEY: nebula.apiKey,
      NEBULA_BASE_URL: nebula.baseUrl,
      NEBULA_INFERENCE_URL: nebula.inferenceUrl,
    }),
  };
}

/** Opens a testbed; the caller closes it. */
export async function openTestbed(options: TestbedOptions = {}): Promise<Testbed> {
  const { start = STARTS_AT, seed = 1, random = () => 0.5, config = {}, env = SECRETS } = options;
  const { clouds, person = challengeOf, log = () => {}, beside, wall = { off: 0 } } = options;
  const sandbox = beside?.sandbox ?? (await serveSandbox({ speed: 0, start, seed }));
  const { world } = sandbox;
  const stateDir = beside?.stateDir ?? join(await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-')), 'state');
  const limits = new Set<() => void>();
  const time = createVirtualTime(world.clock, async () => runtime.poller.idle());
  const { runtime, close: closeRuntime } = await openRuntime(
    readConfig({ ...settingsFor(sandbox, stateDir, clouds), ...config }, env),
    {
      now: () => new Date(world.clock.now() + wall.off),
      monotonic: () => world.clock.now(),
      sleep: async (ms, signal) => {
        signal?.throwIfAborted();
        world.clock.advance(ms / 1000);
      },
      schedule: time.schedule,
      random,
      ...(options.state === 'memory' && { state: options.state }),
      ...(options.timeouts === 'by hand' && {
        timer: (_ms: number, run: () => void) => {
          limits.add(run);
          return () => limits.delete(run);
        },
      }),
      log: (event) => log({ ...event }),
    },
  );
  const asked: string[] = [];
  const session: Session = {
    id: 'testbed',
    can_ask: person !== null,
    ask: async ({ message }) => {
      asked.push(message);
      return { kind: 'typed', text: person?.(message) ?? '' };
    },
  };
  let open = true;
  return {
    runtime,
    world,
    sandbox,
    stateDir,
    time,
    asked,
    call: (name, args = {}) =>
      dispatch(runtime, { name, args, session, signal: new AbortController().signal, progress: () => {} }),
    timeOut: () => {
      for (const expire of [...limits]) expire();
    },
    async close() {
      if (!open) return;
      open = false;
      await closeRuntime();
      if (beside !== undefined) return;
      await sandbox.close();
      await rm(dirname(stateDir), { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
    },
  };
}
