import { reap } from '../gate/reaper.ts';
import type { Runtime } from './runtime.ts';

const EVERY_MS = 30_000;

/**
 * Work that a serving process does beside calls: once, what a crash left open; then every 30 s, pods whose lease is
 * over. Begins only when called (a client that merely asks what this server is starts nothing). Returns how to stop it.
 */
export function startHousekeeping(runtime: Runtime): () => void {
  let busy = false;
  const round = async () => {
    if (busy) return;
    busy = true;
    try {
      await reap({
        clouds: runtime.clouds,
        leases: runtime.leases,
        gate: runtime.gate,
        tell: (notice) => {
          runtime.book.notice(notice);
          runtime.log({ level: 'warn', msg: notice });
        },
      });
    } catch (error) {
      runtime.log({ level: 'error', msg: 'leases could not be checked', error: String(error) });
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void round(), EVERY_MS);
  timer.unref();
  void runtime.recover().then(round);
  return () => clearInterval(timer);
}
