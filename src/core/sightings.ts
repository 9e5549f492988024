import type { ToolContext } from './context.ts';
import type { GpuError } from './errors.ts';
import type { Target, Things, WatchKind } from './live.ts';

/** What somebody who waits comes to know. A look without a thing says that it is gone. */
export type Sighting<T> =
  | { kind: 'look'; thing: T | null }
  | { kind: 'error'; error: GpuError }
  | { kind: 'timeout' };

/**
 * Follows one thing for at most `ms` milliseconds on the poller that the whole process shares. `withFirst`: what is
 * known at the beginning counts as a look. Ends by itself after `timeout`; leaving the loop or an abort of the call
 * ends the watch. @throws the abort's reason
 */
export async function* sightings<K extends WatchKind>(
  { live, io }: Pick<ToolContext, 'live' | 'io'>,
  target: Target<K>,
  ms: number,
  withFirst: boolean,
): AsyncGenerator<Sighting<Things[K]>, void> {
  const queue: Sighting<Things[K]>[] = [];
  let wake = () => {};
  const put = (sighting: Sighting<Things[K]>) => {
    queue.push(sighting);
    wake();
  };
  const look = (things: readonly Things[K][]) => put({ kind: 'look', thing: things[0] ?? null });
  const aborted = () => wake();
  io.signal.throwIfAborted();
  io.signal.addEventListener('abort', aborted);
  const cancel = live.after(ms, () => put({ kind: 'timeout' }));
  const watching = live.watch(target, {
    isWaiting: true,
    onLook: look,
    onError: (error) => put({ kind: 'error', error }),
  });
  if (withFirst) watching.first.then(look, () => {});
  try {
    for (;;) {
      io.signal.throwIfAborted();
      const sighting = queue.shift();
      if (sighting === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      yield sighting;
      if (sighting.kind === 'timeout') return;
    }
  } finally {
    cancel();
    watching.stop();
    io.signal.removeEventListener('abort', aborted);
  }
}
