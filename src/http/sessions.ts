import { randomUUID } from 'node:crypto';
import type { HttpLimits } from '../config/http-settings.ts';
import type { Runtime } from '../engine/runtime.ts';
import type { EventRoom } from '../mcp/v1/events.ts';
import { type HttpSession, openSession } from '../mcp/v1/session.ts';
import type { Caller, Log } from './exchange.ts';

/** One session and whose it is. */
export interface Session {
  /** Caller, access and keys: nobody else's requests reach it. */
  owner: string;
  caller: Caller;
  openedAt: number;
  connection: HttpSession;
}

/** What a new session is made of. */
export interface NewSession {
  owner: string;
  runtime: Runtime;
  /** True for a client that reads no streams. */
  answersJson: boolean;
  onClosed: () => void;
}

/** A place for one more session, to be used or given back. */
export interface Place {
  open(wanted: NewSession): Promise<Session>;
  giveBack(): void;
}

/** Why there is no place. */
export interface Full {
  status: 429 | 503;
  words: string;
}

/** All sessions of one server. */
export interface Sessions {
  reserve(caller: Caller): Place | Full;
  /** The session, if it belongs to this owner: the owner of another is not revealed. */
  find(id: string, owner: string): Session | null;
  count(): number;
  /** Requests that are being answered. */
  busy(): number;
  /** Ends what is idle, too old, or whose caller may no longer come in. */
  sweep(stillGood: (caller: Caller) => boolean): Promise<void>;
  close(): Promise<void>;
}

/** Keeps the sessions of one server within its bounds. */
export function createSessions(limits: HttpLimits, deps: { monotonic: () => number; log: Log }): Sessions {
  const { monotonic, log } = deps;
  const sessions = new Map<string, Session>();
  const places = new Map<string, number>();
  const room: EventRoom = { bytes: 0, limit: limits.eventBytesInAll };
  let taken = 0;

  const occupy = (callerId: string, by: 1 | -1): void => {
    taken += by;
    const count = (places.get(callerId) ?? 0) + by;
    if (count === 0) places.delete(callerId);
    else places.set(callerId, count);
  };
  const isOver = (session: Session, stillGood: boolean): boolean => {
    const { streams, usedAt, confirmed } = session.connection;
    if (session.connection.inFlight() > 0) return false;
    if (!stillGood && session.caller.until === null) return true;
    if (monotonic() - session.openedAt >= limits.maxAgeMs) return true;
    return streams === 0 && monotonic() - usedAt >= (confirmed ? limits.idleMs : limits.unconfirmedMs);
  };

  return {
    reserve(caller) {
      if ((places.get(caller.id) ?? 0) >= limits.sessionsPerCaller) {
        const words = `You have ${limits.sessionsPerCaller} open sessions, the maximum for one caller. End one (DELETE) or try again later.`;
        return { status: 429, words };
      }
      if (taken >= limits.sessions) {
        return { status: 503, words: 'All sessions of this server are taken. Try again later.' };
      }
      occupy(caller.id, 1);
      let free = false;
      const giveBack = () => {
        if (!free) occupy(caller.id, -1);
        free = true;
      };
      return {
        giveBack,
        async open({ owner, runtime, answersJson, onClosed }) {
          const id = randomUUID();
          const over = () => {
            sessions.delete(id);
            giveBack();
            onClosed();
          };
          const shared = { limits, room, monotonic, log };
          const connection = await openSession({
            id,
            owner,
            runtime,
            answersJson,
            ...shared,
            onClosed: over,
          });
          const session = { owner, caller, openedAt: monotonic(), connection };
          sessions.set(id, session);
          return session;
        },
      };
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
        if (!isOver(session, good)) continue;
        log({ level: 'info', msg: 'session ended', session: connection.id.slice(0, 8) });
        await connection.close();
      }
    },
    async close() {
      await Promise.all([...sessions.values()].map(({ connection }) => connection.close()));
    },
  };
}
