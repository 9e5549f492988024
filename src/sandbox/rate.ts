/** Fixed windows that count requests per key. */
export interface RateWindows {
  /** Counts one request; returns 0 if it is within the limit, else the seconds until the window resets. */
  count(key: string, now: number, limit: { requests: number; window_seconds: number }): number;
  clear(): void;
}

/** Makes empty windows. A window begins with the first request after the last one ended. */
export function createRateWindows(): RateWindows {
  const windows = new Map<string, { since: number; used: number }>();
  return {
    count(key, now, limit) {
      const length = limit.window_seconds * 1000;
      const present = windows.get(key);
      if (present === undefined || now >= present.since + length) {
        windows.set(key, { since: now, used: 1 });
        return 0;
      }
      present.used += 1;
      if (present.used <= limit.requests) return 0;
      return Math.max(1, Math.ceil((present.since + length - now) / 1000));
    },
    clear: () => windows.clear(),
  };
}
