import { BUDGET_WINDOW_MS, type BudgetAsk, type BudgetStore } from '../core/budget.ts';
import type { Budget } from './port.ts';

/** After a failure the store is not asked for so long, and this process uses its share. Milliseconds. */
const REST_MS = 10_000;
/** Beyond this share of a limit requests are drawn one by one, so that no process keeps what another needs. */
const SCARCE = 0.9;
/** For so long what was drawn ahead is used without asking whether the cloud told another process to pause. Milliseconds. */
const PAUSE_CHECK_MS = 1000;

/** How many processes are believed to share a key if the store never said it (our choice). */
const SHARERS = 4;

/** What this process used by itself while the store is away. `base`: what all had drawn of the window, as far as is known. */
interface Share {
  used: number;
  base: number;
  endsAt: number;
}

/** What one process has drawn of a window and not used. */
interface Pool {
  left: number;
  /** All that this process has drawn, used or not. */
  drawn: number;
  used: number;
  endsAt: number;
  pausedUntil: number;
  askedAt: number;
}

/**
 * The hourly requests of one cloud key, counted by all processes of a store. `block`: how many a process draws ahead at
 * most; 1 = each by itself. It draws as many as it has drawn before, so that a short one, such as a command in a shell, takes no
 * more than it uses. While the store is away, each process uses its share of what is left, and reports it afterwards.
 */
export function createSharedBudget(
  budget: Budget,
  key: string,
  block: number,
  monotonic: () => number,
): BudgetStore {
  const pools = new Map<string, Pool>();
  const shares = new Map<string, Share>();
  let sharers = SHARERS;
  let restUntil = Number.NEGATIVE_INFINITY;
  /** A pause that the store was not told of yet ends then. */
  let owedPauseUntil = Number.NEGATIVE_INFINITY;

  const poolOf = (of: string): Pool => {
    const known = pools.get(of);
    if (known !== undefined && monotonic() < known.endsAt) return known;
    const end = Number.NEGATIVE_INFINITY;
    const fresh = {
      left: 0,
      drawn: 0,
      used: 0,
      endsAt: end,
      pausedUntil: known?.pausedUntil ?? end,
      askedAt: end,
    };
    pools.set(of, fresh);
    return fresh;
  };
  /** The share in use, unless its window is over. */
  const shareOf = (of: string): Share | undefined => {
    const known = shares.get(of);
    return known !== undefined && monotonic() < known.endsAt ? known : undefined;
  };
  const ahead = ({ drawn }: Pool): number => Math.min(block, Math.max(1, drawn));
  /** Draws `wanted` requests more, or only asks how the window is if that is 0. */
  const draw = async (of: string, wanted: number, limit: number): Promise<number> => {
    // What was used by itself counts as soon as the store is back.
    const share = shareOf(of);
    const owed = share?.used ?? 0;
    const drawn = await budget.draw(of, wanted + owed, limit, BUDGET_WINDOW_MS);
    if (share !== undefined) share.used -= owed;
    if (share?.used === 0) shares.delete(of);
    sharers = drawn.sharers ?? sharers;
    const granted = Math.max(0, drawn.granted - owed);
    // Others of this process may have drawn meanwhile.
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
  const tellPause = async () => {
    const ms = owedPauseUntil - monotonic();
    if (ms > 0) await budget.close(key, ms);
    owedPauseUntil = Number.NEGATIVE_INFINITY;
  };
  const polls = `${key} polls`;
  /** What this process may still use by itself: what it drew ahead, and its part of what nobody has drawn. */
  const leftAlone = (of: string, limit: number): number => {
    const pool = poolOf(of);
    const share = shareOf(of) ?? { used: 0, base: pool.used };
    const ahead = Math.min(pool.left, limit - pool.used + pool.left);
    return Math.max(0, ahead) + Math.floor(Math.max(0, limit - share.base) / sharers) - share.used;
  };
  const endOf = (of: string): number => {
    const known = shareOf(of)?.endsAt ?? poolOf(of).endsAt;
    return monotonic() < known ? known : monotonic() + BUDGET_WINDOW_MS;
  };
  const takeAlone = (of: string): void => {
    const pool = poolOf(of);
    if (pool.left > 0) pool.left -= 1;
    else {
      const share = shareOf(of) ?? { used: 0, base: pool.used, endsAt: endOf(of) };
      share.used += 1;
      shares.set(of, share);
    }
  };
  /** Without the store: all processes together stay below the limits as long as no more of them run than were known. */
  const alone = ({ limit, poll_limit }: BudgetAsk) => {
    const hasRoom = (of: string, below: number) => leftAlone(of, below) > 0;
    const granted = hasRoom(key, limit) && (poll_limit === null || hasRoom(polls, poll_limit));
    if (granted) takeAlone(key);
    if (granted && poll_limit !== null) takeAlone(polls);
    const { window } = answer(granted);
    return {
      granted,
      window: {
        ...window,
        used: Math.max(window.used, limit - leftAlone(key, limit)),
        ends_in_ms: endOf(key) - monotonic(),
      },
    };
  };
  const answer = (granted: boolean) => {
    const [all, ofPolls] = [poolOf(key), poolOf(polls)];
    const paused = Math.max(all.pausedUntil, owedPauseUntil) - monotonic();
    return {
      granted,
      window: {
        used: all.used - all.left,
        polls: ofPolls.used - ofPolls.left + (shareOf(polls)?.used ?? 0),
        ends_in_ms: Math.max(0, all.endsAt - monotonic()),
        ...(paused > 0 && { paused_ms: paused }),
      },
    };
  };
  const giveBack = (of: string) => {
    const [pool, share] = [pools.get(of), shareOf(of)];
    if (share !== undefined && share.used > 0) share.used -= 1;
    else if (pool !== undefined && monotonic() < pool.endsAt) pool.left += 1;
  };
  const together = async ({ limit, poll_limit }: BudgetAsk) => {
    await tellPause();
    if (!(await takeOne(key, limit))) return answer(false);
    if (poll_limit === null) return answer(true);
    const granted = await takeOne(polls, poll_limit).catch((error: unknown) => {
      giveBack(key);
      throw error;
    });
    if (!granted) giveBack(key);
    return answer(granted);
  };
  const unlessAway = async <T>(act: () => Promise<T>, instead: () => T): Promise<T> => {
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
      unlessAway(
        () => together(ask),
        () => alone(ask),
      ),
    async giveBack({ poll_limit }) {
      giveBack(key);
      if (poll_limit !== null) giveBack(polls);
    },
    pause(for_ms) {
      owedPauseUntil = Math.max(owedPauseUntil, monotonic() + for_ms);
      return unlessAway(tellPause, () => {});
    },
  };
}
