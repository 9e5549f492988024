import type {
  EventId,
  EventStore,
  StreamId,
} from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

/** The size of all event stores of a server together, bytes of JSON. */
export interface EventRoom {
  bytes: number;
  readonly limit: number;
}

interface StoredEvent {
  id: EventId;
  stream: StreamId;
  sequence: number;
  message: JSONRPCMessage;
  bytes: number;
  at: number;
}

interface EventLimits {
  events: number;
  bytes: number;
  ageMs: number;
}

/** The events of one session, for clients that resume a broken stream. */
export interface BoundedEventStore extends EventStore {
  /** Removes events that are too old to be asked for. */
  expire(): void;
  clear(): void;
  /**
   * The events after an event on the stream of its request; null if nothing is known of that stream. `isWhole`: it ended
   * with the answer.
   */
  restOf(id: EventId): { events: { id: EventId; message: JSONRPCMessage }[]; isWhole: boolean } | null;
  size(): { events: number; bytes: number };
}

/** The SDK's name of the stream that belongs to no request. */
const STANDALONE = '_GET_stream';
const ID = /^([\w-]{1,64})\.(\d{1,15})(?:\.[\w-]{1,1000})?$/;

/** The usual id of an event. */
const nameSimply = (stream: StreamId, sequence: number): EventId => `${stream}.${sequence}`;

/** True for an answer to a request, which is the last message of its stream. */
const isAnswer = (message: JSONRPCMessage): boolean => 'id' in message && !('method' in message);

/**
 * Keeps the last events of one session in memory. The oldest are removed if there are too many, too large or too old ones,
 * or if all sessions together hold too much. The newest event always stays. Messages are kept by
 * reference, so that a message sent to all sessions is held once. `nameEvent`: the id of an event on the stream of a request.
 */
export function createEventStore(
  limits: EventLimits,
  room: EventRoom,
  monotonic: () => number,
  nameEvent: (stream: StreamId, sequence: number, message: JSONRPCMessage) => EventId = nameSimply,
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
      const size = JSON.stringify(message).length;
      const name = stream === STANDALONE ? nameSimply : nameEvent;
      const id = name(stream, sequence, message);
      events.push({ id, stream, sequence, message, bytes: size, at: monotonic() });
      bytes += size;
      room.bytes += size;
      const tooMuch = () => events.length > limits.events || bytes > limits.bytes || room.bytes > room.limit;
      while (events.length > 1 && tooMuch()) dropOldest(1);
      return id;
    },
    getStreamIdForEventId: async (id) => parse(id)?.stream,
    async replayEventsAfter(id, { send }) {
      const from = parse(id);
      if (from === null) throw new Error('this event is not known any more');
      for (const event of events) {
        const isMessage = 'jsonrpc' in event.message;
        if (event.stream === from.stream && event.sequence > from.after && isMessage) {
          await send(event.id, event.message);
        }
      }
      return from.stream;
    },
    expire() {
      const gone = events.findIndex(({ at }) => monotonic() - at < limits.ageMs);
      dropOldest(gone === -1 ? events.length : gone);
    },
    restOf(id) {
      const from = parse(id);
      if (from === null || from.stream === STANDALONE) return null;
      const all = events.filter(({ stream }) => stream === from.stream);
      const rest = all.filter(({ sequence, message }) => sequence > from.after && 'jsonrpc' in message);
      return { events: rest, isWhole: all.some(({ message }) => isAnswer(message)) };
    },
    clear: () => dropOldest(events.length),
    size: () => ({ events: events.length, bytes }),
  };
}
