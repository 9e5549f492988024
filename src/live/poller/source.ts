import type { BudgetState } from '../../core/budget.ts';
import type { Cloud, Io } from '../../core/cloud.ts';
import { asGpuError, causeOf, GpuError } from '../../core/errors.ts';
import type { Schedule, Watcher, Watching } from '../../core/live.ts';
import type { KindOps, Tempo } from './kinds.ts';
import { chooseProbes, probe } from './probes.ts';
import { createRows, type PollChanges } from './rows.ts';
import { createWatchers } from './watchers.ts';

/** All figures are our choice. Milliseconds. */
const PACE = {
  startMs: 2_500,
  growth: 1.5,
  minMs: 2_000,
  maxMs: { fast: 5_000, steady: 30_000, still: 60_000 } satisfies Record<Tempo, number>,
  waitingMs: 10_000,
  jitter: 0.2,
  backOffMs: 5_000,
  backOffMaxMs: 300_000,
  /** Share of the hourly requests: if less is left for polls, they are spread over the rest of the window. */
  scarceShare: 0.2,
} as const;

/** A random time of at most `ms` and at least 2 s, so that many processes do not poll in step. */
export const jittered = (ms: number, random: () => number): number =>
  Math.max(Math.min(ms, PACE.minMs), Math.round(ms * (1 - PACE.jitter * random())));

/** Milliseconds to the next poll: 2.5 s after a change, and 1.5 times as long after each poll without one, up to the tempo's max. */
export function interval(quietPolls: number, tempo: Tempo, isWaiting: boolean, fastestMs = 0): number {
  const max = isWaiting ? Math.min(PACE.maxMs[tempo], PACE.waitingMs) : PACE.maxMs[tempo];
  const grown = PACE.startMs * PACE.growth ** Math.min(quietPolls, 20);
  return Math.max(Math.min(grown, max), fastestMs);
}

/** Milliseconds to the next poll after `failures` failures in a row: doubling from 5 s to 5 min, or as the cloud asks. */
function backOff(failures: number, error: GpuError, random: () => number): number {
  const doubled = Math.min(PACE.backOffMaxMs, PACE.backOffMs * 2 ** Math.min(failures - 1, 20));
  const asked = (error.retryAfterSeconds ?? 0) * 1000;
  return Math.max(jittered(doubled, random), asked);
}

/** Milliseconds until the budget allows a poll; 0 = now, and always for a cloud without a documented limit. */
const untilAllowed = (budget: BudgetState | null): number =>
  budget === null || budget.polls_remaining >= 1 ? 0 : budget.ends_in_ms;

/**
 * Min milliseconds between polls that cost `requests` together, so that the remaining requests last until the window ends;
 * 0 if enough are left.
 */
function minInterval(budget: BudgetState | null, requests: number): number {
  if (budget === null || budget.polls_remaining >= budget.limit * PACE.scarceShare) return 0;
  return Math.ceil((budget.ends_in_ms * requests) / Math.max(1, budget.polls_remaining));
}

/** What a source needs from outside; time in milliseconds. */
export interface SourceDeps {
  monotonic: () => number;
  random: () => number;
  schedule: Schedule;
  log: (event: { level: 'debug' | 'info' | 'warn'; msg: string; [field: string]: unknown }) => void;
  /** The number of lists of this cloud that are polled now. */
  lists: () => number;
  listChanged: () => void;
  /** Discards everything that any process has read before. */
  outdate: () => void;
  /** Calls back when another process has polled. Returns how to stop. */
  onReading: (run: () => void) => () => void;
}

/** Why a poll is wanted early: our own write on a thing, or a hint from outside that must be checked. */
export interface Refresh {
  id: string | null;
  why: 'written' | 'hint';
}

/** One list of one cloud, polled while it has watchers. */
export interface Source<T> {
  watch(id: string | null, watcher: Watcher<T>): Watching<T>;
  refresh(refresh: Refresh): void;
  isActive(): boolean;
  /** Resolves when no poll is running. */
  idle(): Promise<void>;
  stop(): void;
}

/** A snapshot this young serves a new watcher as its baseline. */
const YOUNG_MS = 2_000;
/** Min interval of polls that are wanted early. */
const REFRESH_GAP_MS = 1_000;

/** The loop of one source: poll, compare, notify, wait. Without watchers nothing runs and nothing is kept. */
export function createSource<T extends { id: string }>(
  cloud: Cloud,
  kind: string,
  ops: KindOps<T>,
  deps: SourceDeps,
): Source<T> {
  const { monotonic, random, schedule } = deps;
  const watchers = createWatchers<T>(ops, deps);
  let rows = createRows(ops);
  let written = new Set<string>();
  let hinted = new Set<string>();
  let abort = new AbortController();
  let polling: Promise<void> | null = null;
  let again = false;
  let startedAt = Number.NEGATIVE_INFINITY;
  let endedAt = Number.NEGATIVE_INFINITY;
  let quiet = 0;
  /** Requests of the last poll. */
  let cost = 1;
  let failure: { count: number; error: GpuError; until: number } | null = null;
  let cancelTimer = () => {};

  let stopHearing: (() => void) | null = null;

  const halt = () => {
    stopHearing?.();
    stopHearing = null;
    cancelTimer();
    abort.abort();
    abort = new AbortController();
    rows = createRows(ops);
    written = new Set();
    hinted = new Set();
    polling = null;
    again = false;
    endedAt = Number.NEGATIVE_INFINITY;
    quiet = 0;
  };

  /** Milliseconds until a poll may start at all. */
  const msUntilAllowed = () => Math.max(0, (failure?.until ?? 0) - monotonic(), untilAllowed(cloud.budget()));
  /** The error if no poll may start now. */
  const reason = (): GpuError =>
    failure?.error ??
    new GpuError('rate_limited', 'The share of the hourly requests for watching is used up.', {
      hint: 'Read the thing itself, or watch it after the seconds given.',
      retryAfterSeconds: Math.max(1, Math.ceil(msUntilAllowed() / 1000)),
      cloud: cloud.id,
    });

  const tempo = (): Tempo => watchers.tempo(rows, monotonic());

  const arm = (soonest: number | null) => {
    cancelTimer();
    const usual = jittered(interval(quiet, tempo(), watchers.isWaiting(), ops.fastestMs), random);
    const spread =
      soonest === null ? Math.max(usual, minInterval(cloud.budget(), cost * deps.lists())) : soonest;
    cancelTimer = schedule(Math.max(spread, msUntilAllowed()), poll);
  };

  const fail = (reason: unknown) => {
    const error = asGpuError(reason);
    const count = (failure?.count ?? 0) + 1;
    const waitMs = backOff(count, error, random);
    failure = { count, error, until: monotonic() + waitMs };
    quiet = 0;
    const ours = reason instanceof Error && !(reason instanceof GpuError);
    const cause = ours ? { cause: causeOf(reason) } : {};
    const fields = { cloud: cloud.id, kind, code: error.code, next_ms: waitMs, ...cause };
    deps.log({ level: count === 1 ? 'warn' : 'debug', msg: 'watching: a poll failed', ...fields });
    watchers.fail(error);
  };

  const readOnce = async (io: Io): Promise<void> => {
    const [own, toProbe] = [written, hinted];
    [written, hinted] = [new Set(), new Set()];
    const outcome: PollChanges<T> = { changes: new Map(), listChanged: false };
    try {
      const things = await ops.list(cloud, io);
      if (io.signal.aborted) return;
      rows.takeList(things, outcome);
      const ids = chooseProbes(rows.all, watchers.wanted(), toProbe, ops, monotonic());
      cost = ops.get === null ? 1 : 1 + ids.length;
      const probes = await probe(cloud, ops, io, ids, () => {
        cost += 1;
      });
      if (io.signal.aborted) return;
      for (const answer of probes) {
        if (answer.kind === 'there') rows.takeDetail(answer.thing, monotonic(), outcome);
        if (answer.kind === 'gone') rows.takeGone(answer.id, answer.thing, outcome);
      }
      for (const id of own) {
        const row = rows.all.get(id);
        if (row === undefined || outcome.changes.get(id)?.differs === true) continue;
        outcome.changes.set(id, { what: 'changed', id, thing: row.thing, differs: true });
      }
      if (failure !== null) deps.log({ level: 'info', msg: 'watching again', cloud: cloud.id, kind });
      failure = null;
      quiet = outcome.changes.size > 0 ? 0 : quiet + 1;
      if (watchers.report(rows, outcome, probes)) again = true;
      if (outcome.listChanged) deps.listChanged();
    } catch (error) {
      if (io.signal.aborted) return;
      for (const id of own) written.add(id);
      for (const id of toProbe) hinted.add(id);
      fail(error);
    }
  };

  function poll(): void {
    if (polling !== null || !watchers.any()) return;
    cancelTimer();
    again = false;
    startedAt = monotonic();
    stopHearing ??= deps.onReading(() => {
      if (polling === null && watchers.any()) arm(0);
    });
    const { signal } = abort;
    const done = readOnce({ signal, purpose: 'poll', fresh: true }).then(() => {
      if (signal.aborted) return;
      polling = null;
      endedAt = monotonic();
      if (!watchers.any()) halt();
      else if (again && failure === null && watchers.hasNew() && msUntilAllowed() === 0) poll();
      else arm(again && failure === null ? Math.max(0, startedAt + REFRESH_GAP_MS - monotonic()) : null);
    });
    polling = done;
  }

  return {
    watch(id, watcher) {
      const entry = watchers.add(id, watcher);
      const stop = () => {
        if (watchers.remove(entry) && !watchers.any()) halt();
      };
      const covered = rows.known && (id === null || rows.all.has(id));
      quiet = 0;
      if (polling !== null) return { first: entry.first, stop };
      if (covered && (monotonic() - endedAt <= YOUNG_MS || msUntilAllowed() > 0)) {
        watchers.base(entry, rows);
        arm(null);
      } else if (msUntilAllowed() === 0) poll();
      else {
        watchers.reject(entry, reason());
        arm(0);
      }
      return { first: entry.first, stop };
    },
    refresh({ id, why }) {
      if (!watchers.any()) return;
      deps.outdate();
      if (id !== null) (why === 'written' ? written : hinted).add(id);
      quiet = 0;
      if (polling !== null) again = true;
      else arm(Math.max(0, startedAt + REFRESH_GAP_MS - monotonic()));
    },
    isActive: () => watchers.any(),
    async idle() {
      while (polling !== null) await polling;
    },
    stop() {
      watchers.clear();
      halt();
    },
  };
}
