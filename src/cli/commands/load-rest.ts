import type { Runtime } from '../../engine/runtime.ts';
import { loadPools } from '../../outbound/transport.ts';
import { loadKeyReader } from '../../tools/ssh-keys.ts';

/**
 * Loads in the background what the first call would otherwise wait for. From then on the server reads nothing more from
 * its package, so that one which is replaced meanwhile does no harm. A part that cannot be loaded is reported by the
 * call that needs it.
 */
export function loadRest(log: Runtime['log']): void {
  setImmediate(() => {
    Promise.all([loadPools(), loadKeyReader()]).then(
      () => log({ level: 'debug', msg: 'loaded in full' }),
      () => {},
    );
  });
}
