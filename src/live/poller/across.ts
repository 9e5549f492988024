import * as z from 'zod';
import type { Poller, RefreshTarget } from './poller.ts';

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
