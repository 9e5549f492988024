import type { ToolContext } from '../core/context.ts';
import type { GpuError } from '../core/errors.ts';
import type { Target, Things, WatchKind } from '../core/live.ts';

/** The result of one reading of the poller; `thing: null` = it no longer exists. */
export type Observation<T> =
  | { kind: 'seen'; thing: T | null }
  | { kind: 'error'; error: GpuError }
  | { kind: 'timeout' };

/**
 * Follows one thing for at most `ms` milliseconds on the poller of the process. `firstIn`: the first observation is the
 * state as it is known so many milliseconds from now; null = it is the first change from now on. Ends after `timeout`;
 * leaving the loop or an abort of the call ends the watch.
 * @throws the abort's reason
 */
export async function* observe<K extends WatchKind>(
  { live, io }: Pick<ToolContext, 'live' | 'io'>,
  target: Target<K>,
  ms: number,
  firstIn: number | null,
): AsyncGenerator<Observation<Things[K]>, void> {
  const queue: Observation<Things[K]>[] = [];
  let wake = () => {};
  const put = (observation: Observation<Things[K]>) => {
    queue.push(observation);
    wake();
  };
  const seen = (things: readonly Things[K][]) => put({ kind: 'seen', thing: things[0] ?? null });
  const aborted = () => wake();
  io.signal.throwIfAborted();
  io.signal.addEventListener('abort', aborted);
  const cancel = live.after(ms, () => put({ kind: 'timeout' }));
  let stop = () => {};
  const start = () => {
    const watching = live.watch(target, {
      isWaiting: true,
      onPoll: seen,
      onError: (error) => put({ kind: 'error', error }),
    });
    if (firstIn !== null) watching.first.then(seen, () => {});
    stop = watching.stop;
  };
  if (firstIn === null) start();
  else stop = live.after(firstIn, start);
  try {
    for (;;) {
      io.signal.throwIfAborted();
      const observation = queue.shift();
      if (observation === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      yield observation;
      if (observation.kind === 'timeout') return;
    }
  } finally {
    cancel();
    stop();
    io.signal.removeEventListener('abort', aborted);
  }
}
