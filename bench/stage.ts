import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openRuntime } from '../src/app.ts';
import { readConfig, type Variable } from '../src/config/read.ts';
import { dispatch } from '../src/engine/dispatch.ts';
import type { CallResult } from '../src/engine/result.ts';
import type { Runtime } from '../src/engine/runtime.ts';
import type { Session } from '../src/gate/deps.ts';
import { type RunningSandbox, serveSandbox } from '../src/sandbox/serve.ts';
import type { World } from '../src/sandbox/world.ts';
import { createVirtualTime } from '../test/virtual-time.ts';

/** When every run starts on the simulator's clock. */
export const STARTS_AT = '2026-03-28T14:00:00Z';

/** The variable that add_docker_credential is given, with its value. */
export const REGISTRY_SECRET = { GPU_MCP_SECRET_REGISTRY: 'canary-registry-password' };

export interface StageOptions {
  seed?: number;
  /** Numbers from 0 to 1 for jitter; always one half where left out. */
  random?: () => number;
  config?: Partial<Record<Variable, string>>;
  /** What the person types at the message; left out, what is asked for. */
  person?: (message: string) => string;
  /** Takes every event of the log; left out, events are dropped. */
  log?: (event: Record<string, unknown>) => void;
  /** Another server on the simulator and the state directory of this stage, which must be closed last. */
  beside?: Stage;
}

/** A fresh server on a fresh simulator. Time stands still but for what the server waits; a person types what is asked. */
export interface Stage {
  runtime: Runtime;
  world: World;
  sandbox: RunningSandbox;
  stateDir: string;
  call(name: string, args?: Record<string, unknown>): Promise<CallResult>;
  /** Every request under way has taken too long now. */
  timeOut(): void;
  close(): Promise<void>;
}

/** What a question asks to be typed. */
export const challengeOf = (message: string): string => /Type "(.*)" to confirm\.$/s.exec(message)?.[1] ?? '';

/** Builds a stage; whoever builds it closes it. */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const { seed = 1, random = () => 0.5, config = {}, person = challengeOf, log = () => {} } = options;
  const { beside } = options;
  const sandbox = beside?.sandbox ?? (await serveSandbox({ speed: 0, start: STARTS_AT, seed }));
  const { world, volt, nebula } = sandbox;
  const stateDir = beside?.stateDir ?? join(await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-bench-')), 'state');
  const flags = {
    VOLT_API_KEY: volt.apiKey,
    VOLT_BASE_URL: volt.baseUrl,
    NEBULA_API_KEY: nebula.apiKey,
    NEBULA_BASE_URL: nebula.baseUrl,
    NEBULA_INFERENCE_URL: nebula.inferenceUrl,
    GPU_MCP_STATE_DIR: stateDir,
    GPU_MCP_LOG_LEVEL: 'debug',
    ...config,
  };
  let closed = false;
  const limits = new Set<() => void>();
  const time = createVirtualTime(world.clock, async () => runtime.poller.idle());
  const { runtime, close } = await openRuntime(readConfig(flags, REGISTRY_SECRET), {
    now: () => new Date(world.clock.now()),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      world.clock.advance(ms / 1000);
    },
    schedule: time.schedule,
    timer: (_ms, run) => {
      limits.add(run);
      return () => limits.delete(run);
    },
    random,
    log: (event) => log({ ...event }),
  });
  const session: Session = {
    id: 'bench',
    can_ask: true,
    ask: async (message) => ({ kind: 'typed', text: person(message) }),
  };
  return {
    runtime,
    world,
    sandbox,
    stateDir,
    call: (name, args = {}) =>
      dispatch(runtime, {
        name,
        args,
        session,
        signal: new AbortController().signal,
        progress: () => {},
      }),
    timeOut: () => {
      for (const expire of [...limits]) expire();
    },
    async close() {
      if (closed) return;
      closed = true;
      await close();
      if (beside !== undefined) return;
      await sandbox.close();
      await rm(dirname(stateDir), { recursive: true, force: true });
    },
  };
}
