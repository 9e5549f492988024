import { BUDGET_WINDOW_MS, type BudgetAsk, type BudgetStore } from '../core/budget.ts';
import type { Budget } from './port.ts';

/** After a failure the store is not asked for so long, and this process counts for itself. Milliseconds. */
const REST_MS = 10_000;
/** Beyond this share of a limit requests are drawn one by one, so that no process keeps what another needs. */
const SCARCE = 0.9;
/** For so long what was drawn ahead is used without asking whether the cloud told another process to pause. Milliseconds. */
const PAUSE_CHECK_MS = 1000;

/** What one process has drawn of a window and not used. */
interface Pool {
  left: number;
  used: number;
  endsAt: number;
  pausedUntil: number;
  askedAt: number;
}

/**
 * The hourly requests of one cloud key, counted by all processes of a store. `block`: how many a process draws ahead; 1 =
 * each by itself.
 */
export function createSharedBudget(
  budget: Budget,
  key: string,
  block: number,
  monotonic: () => number,
): BudgetStore {
  const pools = new Map<string, Pool>();
  let restUntil = Number.NEGATIVE_INFINITY;
  /** A pause that the store was not told of yet ends then. */
  let owedPauseUntil = Number.NEGATIVE_INFINITY;

  const poolOf = (of: string): Pool => {
    const known = pools.get(of);
    if (known !== undefined && monotonic() < known.endsAt) return known;
    const end = Number.NEGATIVE_INFINITY;
    const fresh = { left: 0, used: 0, endsAt: end, pausedUntil: known?.pausedUntil ?? end, askedAt: end };
    pools.set(of, fresh);
    return fresh;
  };
  /** Draws `wanted` requests more, or only asks how the window is if that is 0. */
  const draw = async (of: string, wanted: number, limit: number): Promise<number> => {
    const { granted, used, ends_in_ms, paused_ms } = await budget.draw(of, wanted, limit, BUDGET_WINDOW_MS);
    // Others of this process may have drawn meanwhile.
    const pool = poolOf(of);
    pool.used = Math.max(used, pool.used);
    pool.endsAt = monotonic() + ends_in_ms;
    pool.pausedUntil = paused_ms > 0 ? monotonic() + paused_ms : Number.NEGATIVE_INFINITY;
    pool.askedAt = monotonic();
    pool.left += granted;
    return granted;
  };
  /** Takes one of `of`, below `limit`. */
  const takeOne = async (of: string, limit: number): Promise<boolean> => {
    const known = poolOf(of);
    if (of === key && known.left > 0 && monotonic() - known.askedAt >= PAUSE_CHECK_MS)
      await draw(of, 0, limit);
    const pool = poolOf(of);
    if (pool.left === 0 && (await draw(of, pool.used >= limit * SCARCE ? 1 : block, limit)) === 0)
      return false;
    const present = poolOf(of);
    if (present.left === 0 || present.used - present.left >= limit) return false;
    present.left -= 1;
    return true;
  };
  const tellPause = async () => {
    const ms = owedPauseUntil - monotonic();
    if (ms > 0) await budget.close(key, ms);
    owedPauseUntil = Number.NEGATIVE_INFINITY;
  };
  const polls = `${key} polls`;
  const answer = (granted: boolean) => {
    const [all, ofPolls] = [poolOf(key), poolOf(polls)];
    const paused = all.pausedUntil - monotonic();
    return {
      granted,
      window: {
        used: all.used - all.left,
        polls: ofPolls.used - ofPolls.left,
        ends_in_ms: Math.max(0, all.endsAt - monotonic()),
        ...(paused > 0 && { paused_ms: paused }),
      },
    };
  };
  const giveBack = (of: string) => {
    const pool = pools.get(of);
    if (pool !== undefined && monotonic() < pool.endsAt) pool.left += 1;
  };
  const guarded = async <T>(act: () => Promise<T>): Promise<T> => {
    if (monotonic() < restUntil) throw new Error('the store is not asked just after it failed');
    try {
      return await act();
    } catch (error) {
      restUntil = monotonic() + REST_MS;
      throw error;
    }
  };
  return {
    take: ({ limit, poll_limit }: BudgetAsk) =>
      guarded(async () => {
        await tellPause();
        if (!(await takeOne(key, limit))) return answer(false);
        if (poll_limit === null) return answer(true);
        const granted = await takeOne(polls, poll_limit).catch((error: unknown) => {
          giveBack(key);
          throw error;
        });
        if (!granted) giveBack(key);
        return answer(granted);
      }),
    async giveBack({ poll_limit }) {
      giveBack(key);
      if (poll_limit !== null) giveBack(polls);
    },
    pause(for_ms) {
      owedPauseUntil = Math.max(owedPauseUntil, monotonic() + for_ms);
      return guarded(tellPause);
    },
  };
}
