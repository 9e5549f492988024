import { AsyncLocalStorage } from 'node:async_hooks';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { Processes } from '../../core/live.ts';
import { idOf, lostError, type RpcId } from '../../engine/rpc.ts';
import type { BoundedEventStore } from './events.ts';

/** The answer to a request that its server was still working on when the session or the server ended. */
export const cutOff = (id: string | number) => ({
  jsonrpc: '2.0' as const,
  id,
  error: lostError('This request was cut off, because the server or its session ends.'),
});

/** The content of an event's id: its session and process, the request of its stream, and if it was the last event. */
interface Origin {
  session: string;
  process: string;
  request: RpcId;
  isLast: boolean;
  /** How often a client was asked to come again. */
  tries: number;
}

/** Longer ids of requests are not repeated in those of events. */
const MAX_REQUEST = 200;

const nameOf = ({ session, process, request, isLast, tries }: Origin): string => {
  const id = typeof request === 'string' && request.length > MAX_REQUEST ? null : request;
  return Buffer.from(JSON.stringify([session, process, id, isLast, tries])).toString('base64url');
};

function originIn(eventId: string): Origin | null {
  const [, name = ''] = /^[\w-]+\.\d+\.([\w-]{1,1000})$/.exec(eventId) ?? [];
  try {
    const [session, process, request, isLast, tries]: unknown[] = JSON.parse(
      Buffer.from(name, 'base64url').toString(),
    );
    const isNamed = typeof session === 'string' && typeof process === 'string';
    if (!isNamed || typeof isLast !== 'boolean' || typeof tries !== 'number') return null;
    return { session, process, request: idOf({ id: request }), isLast, tries };
  } catch {
    return null;
  }
}

const STREAM = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' };

const eventText = (id: string, message: object | null): string =>
  message === null
    ? `id: ${id}\nretry: 1000\ndata: \n\n`
    : `event: message\nid: ${id}\ndata: ${JSON.stringify(message)}\n\n`;

/** A client comes again every second: this long in all while another process may have the answer. */
const MAX_TRIES = 60;

/** Resumes the streams of requests after they broke. */
interface Resumption {
  /** Runs a step that stores events of one request. */
  during<T>(request: RpcId, step: () => T): T;
  /** The id of the next event of a stream. */
  nameEvent(stream: string, sequence: number, message: JSONRPCMessage | object): string;
  /** The answer to a client that has seen this event; null if the SDK resumes the stream. */
  resume(eventId: string, events: BoundedEventStore): Promise<Response | null>;
}

/** The request whose message is being sent. One for all sessions: on Node 20 each of them slows every promise of the process. */
const answering = new AsyncLocalStorage<RpcId>();

/**
 * A client whose stream broke asks for the rest of it, and waits until it times out. So every such request gets an answer:
 * the rest of the stream; an error if the process that had it has ended or does not keep it; or, while another process may
 * have it, to come again, because a load balancer may route it there. The ids of events suffice for any process to decide.
 */
export function createResumption({
  session,
  self,
  processes,
  isRunning,
}: {
  /** The session's name among processes. */
  session: string;
  self: string;
  processes: Processes | null;
  isRunning: (request: RpcId) => boolean;
}): Resumption {
  const mark = session.slice(0, 16);

  const isElsewhere = async ({ process, request }: Origin): Promise<boolean> => {
    if (process === self) return isRunning(request);
    // A store that is away cannot say.
    return processes?.isAlive(process).catch(() => true) ?? false;
  };
  return {
    during: (request, step) => answering.run(request, step),
    nameEvent(stream, sequence, message) {
      const isLast = 'id' in message && !('method' in message);
      const request = answering.getStore() ?? null;
      return `${stream}.${sequence}.${nameOf({ session: mark, process: self, request, isLast, tries: 0 })}`;
    },
    async resume(eventId, events) {
      const origin = originIn(eventId);
      if (origin === null || origin.session !== mark || origin.request === null) return null;
      // The standard for event streams: a client that gets 204 opens the stream no more.
      if (origin.isLast) return new Response(null, { status: 204 });
      const rest = events.restOf(eventId);
      if (rest !== null) {
        if (!rest.isWhole) return null;
        return new Response(rest.events.map(({ id, message }) => eventText(id, message)).join(''), {
          headers: STREAM,
        });
      }
      const renamed = (over: Partial<Origin>) =>
        eventId.replace(/[\w-]+$/, nameOf({ ...origin, tries: origin.tries + 1, ...over }));
      if (origin.tries < MAX_TRIES && (await isElsewhere(origin)))
        return new Response(eventText(renamed({}), null), { headers: STREAM });
      const why = 'The server that was answering this request has ended or does not keep its answer.';
      const reply = { jsonrpc: '2.0', id: origin.request, error: lostError(why) };
      return new Response(eventText(renamed({ isLast: true }), reply), { headers: STREAM });
    },
  };
}
