import { GpuError } from '../../core/errors.ts';
import type { Change, Watcher } from '../../core/live.ts';
import type { KindOps, Tempo } from './kinds.ts';
import { LATE_LISTING_MS, type Probe, type Wanted } from './probes.ts';
import type { PollChanges, RowChange, Rows } from './rows.ts';

/** One watcher, and what was sent to it. */
export interface Entry<T> {
  id: string | null;
  watcher: Watcher<T>;
  since: number;
  /**
   * `new`: nothing was sent to it yet. `failed`: its `first` was rejected, so that the baseline still to come is sent
   * as a poll result. `live`: it has its baseline and gets changes.
   */
  state: 'new' | 'failed' | 'live';
  first: Promise<readonly T[]>;
  resolve: (things: readonly T[]) => void;
  reject: (error: GpuError) => void;
}

/** The watchers of one source. */
interface Watchers<T> {
  add(id: string | null, watcher: Watcher<T>): Entry<T>;
  /** Removes an entry. False if it was removed before. */
  remove(entry: Entry<T>): boolean;
  clear(): void;
  any(): boolean;
  /** True if a watcher has got neither its baseline nor an error yet. */
  hasNew(): boolean;
  isWaiting(): boolean;
  wanted(): Wanted[];
  tempo(rows: Rows<T>, now: number): Tempo;
  /** Sends the known things to an entry as its baseline. */
  base(entry: Entry<T>, rows: Rows<T>): void;
  reject(entry: Entry<T>, error: GpuError): void;
  fail(error: GpuError): void;
  /** Sends the result of a poll to all. True if a watcher has still got nothing. */
  report(rows: Rows<T>, outcome: PollChanges<T>, probes: readonly Probe<T>[]): boolean;
}

const RANK: Record<Tempo, number> = { still: 0, steady: 1, fast: 2 };
const quicker = (a: Tempo, b: Tempo): Tempo => (RANK[a] >= RANK[b] ? a : b);

interface WatchersDeps {
  monotonic: () => number;
  log: (event: { level: 'warn'; msg: string; [field: string]: unknown }) => void;
}

/** Creates the list of watchers, empty. An error of a listener is logged and does not affect the others. */
export function createWatchers<T extends { id: string }>(ops: KindOps<T>, deps: WatchersDeps): Watchers<T> {
  const entries = new Set<Entry<T>>();

  const call = (listener: () => void) => {
    try {
      listener();
    } catch (error) {
      deps.log({ level: 'warn', msg: 'watching: a listener failed', error: String(error) });
    }
  };

  const listed = (rows: Rows<T>): T[] =>
    [...rows.all.values()].filter((row) => row.announced).map((row) => row.thing);

  const viewer = (rows: Rows<T>) => {
    let whole: T[] | null = null;
    return (id: string | null): readonly T[] => {
      if (id === null) {
        whole ??= listed(rows);
        return whole;
      }
      const row = rows.all.get(id);
      return row === undefined ? [] : [row.thing];
    };
  };

  const base = (entry: Entry<T>, things: readonly T[]) => {
    const { state } = entry;
    entry.state = 'live';
    entry.resolve(things);
    if (state === 'failed') call(() => entry.watcher.onPoll?.(things));
  };

  const refuse = (entry: Entry<T>, error: GpuError) => {
    if (entry.state !== 'live') {
      entry.state = 'failed';
      entry.reject(error);
    }
    call(() => entry.watcher.onError?.(error));
  };

  const strip = ({ what, id, thing }: RowChange<T>): Change<T> => ({ what, id, thing });
  const forOne = (change: RowChange<T> | undefined): Change<T>[] => {
    if (change === undefined || (change.what === 'appeared' && !change.differs)) return [];
    return [strip(change.what === 'appeared' ? { ...change, what: 'changed' } : change)];
  };

  return {
    add(id, watcher) {
      let resolve: Entry<T>['resolve'] = () => {};
      let reject: Entry<T>['reject'] = () => {};
      const first = new Promise<readonly T[]>((yes, no) => {
        resolve = yes;
        reject = no;
      });
      first.catch(() => {});
      const entry: Entry<T> = {
        id,
        watcher,
        since: deps.monotonic(),
        state: 'new',
        first,
        resolve,
        reject,
      };
      entries.add(entry);
      return entry;
    },
    remove(entry) {
      if (!entries.delete(entry)) return false;
      if (entry.state !== 'live')
        entry.reject(new GpuError('cancelled', 'The watch ended before its first poll.'));
      return true;
    },
    clear() {
      for (const entry of [...entries]) this.remove(entry);
    },
    any: () => entries.size > 0,
    hasNew: () => [...entries].some(({ state }) => state === 'new'),
    isWaiting: () => [...entries].some((entry) => entry.watcher.isWaiting === true),
    wanted() {
      const byId = new Map<string, Wanted>();
      for (const entry of entries) {
        const { id, since } = entry;
        if (id === null) continue;
        const known = byId.get(id);
        byId.set(id, {
          id,
          since: Math.max(since, known?.since ?? since),
          isNew: entry.state === 'new' || known?.isNew === true,
        });
      }
      return [...byId.values()];
    },
    tempo(rows, now) {
      let found: Tempo = 'still';
      const consider = (id: string, since: number) => {
        const row = rows.all.get(id);
        if (row === undefined || row.missing) return 'fast';
        const isLate = !row.listed && now - since < LATE_LISTING_MS;
        return isLate ? 'fast' : ops.tempo(row.thing);
      };
      const ids = new Map<string, number>();
      for (const { id, since } of entries) {
        if (id !== null) ids.set(id, Math.max(since, ids.get(id) ?? since));
        else for (const [key, row] of rows.all) if (row.announced) ids.set(key, ids.get(key) ?? row.detailAt);
      }
      for (const [id, since] of ids) {
        found = quicker(found, consider(id, since));
        if (found === 'fast') break;
      }
      return found;
    },
    base: (entry, rows) => base(entry, viewer(rows)(entry.id)),
    reject: refuse,
    fail(error) {
      for (const entry of [...entries]) refuse(entry, error);
    },
    report(rows, outcome, probes) {
      const view = viewer(rows);
      const all = [...outcome.changes.values()].map(strip);
      const answers = new Map(probes.map((answer) => [answer.id, answer]));

      /** The result of a poll for a watcher without a baseline. */
      const begin = (entry: Entry<T>) => {
        const answer = entry.id === null ? undefined : answers.get(entry.id);
        if (entry.id === null || rows.all.has(entry.id)) base(entry, view(entry.id));
        else if (answer?.kind === 'nothing') refuse(entry, answer.error);
        else if (answer !== undefined) {
          entries.delete(entry);
          base(entry, []);
        }
      };
      const notify = (entry: Entry<T>) => {
        const { id, watcher } = entry;
        const change = id === null ? undefined : outcome.changes.get(id);
        const changes = id === null ? all : forOne(change);
        if (changes.length > 0) call(() => watcher.onChanges?.(changes));
        if (change?.what === 'gone') entries.delete(entry);
        call(() => watcher.onPoll?.(view(id)));
      };

      for (const entry of [...entries]) {
        if (!entries.has(entry)) continue;
        if (entry.state === 'live') notify(entry);
        else begin(entry);
      }
      return this.hasNew();
    },
  };
}
