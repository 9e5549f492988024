import { MAX_LOGGED_REQUESTS } from './constants.ts';

/** The three APIs that the sandbox serves. */
export type Api = 'volt' | 'nebula' | 'inference';

/** One request as it came over the wire. */
export interface LoggedRequest {
  id: number;
  /** ISO time of the sandbox clock. */
  at: string;
  cloud: Api;
  method: string;
  /** As sent (not decoded), below the cloud's base URL: "/pods/pod_abc123/start". */
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  /** Raw text, "" without a body. */
  body: string;
  /** Null while unanswered, and for a reply that was dropped or never sent. */
  status: number | null;
}

/** The requests seen so far, oldest first. It is a plain array with `clear()`. */
export type RequestLog = LoggedRequest[] & {
  clear(): void;
  record(request: Omit<LoggedRequest, 'id' | 'status'>): LoggedRequest;
};

/** Makes an empty log that keeps the latest requests only. */
export function createRequestLog(): RequestLog {
  const log: LoggedRequest[] = [];
  let last = 0;
  return Object.assign(log, {
    clear() {
      log.length = 0;
    },
    record(request: Omit<LoggedRequest, 'id' | 'status'>) {
      last += 1;
      const entry: LoggedRequest = { id: last, ...request, status: null };
      log.push(entry);
      if (log.length > MAX_LOGGED_REQUESTS) log.shift();
      return entry;
    },
  });
}

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
