import { openRuntime } from '../app.ts';
import type { Config } from '../config.ts';
import { attend } from '../server/attend.ts';

/** Opens the runtime behind a stdio server that so far only greets. Returns how to let go of all of it. */
export async function openBehind(
  server: Parameters<typeof attend>[0],
  config: Config,
): Promise<() => Promise<void>> {
  const { runtime, close } = await openRuntime(config);
  const stop = attend(server, runtime);
  return async () => {
    stop();
    await close();
  };
}
