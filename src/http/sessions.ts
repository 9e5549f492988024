import { randomUUID } from 'node:crypto';
import type { HttpLimits } from '../config/http.ts';
import type { Log } from '../core/live.ts';
import type { Message } from '../engine/rpc.ts';
import type { Runtime } from '../engine/runtime.ts';
import type { EventRoom } from '../mcp/v1/events.ts';
import { type HttpSession, openSession } from '../mcp/v1/session.ts';
import type { Caller } from './exchange.ts';
import { createPlaces } from './messages.ts';
import {
  createPeers,
  keptSessions,
  nameOf,
  REPLICA,
  type SessionRecord,
  wallMoment,
} from './shared-sessions.ts';

/** One session and its owner. */
export interface Session {
  /** Caller, access and keys: nobody else's requests reach it. */
  owner: string;
  caller: Caller;
  openedAt: number;
  connection: HttpSession;
  /** Stores the record from which other processes, and this one after a restart, rebuild it. */
  keep(): Promise<boolean>;
  /** Restarts its idle time. */
  used(): void;
  /** Ends it in this process; for other processes that may serve it, its record decides. */
  forget(): Promise<void>;
  /** Ends it in all processes, because its client ended it. */
  end(): Promise<void>;
}

/** A session that this process does not have yet. */
interface Restored {
  id: string;
  record: SessionRecord;
  /** How old it is, milliseconds. */
  age_ms: number;
}

/** What a new session needs. */
interface NewSession {
  owner: string;
  runtime: Runtime;
  /** True for a client that reads no streams. */
  answersJson: boolean;
  /** The client's first message. */
  initialize: Message;
  restored?: Restored;
  onClosed: () => void;
}

/** A place for one more session. */
export interface Place {
  open(wanted: NewSession): Promise<Session>;
  giveBack(): void;
}

/** Why there is no place. */
interface Full {
  status: 429 | 503;
  words: string;
}

/** All sessions of one server. */
export interface Sessions {
  reserve(caller: Caller): Place | Full;
  /** The session, if it belongs to this owner; sessions of others look as if they did not exist. */
  find(id: string, owner: string): Session | null;
  count(): number;
  /** The number of requests that are being answered. */
  busy(): number;
  /** Ends sessions that are idle or too old, or whose caller's access has ended. */
  sweep(stillGood: (caller: Caller) => boolean): Promise<void>;
  close(): Promise<void>;
  /** Resolves once the store has all records. */
  saved(): Promise<void>;
}

/** Min interval between two writes of a session's last use to the store, milliseconds. */
const TOUCH_MS = 60_000;

/** The answer to a caller with too many sessions. */
export const tooMany = ({ sessionsPerCaller }: HttpLimits): Full => ({
  status: 429,
  words: `You have ${sessionsPerCaller} open sessions, the maximum for one caller. End one (DELETE) or try again later.`,
});

/** The sessions of one server, within its limits. */
export function createSessions(limits: HttpLimits, deps: { monotonic: () => number; log: Log }): Sessions {
  const { monotonic, log } = deps;
  const sessions = new Map<string, Session>();
  const places = createPlaces(limits.sessions, limits.sessionsPerCaller);
  const peers = createPeers(
    (name) =>
      [...sessions.values()].find(({ connection }) => nameOf(connection.id) === name)?.connection ?? null,
  );
  const room: EventRoom = { bytes: 0, limit: limits.eventBytesInAll };
  /** Writes that no request waits for. */
  const writing = new Set<Promise<void>>();
  const writeLater = (write: Promise<void>): void => {
    writing.add(write);
    void write.finally(() => writing.delete(write));
  };

  const isOver = (session: Session, stillGood: boolean): boolean => {
    const { streams, usedAt, confirmed } = session.connection;
    if (session.connection.inFlight() > 0) return false;
    if (!stillGood && session.caller.until === null) return true;
    if (monotonic() - session.openedAt >= limits.maxAgeMs) return true;
    return streams === 0 && monotonic() - usedAt >= (confirmed ? limits.idleMs : limits.unconfirmedMs);
  };

  /** Keeps the record of a session in the store. `isKept`: it is there already. */
  const keep = (
    store: Runtime['gate']['store'],
    { id, owner }: { id: string; owner: string },
    record: SessionRecord,
    isKept: boolean,
  ) => {
    const kept = keptSessions(store, limits);
    const watched = new Set(record.watched);
    let isThere = isKept;
    let keptAt = Number.NEGATIVE_INFINITY;
    const save = async (isConfirmed: boolean) => {
      isThere = true;
      const saved = await kept.save(id, owner, { ...record, watched: [...watched] }, isConfirmed);
      isThere = saved === 'kept';
      // From the first request after the handshake on, the session is kept for longer.
      keptAt = isThere && isConfirmed ? monotonic() : Number.NEGATIVE_INFINITY;
      return saved;
    };
    return {
      save,
      watch: (uri: string, on: boolean) => (on ? watched.add(uri) : watched.delete(uri)),
      used() {
        if (monotonic() - keptAt < TOUCH_MS) return;
        keptAt = monotonic();
        writeLater(isThere ? kept.touch(id) : save(true).then(() => {}));
      },
      forget: async () => {
        if (store.sharedReadings === null && isThere) await kept.drop(id);
      },
      drop: () => kept.drop(id),
    };
  };

  const open = async (caller: Caller, giveBack: () => void, wanted: NewSession): Promise<Session> => {
    const { owner, runtime, answersJson, initialize, restored, onClosed } = wanted;
    const { store } = runtime.gate;
    const id = restored?.id ?? randomUUID();
    const name = nameOf(id);
    const { send, leave } = peers.join(store);
    const opened = await store.moment().catch(() => wallMoment(runtime.now().getTime()));
    const first = restored?.record ?? { initialize, answersJson, opened, watched: [] };
    const record = keep(store, { id, owner }, first, restored !== undefined);
    const connection = await openSession({
      id,
      owner,
      runtime,
      answersJson,
      limits,
      room,
      monotonic,
      log,
      name,
      processes: store.processes,
      self: store.processes?.self ?? REPLICA,
      send,
      onWatch: (uri, on, asked) => {
        record.watch(uri, on);
        if (asked === 'elsewhere') return;
        // Saved first: a process that rebuilds the session meanwhile misses the message, and reads the record.
        writeLater(record.save(true).then(() => void send({ kind: 'watch', session: name, uri, on })));
      },
      onClosed: () => {
        leave();
        sessions.delete(id);
        giveBack();
        onClosed();
      },
    });
    const session: Session = {
      owner,
      caller,
      openedAt: monotonic() - (restored?.age_ms ?? 0),
      connection,
      keep: async () => (await record.save(false)) !== 'full',
      used: record.used,
      forget: record.forget,
      async end() {
        void send({ kind: 'ended', session: name });
        await record.drop();
      },
    };
    sessions.set(id, session);
    return session;
  };

  return {
    reserve(caller) {
      const giveBack = places.take(caller.id);
      if (giveBack === 'caller') return tooMany(limits);
      if (giveBack === 'all') {
        return { status: 503, words: 'All sessions of this server are taken. Try again later.' };
      }
      return { giveBack, open: (wanted) => open(caller, giveBack, wanted) };
    },
    find(id, owner) {
      const session = sessions.get(id);
      return session !== undefined && session.owner === owner ? session : null;
    },
    count: () => sessions.size,
    busy: () => [...sessions.values()].reduce((sum, { connection }) => sum + connection.inFlight(), 0),
    async sweep(stillGood) {
      for (const session of [...sessions.values()]) {
        const { connection } = session;
        connection.forgetOldEvents();
        const good = stillGood(session.caller);
        if (!good && connection.streams > 0) connection.endStream();
        // An open stream counts as use, too.
        if (good && connection.streams > 0) session.used();
        if (!isOver(session, good)) continue;
        // Removed first, so that no other sweep and no request uses it meanwhile.
        sessions.delete(connection.id);
        await session.forget();
        log({ level: 'info', msg: 'session ended', session: connection.id.slice(0, 8) });
        await connection.close();
      }
    },
    async close() {
      await Promise.all([...sessions.values()].map(({ connection }) => connection.close()));
    },
    async saved() {
      await Promise.all(writing);
    },
  };
}
