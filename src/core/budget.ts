/** One request that wants to be counted. */
export interface BudgetAsk {
  /** Requests in one window that may be used up before this one; it is refused when as many are. */
  limit: number;
  /** The same for requests of pollers; null = this one is no poll. */
  poll_limit: number | null;
}

/** The window in which requests are counted, as far as is known. */
export interface BudgetWindow {
  used: number;
  /** How many of `used` were polls. */
  polls: number;
  /** Milliseconds until it ends. */
  ends_in_ms: number;
  /** How long the cloud wants to be left alone, as another process learned; left out = no pause. */
  paused_ms?: number;
}

/** The answer to an ask: whether the request was counted, and the window after that. */
export interface BudgetAnswer {
  granted: boolean;
  window: BudgetWindow;
}

/**
 * Counts the requests of one cloud key in fixed windows of an hour, which begin with a first request, over all
 * processes that use the key. `take` decides and counts in one step; an adapter may draw blocks ahead, but never more
 * than `limit` together, and never rejects: while the store is away this process has a share of its own.
 */
export interface BudgetStore {
  take(ask: BudgetAsk): Promise<BudgetAnswer>;
  /** Takes back the counting of a request that was never sent. */
  giveBack(ask: BudgetAsk): Promise<void>;
  /** The cloud said "too many": every process pauses for so long. */
  pause?(for_ms: number): Promise<void>;
}

/** A window: Volt's allowance is an hour's (Volt API Reference, Rate Limits). */
export const BUDGET_WINDOW_MS = 60 * 60 * 1000;

/** How much of the hourly request allowance is used. */
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
