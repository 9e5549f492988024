import { setTimeout as wait } from 'node:timers/promises';
import { openRuntime } from '../../app.ts';
import type { Config } from '../../config/read.ts';
import { attachRuntime } from '../../mcp/v1/server.ts';
import { loadRest } from './load-rest.ts';

/** How long a stop of a pod that is just being sent may take when the client goes. Clients kill what lingers. */
const LAST_ROUND_MS = 2_000;

/** Opens the runtime behind a stdio server that has only shaken hands. Returns how to close all of it. */
export async function openBehind(
  server: Parameters<typeof attachRuntime>[0],
  config: Config,
): Promise<() => Promise<void>> {
  const { runtime, close } = await openRuntime(config);
  const stop = attachRuntime(server, runtime);
  // Behind the answers to what waited so far.
  loadRest(runtime.log);
  return async () => {
    await Promise.race([stop(), wait(LAST_ROUND_MS, undefined, { ref: false })]);
    await close();
  };
}
