import { setTimeout as wait } from 'node:timers/promises';
import { loadRest, openRuntime } from '../../app.ts';
import type { Config } from '../../config/read.ts';
import type { Loaded } from '../../mcp/stdio.ts';
import { attachRuntime } from '../../mcp/v1/server.ts';
import { openModernPipe } from '../../mcp/v2/pipe.ts';

/** How long the looks of the maintenance may still take when the client goes. */
const LAST_ROUND_MS = 2_000;
/** How long writes under way may still take. Clients kill what lingers, most of them after four seconds. */
const LAST_WRITES_MS = 25_000;

const atMost = (ms: number, work: Promise<void>): Promise<void> =>
  Promise.race([work, wait(ms, undefined, { ref: false })]);

/**
 * Opens the runtime behind a stdio server that has only shaken hands. When it is closed, no further write begins, and
 * those under way are finished and audited. What a kill cuts off is reported at the next start.
 */
export async function openBehind(
  server: Parameters<typeof attachRuntime>[0],
  config: Config,
): Promise<Loaded> {
  const { runtime, close } = await openRuntime(config);
  const { begin, stop } = attachRuntime(server, runtime);
  // Behind the answers to what waited so far.
  loadRest(runtime.log);
  return {
    openModern(send) {
      const pipe = openModernPipe(runtime, send);
      const take: typeof pipe.take = (message) => {
        begin();
        pipe.take(message);
      };
      return { ...pipe, take };
    },
    async close() {
      const { writes } = runtime.gate;
      runtime.log({ level: 'info', msg: 'ending', writes: writes.count() });
      await Promise.all([atMost(LAST_WRITES_MS, writes.close()), atMost(LAST_ROUND_MS, stop())]);
      await close();
    },
  };
}
