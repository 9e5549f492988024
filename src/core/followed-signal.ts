/** A signal that is aborted with its source until it is released. */
interface FollowedSignal {
  signal: AbortSignal;
  /** Aborting the source has no effect from now on. */
  release: () => void;
}

/** Follows a signal for as long as the work can still be cancelled. */
export function followSignal(source: AbortSignal): FollowedSignal {
  const controller = new AbortController();
  const follow = () => controller.abort(source.reason);
  if (source.aborted) follow();
  else source.addEventListener('abort', follow, { once: true });
  return { signal: controller.signal, release: () => source.removeEventListener('abort', follow) };
}
