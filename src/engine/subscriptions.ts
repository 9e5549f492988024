import { GpuError } from '../core/errors.ts';
import type { Target, Watching } from '../core/live.ts';
import { targetsOf } from '../resources/index.ts';
import { REQUEST_SAYS } from './messages.ts';
import type { Runtime } from './runtime.ts';

/** Sends notifications to one session. */
export interface Notifier {
  updated: (uri: string) => void;
  listChanged: () => void;
}

/** The subscriptions of one session. */
export interface Subscriptions {
  /** Starts the notifications of list changes. */
  open(): void;
  /**
   * Resolves once the present state is known, so that every change after it is notified. A second subscription to the
   * same URI is the first one. `signal`: the client cancels the request, which is then undone.
   * @throws GpuError `not_found` if nothing is there, or why the cloud cannot be read
   */
  subscribe(uri: string, signal?: AbortSignal): Promise<void>;
  unsubscribe(uri: string): void;
  /** Ends all subscriptions and notifications of the session. */
  close(): void;
}

/** Max subscriptions of one session (our choice): a client that needs more has a fault. */
const MAX_SUBSCRIPTIONS = 2_000;

const unknown = (): GpuError =>
  new GpuError('not_found', REQUEST_SAYS.no_resource, { hint: REQUEST_SAYS.no_resource_next });

interface Subscription {
  ready: Promise<void>;
  stop: () => void;
}

/** A session's subscriptions on the poller of its runtime. */
export function createSubscriptions(
  runtime: Pick<Runtime, 'clouds' | 'poller' | 'tools'>,
  notifier: Notifier,
): Subscriptions {
  const { poller } = runtime;
  const subscriptions = new Map<string, Subscription>();
  let stopListening = () => {};

  const follow = (uri: string, target: Target): Watching<unknown> =>
    poller.watch(target, {
      onChanges: (changes) => {
        notifier.updated(uri);
        if (target.id !== null && changes.some(({ what }) => what === 'gone')) subscriptions.delete(uri);
      },
    });

  /** A single thing must exist. For whole lists, a cloud that cannot be read now is polled again later. */
  const followAll = async (targets: readonly Target[], watching: readonly Watching<unknown>[]) => {
    if (targets.some(({ id }) => id === null)) {
      await Promise.allSettled(watching.map(({ first }) => first));
      return;
    }
    const found = await Promise.all(watching.map(({ first }) => first));
    if (found.every((things) => things.length === 0)) throw unknown();
  };

  const forget = (uri: string, subscription: Subscription) => {
    subscription.stop();
    if (subscriptions.get(uri) === subscription) subscriptions.delete(uri);
  };

  return {
    open() {
      stopListening();
      stopListening = poller.onListChange(notifier.listChanged);
    },
    async subscribe(uri, signal) {
      const known = subscriptions.get(uri);
      if (known !== undefined) return known.ready;
      const targets = targetsOf(runtime, uri);
      if (subscriptions.size >= MAX_SUBSCRIPTIONS) {
        throw new GpuError('over_limit', REQUEST_SAYS.subscriptions(MAX_SUBSCRIPTIONS), {
          hint: REQUEST_SAYS.subscriptions_next,
        });
      }
      const watching = targets.map((target) => follow(uri, target));
      const subscription = {
        ready: followAll(targets, watching),
        stop: () => {
          for (const { stop } of watching) stop();
        },
      };
      subscriptions.set(uri, subscription);
      const giveUp = () => forget(uri, subscription);
      signal?.addEventListener('abort', giveUp, { once: true });
      try {
        await subscription.ready;
      } catch (error) {
        forget(uri, subscription);
        throw error;
      } finally {
        signal?.removeEventListener('abort', giveUp);
      }
    },
    unsubscribe(uri) {
      const subscription = subscriptions.get(uri);
      if (subscription !== undefined) forget(uri, subscription);
    },
    close() {
      stopListening();
      for (const [uri, subscription] of [...subscriptions]) forget(uri, subscription);
    },
  };
}
