/** One request that wants to be counted. */
export interface BudgetAsk {
  /** The request is refused once so many are counted in the window. */
  limit: number;
  /** The same for requests of pollers; null = this one is no poll. */
  poll_limit: number | null;
}

/** The window in which requests are counted, as far as this process knows it. */
export interface BudgetWindow {
  used: number;
  /** The polls among `used`. */
  polls: number;
  /** Milliseconds until it ends. */
  ends_in_ms: number;
  /** Milliseconds without requests, because the cloud answered another process with 429; left out = no pause. */
  paused_ms?: number;
}

/** The answer to an ask: whether the request was counted, and the window after that. */
interface BudgetAnswer {
  granted: boolean;
  window: BudgetWindow;
}

/**
 * Counts the requests of one cloud key in fixed windows of an hour, which begin with a first request, over all
 * processes that use the key. `take` decides and counts in one step. An adapter may reserve blocks in advance, but never
 * more than `limit` together. It never rejects: while the store cannot be reached, this process has a share of its own.
 */
export interface BudgetStore {
  take(ask: BudgetAsk): Promise<BudgetAnswer>;
  /** Takes back the counting of a request that was never sent. */
  giveBack(ask: BudgetAsk): Promise<void>;
  /** The cloud answered 429: every process pauses for so long. */
  pause(for_ms: number): Promise<void>;
}

/** Length of a window: Volt allows so many requests an hour (Volt API Reference, Rate Limits). */
export const BUDGET_WINDOW_MS = 60 * 60 * 1000;

/** The state of the hourly request allowance. */
export interface BudgetState {
  limit: number;
  used: number;
  remaining: number;
  resets_at: string;
  /** Requests that polls may still use in this window: a share of their own, and at most half of what reads have left. */
  polls_remaining: number;
  /** Milliseconds until the window ends. */
  ends_in_ms: number;
}
