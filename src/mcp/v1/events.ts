import type {
  EventId,
  EventStore,
  StreamId,
} from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

/** What all event stores of a server hold together, bytes of JSON. */
export interface EventRoom {
  bytes: number;
  readonly limit: number;
}

interface StoredEvent {
  stream: StreamId;
  sequence: number;
  message: JSONRPCMessage;
  bytes: number;
  at: number;
}

export interface EventLimits {
  events: number;
  bytes: number;
  ageMs: number;
}

/** The events of one session, for clients that resume a broken stream. */
export interface BoundedEventStore extends EventStore {
  /** Forgets what is too old to be asked for. */
  expire(): void;
  clear(): void;
  size(): { events: number; bytes: number };
}

/** How the SDK's transport calls the stream that belongs to no request: it exists also while it is silent. */
const STANDALONE = '_GET_stream';
const ID = /^([\w-]{1,64})\.(\d{1,15})$/;

const ENVELOPE = 50;
const sizes = new WeakMap<object, number>();

/** Bytes of a message as JSON. A result is measured once: the list of tools is one large object for all who ask. */
function sizeOf(message: JSONRPCMessage): number {
  if (!('result' in message)) return JSON.stringify(message).length;
  const size = sizes.get(message.result) ?? JSON.stringify(message.result).length;
  sizes.set(message.result, size);
  return size + ENVELOPE;
}

/**
 * Keeps the last events of one session in memory, the oldest going first if there are too many, too large or too
 * old ones, or if all sessions together hold too much. The newest event always stays. Messages are kept by
 * reference, so that a message sent to all sessions is held once.
 */
export function createEventStore(
  limits: EventLimits,
  room: EventRoom,
  monotonic: () => number,
): BoundedEventStore {
  let events: StoredEvent[] = [];
  let bytes = 0;
  let sequence = 0;

  const dropOldest = (count: number): void => {
    for (const event of events.slice(0, count)) {
      bytes -= event.bytes;
      room.bytes -= event.bytes;
    }
    events = events.slice(count);
  };
  const parse = (id: EventId) => {
    const [, stream, number] = ID.exec(id) ?? [];
    if (stream === undefined) return null;
    const known = stream === STANDALONE || events.some((event) => event.stream === stream);
    return known ? { stream, after: Number(number) } : null;
  };

  return {
    async storeEvent(stream, message) {
      sequence += 1;
      const size = sizeOf(message);
      events.push({ stream, sequence, message, bytes: size, at: monotonic() });
      bytes += size;
      room.bytes += size;
      const tooMuch = () => events.length > limits.events || bytes > limits.bytes || room.bytes > room.limit;
      while (events.length > 1 && tooMuch()) dropOldest(1);
      return `${stream}.${sequence}`;
    },
    getStreamIdForEventId: async (id) => parse(id)?.stream,
    async replayEventsAfter(id, { send }) {
      const from = parse(id);
      if (from === null) throw new Error('this event is not known any more');
      for (const event of events) {
        const isMessage = 'jsonrpc' in event.message;
        if (event.stream === from.stream && event.sequence > from.after && isMessage) {
          await send(`${event.stream}.${event.sequence}`, event.message);
        }
      }
      return from.stream;
    },
    expire() {
      const gone = events.findIndex(({ at }) => monotonic() - at < limits.ageMs);
      dropOldest(gone === -1 ? events.length : gone);
    },
    clear: () => dropOldest(events.length),
    size: () => ({ events: events.length, bytes }),
  };
}
