import { BUDGET_WINDOW_MS, type BudgetAsk, type BudgetStore } from '../core/budget.ts';
import type { Budget } from './port.ts';

/** How long after a failure this process uses its own share without asking the store, milliseconds. */
const REST_MS = 10_000;
/** Above this share of a limit, requests are drawn one by one, so that no process keeps what another needs. */
const SCARCE = 0.9;
/** How long requests drawn ahead are used before the store is asked for a pause again, milliseconds. */
const PAUSE_CHECK_MS = 1000;

/** The assumed number of processes that share a key while the store has not reported it (our choice). */
const SHARERS = 4;

/** The requests that one process has drawn of a window, and those that it used without the store. */
interface Pool {
  left: number;
  /** The total that this process has drawn, used or not. */
  drawn: number;
  /** The known total that all processes have drawn. */
  used: number;
  /** Used while the store was unreachable; reported with the next draw. */
  alone: number;
  endsAt: number;
  pausedUntil: number;
  askedAt: number;
}

/**
 * The hourly requests of one cloud key, counted by all processes of a store. `block`: max requests that a process draws
 * ahead; 1 = each by itself. It draws as many as it has drawn before, so that a short process, such as a shell command,
 * takes little more than it uses. While the store is unreachable, each process uses its share of the rest, and reports it later.
 */
export function createSharedBudget(
  budget: Budget,
  key: string,
  block: number,
  monotonic: () => number,
): BudgetStore {
  const pools = new Map<string, Pool>();
  let sharers = SHARERS;
  let restUntil = Number.NEGATIVE_INFINITY;
  /** The end of a pause that is not in the store yet. */
  let unsavedPauseUntil = Number.NEGATIVE_INFINITY;

  const poolOf = (of: string): Pool => {
    const known = pools.get(of);
    if (known !== undefined && monotonic() < known.endsAt) return known;
    const never = Number.NEGATIVE_INFINITY;
    const pausedUntil = known?.pausedUntil ?? never;
    const fresh = { left: 0, drawn: 0, used: 0, alone: 0, endsAt: never, pausedUntil, askedAt: never };
    pools.set(of, fresh);
    return fresh;
  };
  const ahead = ({ drawn }: Pool): number => Math.min(block, Math.max(1, drawn));
  /** Draws `wanted` requests more, or only asks how the window is if that is 0. */
  const draw = async (of: string, wanted: number, limit: number): Promise<number> => {
    // What this process used while the store was unreachable is counted once it is back, by one of the draws that come together.
    const before = poolOf(of);
    const owed = before.alone;
    before.alone = 0;
    const drawn = await budget.draw(of, wanted + owed, limit, BUDGET_WINDOW_MS).catch((error: unknown) => {
      before.alone += owed;
      throw error;
    });
    sharers = drawn.sharers ?? sharers;
    const granted = Math.max(0, drawn.granted - owed);
    // Other calls of this process may have drawn meanwhile.
    const pool = poolOf(of);
    pool.used = Math.max(drawn.used, pool.used);
    pool.endsAt = monotonic() + drawn.ends_in_ms;
    pool.pausedUntil = drawn.paused_ms > 0 ? monotonic() + drawn.paused_ms : Number.NEGATIVE_INFINITY;
    pool.askedAt = monotonic();
    pool.left += granted;
    pool.drawn += granted;
    return granted;
  };
  /** Takes one of `of`, below `limit`. */
  const takeOne = async (of: string, limit: number): Promise<boolean> => {
    const known = poolOf(of);
    if (of === key && known.left > 0 && monotonic() - known.askedAt >= PAUSE_CHECK_MS)
      await draw(of, 0, limit);
    const pool = poolOf(of);
    if (pool.left === 0 && (await draw(of, pool.used >= limit * SCARCE ? 1 : ahead(pool), limit)) === 0)
      return false;
    const present = poolOf(of);
    if (present.left === 0 || present.used - present.left >= limit) return false;
    present.left -= 1;
    return true;
  };
  const savePause = async () => {
    const ms = unsavedPauseUntil - monotonic();
    if (ms > 0) await budget.close(key, ms);
    unsavedPauseUntil = Number.NEGATIVE_INFINITY;
  };
  const polls = `${key} polls`;
  /** The pool of a window that begins now if none is known. */
  const poolAlone = (of: string): Pool => {
    const pool = poolOf(of);
    if (monotonic() >= pool.endsAt) pool.endsAt = monotonic() + BUDGET_WINDOW_MS;
    return pool;
  };
  /** The requests that this process may still use without the store: those drawn ahead, and its part of those not drawn. */
  const leftAlone = (pool: Pool, limit: number): number => {
    const drawn = Math.min(pool.left, limit - pool.used + pool.left);
    return Math.max(0, drawn) + Math.floor(Math.max(0, limit - pool.used) / sharers) - pool.alone;
  };
  const takeAlone = (pool: Pool): void => {
    if (pool.left > 0) pool.left -= 1;
    else pool.alone += 1;
  };
  /** Takes a request without the store: all processes stay below the limits if no more of them run than were known. */
  const alone = ({ limit, poll_limit }: BudgetAsk) => {
    const [all, ofPolls] = [poolAlone(key), poolAlone(polls)];
    const granted = leftAlone(all, limit) > 0 && (poll_limit === null || leftAlone(ofPolls, poll_limit) > 0);
    if (granted) takeAlone(all);
    if (granted && poll_limit !== null) takeAlone(ofPolls);
    const { window } = answer(granted);
    return { granted, window: { ...window, used: Math.max(window.used, limit - leftAlone(all, limit)) } };
  };
  const answer = (granted: boolean) => {
    const [all, ofPolls] = [poolOf(key), poolOf(polls)];
    const paused = Math.max(all.pausedUntil, unsavedPauseUntil) - monotonic();
    return {
      granted,
      window: {
        used: all.used - all.left,
        polls: ofPolls.used - ofPolls.left + ofPolls.alone,
        ends_in_ms: Math.max(0, all.endsAt - monotonic()),
        ...(paused > 0 && { paused_ms: paused }),
      },
    };
  };
  const giveBack = (of: string) => {
    const pool = poolOf(of);
    if (pool.alone > 0) pool.alone -= 1;
    else if (monotonic() < pool.endsAt) pool.left += 1;
  };
  const together = async ({ limit, poll_limit }: BudgetAsk) => {
    await savePause();
    if (!(await takeOne(key, limit))) return answer(false);
    if (poll_limit === null) return answer(true);
    const granted = await takeOne(polls, poll_limit).catch((error: unknown) => {
      giveBack(key);
      throw error;
    });
    if (!granted) giveBack(key);
    return answer(granted);
  };
  const unlessUnreachable = async <T>(act: () => Promise<T>, instead: () => T): Promise<T> => {
    if (monotonic() < restUntil) return instead();
    try {
      return await act();
    } catch {
      restUntil = monotonic() + REST_MS;
      return instead();
    }
  };
  return {
    take: (ask) =>
      unlessUnreachable(
        () => together(ask),
        () => alone(ask),
      ),
    async giveBack({ poll_limit }) {
      giveBack(key);
      if (poll_limit !== null) giveBack(polls);
    },
    pause(for_ms) {
      unsavedPauseUntil = Math.max(unsavedPauseUntil, monotonic() + for_ms);
      return unlessUnreachable(savePause, () => {});
    },
  };
}
