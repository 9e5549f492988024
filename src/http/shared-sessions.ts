import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { HttpLimits } from '../config/http.ts';
import { isCode } from '../core/errors.ts';
import { type Moment, momentSchema } from '../core/moment.ts';
import type { Runtime } from '../engine/runtime.ts';
import type { PeerMessage } from '../mcp/v1/replay.ts';
import type { HttpSession } from '../mcp/v1/session.ts';

type Store = Runtime['gate']['store'];

/** A point in time by the wall clock alone, milliseconds. */
export const wallMoment = (wall: number): Moment => ({ boot: '', mono: 0, wall });

/** What a session is rebuilt from, by another process or after a restart. `opened`: earlier versions kept only the wall clock's time. */
const recordSchema = z.object({
  initialize: z.record(z.string(), z.unknown()),
  answersJson: z.boolean(),
  opened: z.union([momentSchema, z.number().transform(wallMoment)]),
  /** URIs that the client subscribed to. */
  watched: z.array(z.string()),
});
export type SessionRecord = z.infer<typeof recordSchema>;

/** The name of a session in records and messages. It does not reveal the id, which gives access. */
export const nameOf = (id: string): string => createHash('sha256').update(`session ${id}`).digest('hex');

/** Times in milliseconds, and the max sessions of one owner. */
type SessionBounds = Pick<HttpLimits, 'idleMs' | 'unconfirmedMs' | 'sessionsPerCaller'>;

/** The sessions in the store of an account; each is kept while it is used. */
interface KeptSessions {
  /** `full`: its owner has its max; `unreachable`: the store does not answer. */
  save(
    id: string,
    owner: string,
    record: SessionRecord,
    isConfirmed: boolean,
  ): Promise<'kept' | 'full' | 'unreachable'>;
  /** The record and how old the session is, milliseconds. Null: there is none, or it is another owner's; `unreachable`: the store does not answer. */
  load(id: string, owner: string): Promise<{ record: SessionRecord; age_ms: number } | null | 'unreachable'>;
  /** Restarts its time. */
  touch(id: string): Promise<void>;
  drop(id: string): Promise<void>;
}

/** Keeps sessions for `idleMs` after their last use; without a request after the handshake for `unconfirmedMs`. */
export function keptSessions(
  { sessions, elapsed }: Store,
  { idleMs, unconfirmedMs, sessionsPerCaller }: SessionBounds,
): KeptSessions {
  // One after the other, so that an earlier save does not write a session that has ended meanwhile.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(write: () => Promise<T>, otherwise: T): Promise<T> => {
    const done = last.then(write).catch(() => otherwise);
    last = done;
    return done;
  };
  return {
    save: (id, owner, record, isConfirmed) =>
      inTurn(async () => {
        const for_ms = isConfirmed ? idleMs : unconfirmedMs;
        const bounds = { max_count: sessionsPerCaller };
        return (await sessions.put(nameOf(id), owner, record, for_ms, bounds)) ? 'kept' : 'full';
      }, 'unreachable'),
    async load(id, owner) {
      try {
        const record = recordSchema.safeParse(await sessions.get(nameOf(id), owner)).data;
        return record === undefined ? null : { record, age_ms: Math.max(0, await elapsed(record.opened)) };
      } catch (error) {
        if (!isCode(error, 'upstream_unavailable')) throw error;
        return 'unreachable';
      }
    },
    touch: (id) => inTurn(async () => void (await sessions.touch(nameOf(id), idleMs)), undefined),
    drop: (id) => inTurn(async () => void (await sessions.drop(nameOf(id))), undefined),
  };
}

const TOPIC = 'sessions';

const session = z.string();
const peerMessageSchema: z.ZodType<PeerMessage> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('answer'), session, to: z.string(), id: z.number(), body: z.unknown() }),
  z.object({ kind: z.literal('cancelled'), session, body: z.unknown() }),
  z.object({ kind: z.literal('watch'), session, uri: z.string(), on: z.boolean() }),
  z.object({ kind: z.literal('ended'), session }),
]);

/** The name of this process in messages to the others, and in the sessions of a store that gives it none. */
export const REPLICA = randomBytes(4).toString('hex');

/** The other processes that serve sessions of the same store. */
interface Peers {
  /** `send` sends a message to all of them; `leave` is called once no session here uses the store. */
  join(store: Store): { send: (message: PeerMessage) => Promise<boolean>; leave: () => void };
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

/** Connects this process to the others. `find`: a session of this process by its name. */
export function createPeers(find: (name: string) => HttpSession | null): Peers {
  const joined = new Map<Store, { users: number; stop: () => void }>();
  const receive = (text: string) => {
    const received = parse(text);
    if (received === null || received.from === REPLICA) return;
    const { message } = received;
    find(message.session)?.receive(message);
  };
  return {
    join(store) {
      const known = joined.get(store) ?? { users: 0, stop: store.watch(TOPIC, receive) };
      known.users += 1;
      joined.set(store, known);
      let isHere = true;
      return {
        send: (message) =>
          store.notify(TOPIC, JSON.stringify({ from: REPLICA, message })).then(
            () => true,
            () => false,
          ),
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
