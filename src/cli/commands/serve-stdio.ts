import { loadRest, openRuntime } from '../../app.ts';
import type { Config } from '../../config/read.ts';
import { waitAtMost } from '../../core/wait-at-most.ts';
import type { Loaded } from '../../mcp/stdio.ts';
import { attachRuntime } from '../../mcp/v1/server.ts';
import { openModernPipe } from '../../mcp/v2/pipe.ts';

/** Max time for the running round of maintenance after the client is gone, milliseconds. */
const LAST_ROUND_MS = 2_000;
/** Max time for running writes, milliseconds. Clients kill a server that does not end, most of them after four seconds. */
const LAST_WRITES_MS = 25_000;

/**
 * Opens the runtime behind a stdio server that has only answered the handshake. When it is closed, no further write begins,
 * and running ones are finished and audited. A write that a kill interrupts is reported at the next start.
 */
export async function openBehind(
  server: Parameters<typeof attachRuntime>[0],
  config: Config,
): Promise<Loaded> {
  const { runtime, close } = await openRuntime(config);
  const { begin, stop } = attachRuntime(server, runtime);
  // After the answers to the requests that waited.
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
      await Promise.all([waitAtMost(LAST_WRITES_MS, writes.close()), waitAtMost(LAST_ROUND_MS, stop())]);
      await close();
    },
  };
}
