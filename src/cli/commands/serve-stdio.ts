import { setTimeout as wait } from 'node:timers/promises';
import { openRuntime } from '../../app.ts';
import type { Config } from '../../config/read.ts';
import type { Runtime } from '../../engine/runtime.ts';
import { attachRuntime } from '../../mcp/v1/server.ts';
import { loadPools } from '../../outbound/transport.ts';
import { loadKeyReader } from '../../tools/ssh-keys.ts';

/** How long a stop of a pod that is just being sent may take when the client goes. Clients kill what lingers. */
const LAST_ROUND_MS = 2_000;

/**
 * Loads what the first call would otherwise wait for. From then on the server reads nothing more from its package, so
 * that one which is replaced meanwhile does no harm.
 */
async function loadRest(log: Runtime['log']): Promise<void> {
  await Promise.all([loadPools(), loadKeyReader()]);
  log({ level: 'debug', msg: 'loaded in full' });
}

/** Opens the runtime behind a stdio server that has only shaken hands. Returns how to close all of it. */
export async function openBehind(
  server: Parameters<typeof attachRuntime>[0],
  config: Config,
): Promise<() => Promise<void>> {
  const { runtime, close } = await openRuntime(config);
  const stop = attachRuntime(server, runtime);
  // Behind the answers to what waited so far. A part that cannot be loaded is reported by the call that needs it.
  setImmediate(() => void loadRest(runtime.log).catch(() => {}));
  return async () => {
    await Promise.race([stop(), wait(LAST_ROUND_MS, undefined, { ref: false })]);
    await close();
  };
}
