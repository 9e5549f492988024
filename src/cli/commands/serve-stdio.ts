import { setTimeout as wait } from 'node:timers/promises';
import { openRuntime } from '../../app.ts';
import type { Config } from '../../config/read.ts';
import { attachRuntime } from '../../mcp/v1/server.ts';
import { loadRest } from './load-rest.ts';

/** How long the looks of the maintenance may still take when the client goes. */
const LAST_ROUND_MS = 2_000;
/** How long writes under way may still take. Clients kill what lingers, most of them after four seconds. */
const LAST_WRITES_MS = 25_000;

const atMost = (ms: number, work: Promise<void>): Promise<void> =>
  Promise.race([work, wait(ms, undefined, { ref: false })]);

/**
 * Opens the runtime behind a stdio server that has only shaken hands. Returns how to close all of it: no further write
 * begins, and those under way are finished and audited. What a kill cuts off is told at the next start.
 */
export async function openBehind(
  server: Parameters<typeof attachRuntime>[0],
  config: Config,
): Promise<() => Promise<void>> {
  const { runtime, close } = await openRuntime(config);
  const stop = attachRuntime(server, runtime);
  // Behind the answers to what waited so far.
  loadRest(runtime.log);
  return async () => {
    const { writes } = runtime.gate;
    runtime.log({ level: 'info', msg: 'ending', writes: writes.count() });
    await Promise.all([atMost(LAST_WRITES_MS, writes.close()), atMost(LAST_ROUND_MS, stop())]);
    await close();
  };
}
