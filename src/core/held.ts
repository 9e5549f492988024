/** A signal that follows another until it is released. */
export interface Held {
  signal: AbortSignal;
  /** Follows the other signal no longer. */
  release: () => void;
}

/** Follows a signal for as long as what it would cancel can still be cancelled. */
export function hold(given: AbortSignal): Held {
  const controller = new AbortController();
  const follow = () => controller.abort(given.reason);
  if (given.aborted) follow();
  else given.addEventListener('abort', follow, { once: true });
  return { signal: controller.signal, release: () => given.removeEventListener('abort', follow) };
}
