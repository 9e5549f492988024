import type { IncomingMessage } from 'node:http';
import { admit, type Frame } from '../engine/frames.ts';
import { objectIn } from '../engine/json.ts';
import { errorReply, type Message, RPC, type RpcId } from '../engine/rpc.ts';

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

/** A refusal as MCP clients expect it: the HTTP status, and the reason in words in a JSON-RPC error. */
export const refuse = ({ status, message, code = -32000, id = null, headers = {} }: Refusal): Response =>
  new Response(JSON.stringify(errorReply(id, code, message)), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });

/** The refusal of anything new once the process got a signal to stop. */
export const stopping = (id: RpcId): Response =>
  refuse({
    status: 503,
    id,
    message: 'upstream_unavailable: this server is stopping and starts nothing new. Nothing was sent.',
    headers: { 'retry-after': '5' },
  });

/** Plain JSON for what is not MCP. */
export const json = (status: number, body: object, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

const WORD = /^[a-z_/]{1,64}$/i;

const wordOf = (value: unknown): string | null =>
  typeof value === 'string' && WORD.test(value) ? value : null;

/** What a message is about, in words that can stand in a log. */
export function subjectOf({ method, params }: Message): { method: string; tool?: string } | undefined {
  const about = wordOf(method);
  if (about === null) return undefined;
  const tool = about === 'tools/call' ? wordOf(objectIn(params).name) : null;
  return { method: about, ...(tool !== null && { tool }) };
}

const TYPE = /^application\/json\s*(?:;|$)/i;

/** Why a body was not read: it is larger than allowed, the client went away before its end, or it took too long. */
type BodyFault = 'too_large' | 'cut_off' | 'late';

/**
 * Reads a body of at most `maxBytes`, and for at most `withinMs`. Hono's body limit is not used: a client that goes away
 * in the middle of a chunked body would be a fault of this server there, and it has no limit of time.
 */
export async function readBody(
  incoming: IncomingMessage,
  maxBytes: number,
  withinMs?: number,
): Promise<Buffer | BodyFault> {
  if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) return 'too_large';
  const chunks: Buffer[] = [];
  let size = 0;
  let timer: NodeJS.Timeout | undefined;
  const read = new Promise<Buffer | BodyFault>((resolve) => {
    if (withinMs !== undefined) timer = setTimeout(resolve, withinMs, 'late');
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else {
        incoming.pause();
        resolve('too_large');
      }
    });
    incoming.once('end', () => resolve(Buffer.concat(chunks)));
    incoming.once('error', () => resolve('cut_off'));
    incoming.once('close', () => {
      if (!incoming.complete) resolve('cut_off');
    });
  });
  return read.finally(() => clearTimeout(timer));
}

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
 * Reads the one JSON-RPC message of a request and judges it. Answers 415 to another type, 413 to a body that is too
 * large, 400 to one that is not JSON or no JSON-RPC message.
 */
export async function readFrame(incoming: IncomingMessage, maxBytes: number): Promise<Frame | Response> {
  const { 'content-type': type, 'content-encoding': encoding } = incoming.headers;
  if (type === undefined || !TYPE.test(type) || (encoding !== undefined && encoding !== 'identity')) {
    return refuse({ status: 415, message: 'The body must be application/json, not compressed.' });
  }
  const bytes = await readBody(incoming, maxBytes);
  if (bytes === 'too_large') {
    const message = `The body is larger than ${maxBytes} bytes. Nothing was done. If it holds images, scale them down, or give their https addresses in image_urls.`;
    return refuse({ status: 413, message, headers: { connection: 'close' } });
  }
  if (!Buffer.isBuffer(bytes)) {
    return refuse({ status: 400, code: RPC.parse, message: 'The body ended early.' });
  }
  const value = parseJson(bytes);
  if (value === undefined) {
    return refuse({ status: 400, code: RPC.parse, message: 'The body is not JSON in UTF-8.' });
  }
  const frame = admit(value);
  if (!('reply' in frame) || frame.reply.error.code === RPC.params) return frame;
  const { id, error } = frame.reply;
  return refuse({ status: 400, id, ...error });
}
