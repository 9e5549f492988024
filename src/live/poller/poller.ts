import * as z from 'zod';
import type { Clouds } from '../../core/cloud.ts';
import type { Live, SharedReadings, Things, WatchKind } from '../../core/live.ts';
import type { CloudId } from '../../core/ref.ts';
import { jsonIn } from '../../core/text.ts';
import { type KindOps, WATCHED } from './kinds.ts';
import { createSource, type Refresh, type Source, type SourceDeps } from './source.ts';

/** Max age of a reading of another process that is used, milliseconds; it is announced once it is made. */
const YOUNG_MS = 4_000;

/** Reads that processes share, and how to require a new one. */
interface SharedOps<T> {
  ops: KindOps<T>;
  /** Requires reads that begin from now on, because something changed. */
  outdate: () => void;
}

/** The reads of a list, shared between processes: what another process has just read is not read again. `key` names the list. */
function shareOps<T>(
  ops: KindOps<T>,
  key: string,
  readings: SharedReadings,
  monotonic: () => number,
): SharedOps<T> {
  let outdatedAt = Number.NEGATIVE_INFINITY;
  const youngest = () => Math.min(YOUNG_MS, monotonic() - outdatedAt);
  const { list, get } = ops;
  return {
    ops: {
      ...ops,
      list: (cloud, io) => readings.share(key, youngest(), () => list(cloud, io)),
      get:
        get === null
          ? null
          : (cloud, io, id) => readings.share(`${key} ${id}`, youngest(), () => get(cloud, io, id)),
    },
    outdate: () => {
      outdatedAt = monotonic();
    },
  };
}

/** Clocks, randomness and a log, so that tests can run hours in moments. */
interface PollerDeps extends Pick<SourceDeps, 'monotonic' | 'random' | 'schedule' | 'log'> {
  /** Left out or null: this process polls for itself. */
  sharedReadings?: SharedReadings | null;
}

/** A refresh: on one cloud, or with `cloud: null` on all. */
interface RefreshTarget extends Refresh {
  cloud: CloudId | null;
  kind: WatchKind;
}

/** Watches the clouds for all watchers of the process: at most one list call a poll for each cloud and kind. */
export interface Poller extends Live {
  /** Calls back when a pod or job appears or goes. Does not start polling. */
  onListChange(listener: () => void): () => void;
  /**
   * Polls again soon if there are watchers. `listChanges`: our own write has changed resources/list; without watchers this
   * is notified at once.
   */
  refresh(target: RefreshTarget, listChanges?: boolean): void;
  /** Notifies all listeners that resources/list has changed. Does not start polling. */
  announceListChange(): void;
  /** The number of lists that are polled now. */
  lists(): number;
  /** Resolves when no poll is running. */
  idle(): Promise<void>;
  close(): void;
}

type Sources = { [K in WatchKind]: Map<CloudId, Source<Things[K]>> };

/** Creates the poller of a credential. It sends nothing until something is watched. */
export function createPoller(clouds: Clouds, deps: PollerDeps): Poller {
  const sources: Sources = { pod: new Map(), job: new Map(), machine: new Map() };
  const listeners = new Set<() => void>();

  const every = () => Object.values(sources).flatMap((byCloud) => [...byCloud]);
  const active = (cloud: CloudId | null) =>
    every().filter(([id, source]) => (cloud === null || id === cloud) && source.isActive()).length;
  const listChanged = () => {
    for (const listener of [...listeners]) listener();
  };

  function sourceOf<K extends WatchKind>(kind: K, id: CloudId): Source<Things[K]> {
    const byCloud: Map<CloudId, Source<Things[K]>> = sources[kind];
    const known = byCloud.get(id);
    if (known !== undefined) return known;
    const key = `${id} ${kind}`;
    const { sharedReadings: readings = null } = deps;
    const shared =
      readings === null ? null : shareOps<Things[K]>(WATCHED[kind], key, readings, deps.monotonic);
    const made = createSource<Things[K]>(clouds.get(id), kind, shared?.ops ?? WATCHED[kind], {
      ...deps,
      outdate: shared?.outdate ?? (() => {}),
      onReading: (run) => readings?.onReading(key, run) ?? (() => {}),
      lists: () => active(id),
      listChanged,
    });
    byCloud.set(id, made);
    return made;
  }

  return {
    watch: ({ cloud, kind, id }, watcher) => sourceOf(kind, cloud).watch(id, watcher),
    after: (ms, run) => deps.schedule(ms, run, true),
    onListChange(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    refresh({ cloud, kind, id, why }, listChanges = false) {
      const found = clouds.ids
        .filter((one) => cloud === null || one === cloud)
        .flatMap((one) => sources[kind].get(one) ?? []);
      const running = found.filter((source) => source.isActive());
      for (const source of running) source.refresh({ id, why });
      if (listChanges && running.length === 0) listChanged();
    },
    announceListChange: listChanged,
    lists: () => active(null),
    idle: async () => {
      await Promise.all(every().map(([, source]) => source.idle()));
    },
    close() {
      listeners.clear();
      for (const [, source] of every()) source.stop();
    },
  };
}

/** How processes of one store send each other messages; a message may come more than once, or late. */
interface Wire {
  notify(topic: string, message: string): Promise<void>;
  watch(topic: string, receive: (message: string) => void): () => void;
}

const TOPIC = 'refresh';

const messageSchema = z.object({
  from: z.string(),
  target: z.object({
    cloud: z.string().nullable(),
    kind: z.enum(['pod', 'job', 'machine']),
    id: z.string().nullable(),
    why: z.enum(['written', 'hint']),
  }),
  listChanges: z.boolean(),
});

/**
 * The poller of one process of several: it notifies the others of its own writes and of hints from outside, and receives
 * theirs. It listens from the first watch on.
 */
export function acrossProcesses(poller: Poller, wire: Wire, self: string): Poller {
  let stop: (() => void) | null = null;
  const receive = (text: string) => {
    const message = messageSchema.safeParse(jsonIn(text)).data;
    if (message !== undefined && message.from !== self) poller.refresh(message.target, message.listChanges);
  };
  const listen = () => {
    stop ??= wire.watch(TOPIC, receive);
  };
  return {
    ...poller,
    watch(target, watcher) {
      listen();
      return poller.watch(target, watcher);
    },
    onListChange(listener) {
      listen();
      return poller.onListChange(listener);
    },
    refresh(target: RefreshTarget, listChanges = false) {
      poller.refresh(target, listChanges);
      const message = JSON.stringify({ from: self, target, listChanges });
      // If a message is lost, the next poll of each process finds the change.
      void wire.notify(TOPIC, message).catch(() => {});
    },
    close() {
      stop?.();
      poller.close();
    },
  };
}
