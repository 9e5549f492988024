import { readFileSync, statfsSync } from 'node:fs';

const PLACE = '/dev/shm';
const MIN_FREE_BYTES = 1024 ** 3;

/**
 * A directory in memory with room for the state that tests write, from which programs may be started; null if this
 * machine has none. It saves the waits for a disk: the server syncs every order, and thousands are made.
 */
export function memoryDisk(): string | null {
  try {
    const { bavail, bsize } = statfsSync(PLACE);
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .findLast((line) => line.split(' ')[1] === PLACE);
    const [, , type, options = ''] = mount?.split(' ') ?? [];
    const fits = type === 'tmpfs' && bavail * bsize >= MIN_FREE_BYTES;
    return fits && !options.split(',').some((one) => one === 'noexec' || one === 'ro') ? PLACE : null;
  } catch {
    return null;
  }
}
