import type { IncomingMessage } from 'node:http';
import type { HttpLimits } from '../config/http.ts';
import { withSettingsRule } from '../core/settings-rule.ts';
import { type Frame, parseFrame } from '../engine/frames.ts';
import { takesImages } from '../engine/open-call.ts';
import { errorReply, type Message, objectIn, RPC, type RpcId } from '../engine/rpc.ts';

interface Refusal {
  status: number;
  message: string;
  /** JSON-RPC code; default -32000 (server error). */
  code?: number;
  id?: RpcId;
  headers?: Record<string, string>;
}

/** The SDK's own code for an unknown session. */
export const NO_SESSION = -32001;

/** A refusal as MCP clients expect it: the HTTP status, and the reason in a JSON-RPC error. */
export const errorResponse = ({
  status,
  message,
  code = -32000,
  id = null,
  headers = {},
}: Refusal): Response =>
  new Response(JSON.stringify(errorReply(id, code, withSettingsRule(message))), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });

/** The refusal of anything new once the process got a signal to stop. */
export const stopping = (id: RpcId): Response =>
  errorResponse({
    status: 503,
    id,
    message: 'upstream_unavailable: this server is stopping and starts nothing new. Nothing was sent.',
    headers: { 'retry-after': '5' },
  });

/** Log lines about the start and the end of the server. */
export const SERVER_LOGS = { serving: 'serving MCP over HTTP', cut_off: 'calls cut off' } as const;

/** A plain JSON response for requests other than MCP. */
export const json = (status: number, body: object, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

const WORD = /^[a-z_/]{1,64}$/i;

const wordOf = (value: unknown): string | null =>
  typeof value === 'string' && WORD.test(value) ? value : null;

/** The method and tool of a message, if they are safe to log. */
export function subjectOf({ method, params }: Message): { method: string; tool?: string } | undefined {
  const about = wordOf(method);
  if (about === null) return undefined;
  const tool = about === 'tools/call' ? wordOf(objectIn(params).name) : null;
  return { method: about, ...(tool !== null && { tool }) };
}

/** Why there is no place: this caller has its max, or all are taken. */
type NoPlace = 'caller' | 'all';

/** A bounded number of places, in all and for one caller. */
interface Places {
  /** Takes one. Returns the function that gives it back, or why there is none. */
  take(caller: string): (() => void) | NoPlace;
}

/** At most `max` places, and `maxOfOne` for one caller; all are free at first. */
export function createPlaces(max: number, maxOfOne: number): Places {
  const holders: string[] = [];
  return {
    take(caller) {
      if (holders.filter((one) => one === caller).length >= maxOfOne) return 'caller';
      if (holders.length >= max) return 'all';
      holders.push(caller);
      let isHeld = true;
      return () => {
        if (isHeld) holders.splice(holders.indexOf(caller), 1);
        isHeld = false;
      };
    },
  };
}

const TYPE = /^application\/json\s*(?:;|$)/i;

/** Why a body was not read: it is too large, there is no place for it, the client went away, or it took too long. */
type BodyFault = 'too_large' | NoPlace | 'cut_off' | 'late';

/** The max size of a body, bytes. */
interface BodySize {
  max: number;
  /** `max` for bodies that hold images. `admits` is called once, with the beginning, for a body above the usual `max`. */
  more?: { max: number; admits: (begin: Buffer) => 'taken' | 'too_large' | NoPlace };
}

/**
 * Reads a body of that size within `withinMs`. Hono's body limit is not used: it counts a client that goes away during a
 * chunked body as an internal failure, and it has no time limit.
 */
export async function readBody(
  incoming: IncomingMessage,
  { max: usual, more }: BodySize,
  withinMs?: number,
): Promise<Buffer | BodyFault> {
  if (Number(incoming.headers['content-length'] ?? 0) > (more?.max ?? usual)) return 'too_large';
  // A client that hung up before this sends no further event.
  if (incoming.destroyed && !incoming.complete) return 'cut_off';
  const chunks: Buffer[] = [];
  let size = 0;
  let max = usual;
  /** Null if the body may go on. */
  const faultAt = (): BodyFault | null => {
    if (size <= max) return null;
    if (more === undefined || max === more.max || size > more.max) return 'too_large';
    const answer = more.admits(Buffer.concat(chunks));
    if (answer !== 'taken') return answer;
    max = more.max;
    return null;
  };
  let timer: NodeJS.Timeout | undefined;
  const read = new Promise<Buffer | BodyFault>((resolve) => {
    if (withinMs !== undefined) timer = setTimeout(resolve, withinMs, 'late');
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      chunks.push(chunk);
      const fault = faultAt();
      if (fault === null) return;
      incoming.pause();
      chunks.length = 0;
      resolve(fault);
    });
    incoming.once('end', () => resolve(Buffer.concat(chunks)));
    incoming.once('error', () => resolve('cut_off'));
    incoming.once('close', () => {
      if (!incoming.complete) resolve('cut_off');
    });
  });
  return read.finally(() => clearTimeout(timer));
}

/** True if a message calls a tool whose arguments may hold images. */
const holdsImages = ({ method, params }: Message): boolean =>
  method === 'tools/call' && takesImages(objectIn(params).name);

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The JSON value in a body; undefined if it is not JSON in UTF-8. */
export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    return undefined;
  }
}

/**
 * Reads and checks the JSON-RPC message of a request. Answers 415 to another type, 413 to a body that is too
 * large, 400 to one that is not JSON or no JSON-RPC message.
 */
export async function checkFrame(
  incoming: IncomingMessage,
  { bodyBytes: max, imageBodyBytes: maxWithImages }: HttpLimits,
  place: () => 'taken' | NoPlace,
): Promise<Frame | Response> {
  const { 'content-type': type, 'content-encoding': encoding } = incoming.headers;
  if (type === undefined || !TYPE.test(type) || (encoding !== undefined && encoding !== 'identity')) {
    return errorResponse({ status: 415, message: 'The body must be application/json, not compressed.' });
  }
  const bytes = await readBody(incoming, {
    max,
    more: {
      max: maxWithImages,
      admits: (begin) => (begin.includes('"tools/call"') ? place() : 'too_large'),
    },
  });
  const tooLarge = () => {
    const message = `The body is larger than ${max} bytes (${maxWithImages} for a call that holds images). Nothing was done. Scale images down, or give their https addresses in image_urls.`;
    return errorResponse({ status: 413, message, headers: { connection: 'close' } });
  };
  if (bytes === 'too_large') return tooLarge();
  if (bytes === 'caller' || bytes === 'all') {
    const message = 'Too many calls with images are running. Nothing was done. Wait until one has ended.';
    const headers = { connection: 'close', 'retry-after': '5' };
    return errorResponse({ status: bytes === 'caller' ? 429 : 503, message, headers });
  }
  if (!Buffer.isBuffer(bytes)) {
    return errorResponse({ status: 400, code: RPC.parse, message: 'The body ended early.' });
  }
  const value = parseJson(bytes);
  if (value === undefined) {
    return errorResponse({ status: 400, code: RPC.parse, message: 'The body is not JSON in UTF-8.' });
  }
  const frame = parseFrame(value);
  if (bytes.length > max && !('message' in frame && holdsImages(frame.message))) return tooLarge();
  if (!('reply' in frame) || frame.reply.error.code === RPC.params) return frame;
  const { id, error } = frame.reply;
  return errorResponse({ status: 400, id, ...error });
}
