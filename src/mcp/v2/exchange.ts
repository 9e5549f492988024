import type { RpcId } from '../../engine/rpc.ts';
import { CODE, type Notification, notificationMessage, type Reply, replyMessage } from './wire.ts';

/** One HTTP request of this revision, and the forms in which its client reads the answer. */
interface Exchange {
  id: RpcId;
  readable: { json: boolean; stream: boolean };
  /** A silent stream sends a comment this often, milliseconds; an answer that takes longer becomes a stream. */
  commentMs: number;
  /** The client hung up. */
  onGone: () => void;
}

/** Statuses of answers that are refusals by the protocol itself; every other error is a JSON-RPC answer of status 200. */
const STATUS: Readonly<Record<number, number>> = {
  [CODE.method]: 404,
  [CODE.request]: 400,
  [CODE.header_mismatch]: 400,
  [CODE.missing_capability]: 400,
  [CODE.unsupported_version]: 400,
};

/** A reply as one JSON document. */
export const jsonReply = (id: RpcId, reply: Reply, status?: number): Response =>
  Response.json(replyMessage(id, reply), {
    status: status ?? ('error' in reply ? (STATUS[reply.error.code] ?? 200) : 200),
  });

const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

const utf8 = new TextEncoder();
const eventOf = (message: object): Uint8Array =>
  utf8.encode(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
const COMMENT = utf8.encode(': still working\n\n');

/**
 * Answers in JSON, or as a stream of events if there is a notification or the answer takes long: a proxy closes a connection
 * without data. A client that reads no streams gets only the answer. `run` never rejects.
 */
export function respond(
  { id, readable, commentMs, onGone }: Exchange,
  run: (notify: (notification: Notification) => void) => Promise<Reply>,
): Promise<Response> {
  return new Promise((resolve) => {
    let events: ReadableStreamDefaultController<Uint8Array> | null = null;
    let isOver = false;
    let beat: NodeJS.Timeout | undefined;
    const over = () => {
      isOver = true;
      clearInterval(beat);
    };
    const open = (): ReadableStreamDefaultController<Uint8Array> | null => {
      if (events !== null || isOver || !readable.stream) return events;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          events = controller;
        },
        cancel() {
          over();
          onGone();
        },
      });
      resolve(new Response(body, { headers: STREAM_HEADERS }));
      return events;
    };
    const write = (bytes: Uint8Array) => {
      if (!isOver) open()?.enqueue(bytes);
    };
    beat = setInterval(() => write(COMMENT), commentMs);
    if (!readable.json) open();
    void run((notification) => write(eventOf(notificationMessage(notification)))).then((reply) => {
      clearInterval(beat);
      if (events === null) resolve(jsonReply(id, reply));
      else if (!isOver) {
        write(eventOf(replyMessage(id, reply)));
        events.close();
      }
      over();
    });
  });
}
