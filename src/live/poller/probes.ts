import type { Cloud, Io } from '../../core/cloud.ts';
import { asGpuError, GpuError, isCode } from '../../core/errors.ts';
import type { KindOps } from './kinds.ts';
import type { Row } from './rows.ts';

/** Max detail reads of one poll, for any number of watched things. */
const MAX_PROBES = 5;
/** How long a new thing that is not on the list is read in detail at every poll (our choice). */
export const LATE_LISTING_MS = 30_000;
/** Interval between detail reads of a thing that the list shows too little of. */
const DETAIL_EVERY_MS = 60_000;

/** One thing that is watched by its id, and since when. */
export interface Wanted {
  id: string;
  since: number;
  /** Nothing has been sent to this watcher yet. */
  isNew: boolean;
}

/** The things that a poll must read in detail, because the list does not show enough, most urgent first. */
export function chooseProbes<T extends { id: string }>(
  rows: ReadonlyMap<string, Row<T>>,
  wanted: readonly Wanted[],
  hinted: ReadonlySet<string>,
  ops: KindOps<T>,
  now: number,
): string[] {
  const isDue = (row: Row<T>) => now - row.detailAt >= DETAIL_EVERY_MS;
  const unlisted = wanted
    .filter(({ id, since, isNew }) => {
      const row = rows.get(id);
      if (row === undefined) return true;
      if (row.listed || row.missing) return false;
      return isNew || now - since < LATE_LISTING_MS || isDue(row);
    })
    .sort((a, b) => Number(b.isNew) - Number(a.isNew));
  const missing = [...rows].filter(([, row]) => row.missing).map(([id]) => id);
  const watched = new Set(wanted.map(({ id }) => id));
  const byInterest = [
    ...missing.filter((id) => watched.has(id)),
    ...missing.filter((id) => !watched.has(id)),
  ];
  const stale = ops.lags
    ? [...watched]
        .flatMap((id) => rows.get(id) ?? [])
        .filter((row) => row.listed && !ops.isFinal(row.thing) && isDue(row))
        .sort((a, b) => a.detailAt - b.detailAt)
        .slice(0, 1)
        .map((row) => row.thing.id)
    : [];
  const hints = [...hinted].filter((id) => rows.get(id)?.listed === true);
  const ids = new Set([...unlisted.map(({ id }) => id), ...hints, ...byInterest, ...stale]);
  return [...ids].slice(0, MAX_PROBES);
}

/** What is known of one thing. `gone`: it is proved deleted, or never existed; `thing` is then its last detail, if any. */
export type Probe<T> =
  | { id: string; kind: 'there'; thing: T }
  | { id: string; kind: 'gone'; thing: T | null }
  | { id: string; kind: 'nothing'; error: GpuError };

/** One thing by its detail. A detail that says "gone" is no proof yet. Never rejects. */
async function ask<T extends { id: string }>(
  cloud: Cloud,
  ops: KindOps<T>,
  io: Io,
  id: string,
): Promise<Probe<T>> {
  if (ops.get === null) return { id, kind: 'gone', thing: null };
  try {
    const thing = await ops.get(cloud, io, id);
    return ops.isGone(thing) ? { id, kind: 'gone', thing } : { id, kind: 'there', thing };
  } catch (error) {
    if (isCode(error, 'not_found')) return { id, kind: 'gone', thing: null };
    return { id, kind: 'nothing', error: asGpuError(error) };
  }
}

/**
 * Reads the chosen things at the same time. A thing whose detail says "gone" counts as gone only if a complete list
 * afterwards does not show it; `onProof` is called before that list. Never rejects.
 */
export async function probe<T extends { id: string }>(
  cloud: Cloud,
  ops: KindOps<T>,
  io: Io,
  ids: readonly string[],
  onProof: () => void,
): Promise<Probe<T>[]> {
  const answers = await Promise.all(ids.map((id) => ask(cloud, ops, io, id)));
  if (ops.get === null || answers.every(({ kind }) => kind !== 'gone')) return answers;
  onProof();
  const list = await ops.list(cloud, { ...io, purpose: 'gate' }).catch(asGpuError);
  return answers.map((answer): Probe<T> => {
    if (answer.kind !== 'gone') return answer;
    const { id } = answer;
    if (list instanceof GpuError) return { id, kind: 'nothing', error: list };
    const listed = list.find((thing) => thing.id === id);
    return listed === undefined || ops.isGone(listed) ? answer : { id, kind: 'there', thing: listed };
  });
}
