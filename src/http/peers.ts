import * as z from 'zod';
import type { Runtime } from '../engine/runtime.ts';
import { type PeerMessage, REPLICA } from '../mcp/v1/peers.ts';
import type { HttpSession } from '../mcp/v1/session.ts';

type Store = Runtime['gate']['store'];

const TOPIC = 'sessions';

const session = z.string();
const peerMessageSchema: z.ZodType<PeerMessage> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('answer'), session, to: z.string(), id: z.number(), body: z.unknown() }),
  z.object({ kind: z.literal('cancelled'), session, body: z.unknown() }),
  z.object({ kind: z.literal('watch'), session, uri: z.string(), on: z.boolean() }),
  z.object({ kind: z.literal('ended'), session }),
]);

/** The other processes that serve sessions of the same store. */
export interface Peers {
  /** `tell` says something to all of them; `leave` once nobody here has to do with the store any more. */
  join(store: Store): { tell: (message: PeerMessage) => void; leave: () => void };
}

function parse(text: string): { from: string; message: PeerMessage } | null {
  try {
    const { from, message } = JSON.parse(text);
    const { data } = peerMessageSchema.safeParse(message);
    return data === undefined || typeof from !== 'string' ? null : { from, message: data };
  } catch {
    return null;
  }
}

/** `find`: a session that this process has, by its name among processes. */
export function createPeers(find: (name: string) => HttpSession | null): Peers {
  const joined = new Map<Store, { users: number; stop: () => void }>();
  const hear = (text: string) => {
    const heard = parse(text);
    if (heard === null || heard.from === REPLICA) return;
    const { message } = heard;
    if (message.kind === 'answer' && message.to !== REPLICA) return;
    find(message.session)?.receive(message);
  };
  return {
    join(store) {
      const known = joined.get(store) ?? { users: 0, stop: store.watch(TOPIC, hear) };
      known.users += 1;
      joined.set(store, known);
      let isHere = true;
      return {
        // A lost answer ends as one that never came; a lost cancellation as one that came too late.
        tell: (message) =>
          void store.notify(TOPIC, JSON.stringify({ from: REPLICA, message })).catch(() => {}),
        leave() {
          if (!isHere) return;
          isHere = false;
          known.users -= 1;
          if (known.users > 0) return;
          joined.delete(store);
          known.stop();
        },
      };
    },
  };
}
