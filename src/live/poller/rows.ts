import type { Change } from '../../core/live.ts';
import { differ, type Facts, type KindOps } from './kinds.ts';

/** A thing as it was last seen. */
export interface Row<T> {
  thing: T;
  facts: Facts;
  /** The facts come from the list, not from a detail. */
  byList: boolean;
  /** It was on the last list. */
  listed: boolean;
  /** It was on some list, so watchers of the whole list know it. */
  announced: boolean;
  /** It was on a list and is no longer; its end is not confirmed yet. */
  missing: boolean;
  /** When it was last read in detail, milliseconds; -Infinity = never. */
  detailAt: number;
}

/** A change, and whether it concerns watchers of this one thing. */
export interface RowChange<T> extends Change<T> {
  differs: boolean;
}

/** The changes of one poll. */
export interface PollChanges<T> {
  changes: Map<string, RowChange<T>>;
  /** resources/list has changed. */
  listChanged: boolean;
}

/** All things of one kind on one cloud, as far as polls have read them. */
export interface Rows<T> {
  readonly all: ReadonlyMap<string, Row<T>>;
  /** True once a list was read. */
  readonly known: boolean;
  takeList(things: readonly T[], outcome: PollChanges<T>): void;
  /** Takes in a detail, also of a thing that is not on the list. */
  takeDetail(thing: T, now: number, outcome: PollChanges<T>): void;
  /** Takes in that a thing is gone. `last`: its last detail, if any. */
  takeGone(id: string, last: T | null, outcome: PollChanges<T>): void;
}

/** Creates the rows, which compare each reading with the one before. The first list is the baseline and reports nothing. */
export function createRows<T extends { id: string }>(ops: KindOps<T>): Rows<T> {
  const all = new Map<string, Row<T>>();
  let known = false;

  const note = (outcome: PollChanges<T>, what: Change<T>['what'], thing: T, differs = true) =>
    outcome.changes.set(thing.id, { what, id: thing.id, thing, differs });

  const takeRow = (thing: T, outcome: PollChanges<T>) => {
    const row = all.get(thing.id);
    const facts = ops.facts(thing);
    const fresh = { thing, facts, byList: true, listed: true, announced: true, missing: false };
    if (row === undefined) {
      all.set(thing.id, { ...fresh, detailAt: Number.NEGATIVE_INFINITY });
      if (known) note(outcome, 'appeared', thing);
      if (known && ops.isShown(thing)) outcome.listChanged = true;
      return;
    }
    if (ops.isFinal(row.thing) && !ops.isFinal(thing)) {
      Object.assign(row, { listed: true, missing: false });
      return;
    }
    const differs = differ(row.facts, facts, row.byList);
    if (!row.announced) note(outcome, 'appeared', thing, differs);
    else if (differs) note(outcome, 'changed', thing);
    if ((row.announced && ops.isShown(row.thing)) !== ops.isShown(thing)) outcome.listChanged = true;
    Object.assign(row, fresh);
  };

  return {
    all,
    get known() {
      return known;
    },
    takeList(things, outcome) {
      const seen = new Set<string>();
      for (const thing of things) {
        if (ops.isGone(thing)) {
          this.takeGone(thing.id, thing, outcome);
          continue;
        }
        seen.add(thing.id);
        takeRow(thing, outcome);
      }
      for (const [id, row] of all) {
        if (seen.has(id) || !row.listed) continue;
        Object.assign(row, { listed: false, missing: true });
      }
      known = true;
    },
    takeDetail(thing, now, outcome) {
      const row = all.get(thing.id);
      const facts = ops.facts(thing);
      if (row === undefined) {
        const unlisted = { byList: false, listed: false, announced: false, missing: false };
        all.set(thing.id, { thing, facts, ...unlisted, detailAt: now });
        return;
      }
      row.detailAt = now;
      if (row.listed && !(ops.isFinal(thing) && !ops.isFinal(row.thing))) return;
      if (differ(row.facts, facts, !row.byList)) note(outcome, 'changed', thing);
      if (row.announced && ops.isShown(row.thing) !== ops.isShown(thing)) outcome.listChanged = true;
      Object.assign(row, { thing, facts, byList: false, missing: false });
    },
    takeGone(id, last, outcome) {
      const row = all.get(id);
      if (row === undefined) return;
      all.delete(id);
      note(outcome, 'gone', last ?? row.thing);
      if (row.announced && ops.isShown(row.thing)) outcome.listChanged = true;
    },
  };
}
