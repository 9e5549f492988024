import { BUDGET_WINDOW_MS, type BudgetAsk, type BudgetStore } from '../core/budget.ts';
import type { Budget } from './port.ts';

/** After a failure the store is not asked for so long, and this process counts for itself. Milliseconds. */
const REST_MS = 10_000;
/** Beyond this share of a limit requests are drawn one by one, so that no process keeps what another needs. */
const SCARCE = 0.9;

/** What one process has drawn of a window and not used. */
interface Pool {
  left: number;
  used: number;
  endsAt: number;
  pausedUntil: number;
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

  const poolOf = (of: string): Pool => {
    const known = pools.get(of);
    if (known !== undefined && monotonic() < known.endsAt) return known;
    const end = Number.NEGATIVE_INFINITY;
    const fresh = { left: 0, used: 0, endsAt: end, pausedUntil: known?.pausedUntil ?? end };
    pools.set(of, fresh);
    return fresh;
  };
  /** Takes one of `of`, below `limit`. */
  const takeOne = async (of: string, limit: number): Promise<boolean> => {
    const pool = poolOf(of);
    if (pool.left > 0 && pool.used - pool.left < limit) {
      pool.left -= 1;
      return true;
    }
    if (pool.left > 0) return false;
    const wanted = pool.used >= limit * SCARCE ? 1 : block;
    const { granted, used, ends_in_ms, paused_ms } = await budget.draw(of, wanted, limit, BUDGET_WINDOW_MS);
    // Others of this process may have drawn meanwhile.
    const now = pools.get(of) ?? pool;
    now.used = Math.max(used, now.endsAt > monotonic() ? now.used : 0);
    now.endsAt = monotonic() + ends_in_ms;
    now.pausedUntil = paused_ms > 0 ? monotonic() + paused_ms : Number.NEGATIVE_INFINITY;
    now.left += granted;
    if (granted === 0) return false;
    now.left -= 1;
    return true;
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
        if (!(await takeOne(key, limit))) return answer(false);
        if (poll_limit === null || (await takeOne(polls, poll_limit))) return answer(true);
        giveBack(key);
        return answer(false);
      }),
    async giveBack({ poll_limit }) {
      giveBack(key);
      if (poll_limit !== null) giveBack(polls);
    },
    pause: (for_ms) => guarded(() => budget.close(key, for_ms)),
  };
}
