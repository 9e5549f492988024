import { errorReply, type Message, RPC, type RpcId, requestIdOf } from '../../engine/rpc.ts';
import type { Runtime } from '../../engine/runtime.ts';
import { LISTEN } from './envelope.ts';
import { listen, MAX_LISTENING } from './listen.ts';
import { answer } from './methods.ts';
import { notificationMessage, type Reply, replyMessage } from './wire.ts';

/** This revision on a connection that carries many requests at once, such as stdio. */
export interface ModernPipe {
  /** Answers one request. */
  take(request: Message): void;
  /** Cancels a request of this revision; false if none of this id is running. */
  cancel(id: RpcId): boolean;
  /** Ends subscriptions normally. */
  endSubscriptions(): void;
  /** Cancels everything that was not sent yet, because the client is gone. */
  close(): void;
}

interface Running {
  gone: AbortController;
  isListening: boolean;
}

/** Serves requests of the user of this computer; `send` gets every message for the client. */
export function openModernPipe(runtime: Runtime, send: (message: object) => void): ModernPipe {
  const running = new Map<RpcId, Running>();
  const ending = new AbortController();

  const handle = async (id: RpcId, message: Message, { gone, isListening }: Running): Promise<void> => {
    const notify = (notification: Parameters<typeof notificationMessage>[0]) => {
      if (!gone.signal.aborted) send(notificationMessage(notification));
    };
    const { signal } = gone;
    const reply: Reply = isListening
      ? await listen(runtime, { message, signal, ending: ending.signal, notify })
      : await answer(runtime, { message, results: runtime.results, signal, notify });
    running.delete(id);
    if (!signal.aborted) send(replyMessage(id, reply));
  };

  return {
    take(message) {
      const id = requestIdOf(message);
      if (running.has(id)) {
        return send(errorReply(id, RPC.request, 'A request with this id is running.'));
      }
      const isListening = message.method === LISTEN;
      const open = [...running.values()].filter((one) => one.isListening).length;
      if (isListening && open >= MAX_LISTENING) {
        const why = `There are ${MAX_LISTENING} open subscriptions already. End one first.`;
        return send(errorReply(id, RPC.internal, why));
      }
      const one = { gone: new AbortController(), isListening };
      running.set(id, one);
      void handle(id, message, one);
    },
    cancel(id) {
      const one = running.get(id);
      one?.gone.abort();
      return one !== undefined;
    },
    endSubscriptions: () => ending.abort(),
    close() {
      for (const { gone } of running.values()) gone.abort();
    },
  };
}
