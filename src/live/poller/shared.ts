import type { SharedLooks } from '../../core/live.ts';
import type { KindOps } from './kinds.ts';

/** What another process read is taken if it is at most so old, milliseconds; it sends it as soon as it has read. */
const YOUNG_MS = 4_000;

/** Reads that processes share, and how to ask for one that begins from now on. */
export interface SharedOps<T> {
  ops: KindOps<T>;
  /** Something changed: what was read before does not count. */
  outdate: () => void;
}

/** The same reads; what another process has just read is not read again. `key` names the list. */
export function shareOps<T>(
  ops: KindOps<T>,
  key: string,
  looks: SharedLooks,
  monotonic: () => number,
): SharedOps<T> {
  let outdatedAt = Number.NEGATIVE_INFINITY;
  const youngest = () => Math.min(YOUNG_MS, monotonic() - outdatedAt);
  const { list, get } = ops;
  return {
    ops: {
      ...ops,
      list: (cloud, io) => looks.share(key, youngest(), () => list(cloud, io)),
      get:
        get === null
          ? null
          : (cloud, io, id) => looks.share(`${key} ${id}`, youngest(), () => get(cloud, io, id)),
    },
    outdate: () => {
      outdatedAt = monotonic();
    },
  };
}
