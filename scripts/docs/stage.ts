import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRuntime } from '../../src/app.ts';
import { readConfig } from '../../src/config/read.ts';
import { dispatch } from '../../src/engine/dispatch.ts';
import type { CallResult } from '../../src/engine/result.ts';
import type { Runtime } from '../../src/engine/runtime.ts';
import { serveSandbox } from '../../src/sandbox/serve.ts';
import type { World } from '../../src/sandbox/world.ts';
import { createVirtualTime } from '../../test/virtual-time.ts';

/** When every example happens, and which seed its simulator has: the same input gives the same page. */
const START = '2026-11-01T12:00:00Z';
const SEED = 1;

/** The variable that the example of add_docker_credential names. */
const SECRETS = { GPU_MCP_SECRET_GHCR: 'a-registry-token-of-the-simulator' };

/** One call and what a person saw of it; `asked` is null where nobody was asked. */
export interface Shown {
  result: CallResult;
  asked: string | null;
}

/** A fresh server on a fresh simulator whose clock stands still but for what the server itself waits. */
export interface Stage {
  runtime: Runtime;
  world: World;
  /** Calls a tool; the person, where one can be asked, types what is asked for. */
  call(name: string, args: Record<string, unknown>, canAsk?: boolean): Promise<Shown>;
  /** Text in which nothing of this machine is left. */
  neutral(text: string): string;
}

/** Builds a stage, runs a task on it, and takes it down. */
export async function onStage<T>(task: (stage: Stage) => Promise<T>): Promise<T> {
  const sandbox = await serveSandbox({ speed: 0, start: START, seed: SEED });
  const { world, volt, nebula } = sandbox;
  const stateDir = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-docs-'));
  const flags = {
    VOLT_API_KEY: volt.apiKey,
    VOLT_BASE_URL: volt.baseUrl,
    NEBULA_API_KEY: nebula.apiKey,
    NEBULA_BASE_URL: nebula.baseUrl,
    NEBULA_INFERENCE_URL: nebula.inferenceUrl,
    GPU_MCP_STATE_DIR: stateDir,
  };
  const time = createVirtualTime(world.clock, async () => runtime.poller.idle());
  const { runtime, close } = await openRuntime(readConfig(flags, SECRETS), {
    now: () => new Date(world.clock.now()),
    sleep: async (ms) => world.clock.advance(ms / 1000),
    schedule: time.schedule,
    random: () => 0.5,
    log: () => {},
  });
  const call: Stage['call'] = async (name, args, canAsk = true) => {
    let asked: string | null = null;
    const result = await dispatch(runtime, {
      name,
      args,
      signal: new AbortController().signal,
      progress: () => {},
      session: {
        id: 'docs',
        can_ask: canAsk,
        ask: async (message, challenge) => {
          asked = message;
          return { kind: 'typed', text: challenge };
        },
      },
    });
    return { result, asked };
  };
  try {
    return await task({
      runtime,
      world,
      call,
      neutral: (text) => text.replaceAll(stateDir, '<state directory>').replaceAll(sandbox.url, '<sandbox>'),
    });
  } finally {
    await close();
    await sandbox.close();
    await rm(stateDir, { recursive: true, force: true });
  }
}
