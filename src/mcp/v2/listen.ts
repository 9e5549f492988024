import { handlersOf } from '../../engine/handlers.ts';
import { type Message, objectIn } from '../../engine/rpc.ts';
import type { Runtime } from '../../engine/runtime.ts';
import { identityOf, META, type Notification, type Reply } from './wire.ts';

/** Max open streams of one caller (our choice): hosts open several, and do not close all of them. */
export const MAX_LISTENING = 16;

/** One `subscriptions/listen`. */
interface Listening {
  message: Message;
  /** Aborts if the client is gone or has cancelled; nothing more is sent then. */
  signal: AbortSignal;
  /** Aborts if the server ends the stream normally. */
  ending: AbortSignal;
  notify: (notification: Notification) => void;
}

/** The notifications that a client asks for. The shape was checked when the message came in. */
function wantedBy({ params }: Message): { lists: boolean; uris: string[] } {
  const { resourcesListChanged, resourceSubscriptions } = objectIn(objectIn(params).notifications);
  const uris = Array.isArray(resourceSubscriptions) ? resourceSubscriptions : [];
  return {
    lists: resourcesListChanged === true,
    uris: [...new Set(uris.filter((uri) => typeof uri === 'string'))],
  };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/**
 * Serves one subscription on the poller of its runtime, until either side ends it. The acknowledgement comes first and
 * names what will be notified, without URIs at which there is nothing and lists that never change. It waits until the
 * present state of every URI is known, so that no later change is missed.
 */
export async function listen(
  runtime: Runtime,
  { message, signal, ending, notify }: Listening,
): Promise<Reply> {
  const id = message.id;
  const early: Notification[] = [];
  let isAcknowledged = false;
  const send = (method: string, params: Record<string, unknown> = {}) => {
    const notification = { method, params: { ...params, _meta: { [META.subscription]: id } } };
    if (signal.aborted) return;
    if (isAcknowledged) notify(notification);
    else early.push(notification);
  };
  const subscriptions = handlersOf(runtime).openSubscriptions({
    updated: (uri) => send('notifications/resources/updated', { uri }),
    listChanged: () => send('notifications/resources/list_changed'),
  });
  try {
    const { lists, uris } = wantedBy(message);
    if (lists) subscriptions.open();
    const found = await Promise.allSettled(uris.map((uri) => subscriptions.subscribe(uri, signal)));
    const followed = uris.filter((_uri, at) => found[at]?.status === 'fulfilled');
    const honoured = {
      ...(lists && { resourcesListChanged: true }),
      ...(followed.length > 0 && { resourceSubscriptions: followed }),
    };
    if (!signal.aborted) {
      notify({
        method: 'notifications/subscriptions/acknowledged',
        params: { notifications: honoured, _meta: { [META.subscription]: id } },
      });
    }
    isAcknowledged = true;
    for (const notification of early) if (!signal.aborted) notify(notification);
    if (Object.keys(honoured).length > 0) await Promise.race([aborted(signal), aborted(ending)]);
  } finally {
    subscriptions.close();
  }
  return {
    result: {
      resultType: 'complete',
      _meta: { [META.subscription]: id, [META.server]: identityOf(runtime.version) },
    },
  };
}
