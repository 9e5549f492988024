import * as z from 'zod';
import type { Clouds } from '../../core/cloud.ts';
import type { Live, SharedLooks, Things, WatchKind } from '../../core/live.ts';
import type { CloudId } from '../../core/ref.ts';
import { type KindOps, WATCHED } from './kinds.ts';
import { createSource, type Refresh, type Source, type SourceDeps } from './source.ts';

/** What another process read is taken if it is at most so old, milliseconds; it sends it as soon as it has read. */
const YOUNG_MS = 4_000;

/** Reads that processes share, and how to ask for one that begins from now on. */
export interface SharedOps<T> {
  ops: KindOps<T>;
  /** Something changed: what was read before does not count. */
  outdate: () => void;
}

/** The same reads; what another process has just read is not read again. `key` names the list. */
function shareOps<T>(
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

/** Time, chance and a log, so that tests can run hours in moments. */
export interface PollerDeps extends Pick<SourceDeps, 'monotonic' | 'random' | 'schedule' | 'log'> {
  /** Left out or null: this process polls for itself. */
  looks?: SharedLooks | null;
}

/** A refresh: on one cloud, or with `cloud: null` on all. */
export interface RefreshTarget extends Refresh {
  cloud: CloudId | null;
  kind: WatchKind;
}

/** Watches the clouds for everybody in the process: at most one list call a poll for each cloud and kind. */
export interface Poller extends Live {
  /** Notifies when a pod or job appears or goes; by itself this starts no poll. */
  onListChange(listener: () => void): () => void;
  /**
   * Polls again soon if somebody watches. `listChanges`: our own write has changed what resources/list shows,
   * which is notified at once if nobody watches.
   */
  refresh(target: RefreshTarget, listChanges?: boolean): void;
  /** Notifies everybody that what resources/list shows has changed; starts no poll. */
  announceListChange(): void;
  /** How many lists are polled now; 0 = nothing runs. */
  lists(): number;
  /** Resolves when no look is under way. */
  idle(): Promise<void>;
  close(): void;
}

type Sources = { [K in WatchKind]: Map<CloudId, Source<Things[K]>> };

/** The one poller of a credential. It sends nothing until something is watched. */
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
    const { looks = null } = deps;
    const shared = looks === null ? null : shareOps<Things[K]>(WATCHED[kind], key, looks, deps.monotonic);
    const made = createSource<Things[K]>(clouds.get(id), kind, shared?.ops ?? WATCHED[kind], {
      ...deps,
      outdate: shared?.outdate ?? (() => {}),
      onLook: (run) => looks?.onLook(key, run) ?? (() => {}),
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
export interface Wire {
  notify(topic: string, message: string): Promise<void>;
  watch(topic: string, heard: (message: string) => void): () => void;
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
 * The poller of one process, which notifies the others of our own writes and of hints from outside, and receives theirs. It
 * listens from the first watch on.
 */
export function acrossProcesses(poller: Poller, wire: Wire, self: string): Poller {
  let stop: (() => void) | null = null;
  const hear = (text: string) => {
    const message = messageSchema.safeParse(parse(text)).data;
    if (message !== undefined && message.from !== self) poller.refresh(message.target, message.listChanges);
  };
  const listen = () => {
    stop ??= wire.watch(TOPIC, hear);
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
      // A message that is lost is made up for by the next look of each process.
      void wire.notify(TOPIC, message).catch(() => {});
    },
    close() {
      stop?.();
      poller.close();
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
