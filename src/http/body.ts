import type { IncomingMessage } from 'node:http';
import { type Message, RPC } from '../engine/rpc.ts';
import { refuse } from './reply.ts';

const WORD = /^[a-z_/]{1,64}$/i;

const wordOf = (value: unknown): string | null =>
  typeof value === 'string' && WORD.test(value) ? value : null;

/** What a message is about, in words that can stand in a log. */
export function subjectOf({ method, params }: Message): { method: string; tool?: string } | undefined {
  const about = wordOf(method);
  if (about === null) return undefined;
  const named = typeof params === 'object' && params !== null && 'name' in params ? params.name : null;
  const tool = about === 'tools/call' ? wordOf(named) : null;
  return { method: about, ...(tool !== null && { tool }) };
}

const TYPE = /^application\/json\s*(?:;|$)/i;

const tooLarge = (most: number): Response =>
  refuse({
    status: 413,
    message: `The body is larger than ${most} bytes. Nothing was done.`,
    headers: { connection: 'close' },
  });

/** All bytes; null as soon as there are more than `most`. Rejects where the client goes away before the end. */
async function readAll(incoming: IncomingMessage, most: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= most) chunks.push(chunk);
      else {
        incoming.pause();
        resolve(null);
      }
    });
    incoming.once('end', () => resolve(Buffer.concat(chunks)));
    incoming.once('error', reject);
    incoming.once('close', () => {
      if (!incoming.complete) reject(new Error('the client went away'));
    });
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    return undefined;
  }
}

/**
 * Reads the one JSON-RPC message of a request, or says what is wrong with it: 415 another type, 413 too large, 400 not
 * JSON, a batch (removed from the protocol with version 2025-06-18), or no object.
 */
export async function readMessage(incoming: IncomingMessage, most: number): Promise<Message | Response> {
  const { 'content-type': type, 'content-encoding': encoding, 'content-length': length } = incoming.headers;
  if (type === undefined || !TYPE.test(type) || (encoding !== undefined && encoding !== 'identity')) {
    return refuse({ status: 415, message: 'The body must be application/json, not compressed.' });
  }
  if (length !== undefined && Number(length) > most) return tooLarge(most);
  let bytes: Buffer | null;
  try {
    bytes = await readAll(incoming, most);
  } catch {
    return refuse({ status: 400, code: RPC.parse, message: 'The body ended early.' });
  }
  if (bytes === null) return tooLarge(most);
  const message = parse(bytes);
  if (message === undefined) {
    return refuse({ status: 400, code: RPC.parse, message: 'The body is not JSON in UTF-8.' });
  }
  if (Array.isArray(message)) {
    return refuse({
      status: 400,
      code: RPC.request,
      message: 'Batches are not served: send one JSON-RPC message a request.',
    });
  }
  if (typeof message !== 'object' || message === null) {
    return refuse({ status: 400, code: RPC.request, message: 'The body is not a JSON-RPC message.' });
  }
  return { ...message };
}
