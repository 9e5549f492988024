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
  /** null while unanswered and for a reply that was dropped or never given. */
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
