import type { GpuError } from './errors.ts';
import type { Job, Machine, Pod } from './model.ts';
import type { CloudId } from './ref.ts';

/** Everything that can be watched, by kind. */
export interface Things {
  pod: Pod;
  job: Job;
  machine: Machine;
}
export type WatchKind = keyof Things;

/** One thing by the cloud's own id, or with `id: null` all things of a kind on one cloud. */
export interface Target<K extends WatchKind = WatchKind> {
  cloud: CloudId;
  kind: K;
  id: string | null;
}

/** A change of state or of facts, never of uptime or cost alone. `gone` is confirmed, and `thing` is then the last known. */
export interface Change<T> {
  what: 'appeared' | 'changed' | 'gone';
  id: string;
  thing: T;
}

/** The callbacks of a watch. Things are the one watched (none = it does not exist), or all that are listed. */
export interface Watcher<T> {
  /** All changes that one poll found. The watch of one thing ends by itself after its `gone`. */
  onChanges?: (changes: readonly Change<T>[]) => void;
  /** Each poll after the first, changed or not. */
  onPoll?: (things: readonly T[]) => void;
  /** A poll failed; the next one comes later. */
  onError?: (error: GpuError) => void;
  /** A call is waiting for it: it is read at least every 10 s, in every state. */
  isWaiting?: boolean;
}

/** A watch under way. */
export interface Watching<T> {
  /** The things as first seen: the baseline, reported as no change. Rejects with GpuError if that reading failed. */
  first: Promise<readonly T[]>;
  stop: () => void;
}

/** Runs a function once after `ms`; returns how to cancel it. A `keepsAlive` timer keeps the process running. */
export type Schedule = (ms: number, run: () => void, keepsAlive?: boolean) => () => void;

/** Live state of the clouds, shared by everything in the process that watches or waits. */
export interface Live {
  watch<K extends WatchKind>(target: Target<K>, watcher: Watcher<Things[K]>): Watching<Things[K]>;
  /** A timer for a call that waits; it keeps the process running. */
  after(ms: number, run: () => void): () => void;
}

/** The processes that serve the same sessions. */
export interface Processes {
  /** This one, as the others see it. No secret. */
  self: string;
  /** False once it has ended, or was not heard of for half a minute. @throws if the store is away */
  isAlive(process: string): Promise<boolean>;
}

/** Polls that all processes share, so that together they send no more requests than one. */
export interface SharedReadings {
  /** The value of `read`, or one that another process read at most `max_age_ms` ago. Values pass through JSON. */
  share<T>(key: string, max_age_ms: number, read: () => Promise<T>): Promise<T>;
  /** Calls `run` when another process has polled. Returns how to stop. */
  onReading(key: string, run: () => void): () => void;
}

/** The URL at which a cloud may report the end of a job. `shown` is the same URL with its secret masked. */
export interface Webhook {
  url: string;
  shown: string;
}

/** One event of the log. */
export interface LogEvent {
  level: 'debug' | 'info' | 'warn' | 'error';
  msg: string;
  [field: string]: unknown;
}
export type Log = (event: LogEvent) => void;
