import type { Readable, Writable } from 'node:stream';
import { jsonIn } from '../core/text.ts';
import { parseFrame } from '../engine/frames.ts';
import { type ErrorReply, errorReply, type Message, RPC, requestIdOf } from '../engine/rpc.ts';

/** JSON-RPC over two streams, one message a line (Model Context Protocol, Transports > stdio). */
export interface Pipe {
  /** Resolves once the message is written, or waits for the reader when it is slow. */
  send(message: object): Promise<void>;
  /** Reads no more. */
  close(): void;
}

/** Max bytes of a line; the same as the SDK's limit. */
const MAX_LINE_BYTES = 10 * 1024 * 1024;
const NEWLINE = 10;
const BYTE_ORDER_MARK = /^\uFEFF/;

/** Passes each complete line to `take`; null for one that was too long. */
function createLineReader(take: (line: string | null) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let size = 0;
  const add = (part: Buffer) => {
    size += part.length;
    if (size <= MAX_LINE_BYTES) parts.push(part);
    else parts = [];
  };
  const end = () => {
    const line = size <= MAX_LINE_BYTES ? Buffer.concat(parts).toString('utf8') : null;
    parts = [];
    size = 0;
    take(line);
  };
  return (chunk) => {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      add(chunk.subarray(from, at));
      end();
      from = at + 1;
    }
    if (from < chunk.length) add(chunk.subarray(from));
  };
}

/** Takes a message; `wrong` is the answer to a request whose parameters are wrong. */
type OnMessage = (message: Message, wrong: ErrorReply | null) => void;

/** Reads messages until the input ends or the pipe is closed. Answers anything that is no message with an error. */
export function openPipe(input: Readable, output: Writable, onMessage: OnMessage): Pipe {
  const send = (message: object): Promise<void> =>
    new Promise((resolve) => {
      if (output.write(`${JSON.stringify(message)}\n`)) resolve();
      else output.once('drain', resolve);
    });
  const refuse = (code: number, why: string) => void send(errorReply(null, code, why));
  const read = createLineReader((line) => {
    if (line === null) return refuse(RPC.request, `A line is longer than ${MAX_LINE_BYTES} bytes.`);
    const bare = line.replace(BYTE_ORDER_MARK, '').trim();
    if (bare === '') return;
    const value = jsonIn(bare);
    if (value === undefined) return refuse(RPC.parse, 'A line is not JSON.');
    const frame = parseFrame(value);
    if ('message' in frame) onMessage(frame.message, null);
    else if ('reply' in frame) {
      if (frame.given === undefined) void send(frame.reply);
      else onMessage(frame.given, frame.reply);
    }
  });
  input.on('data', read);
  // After an error of the input, `end` or `close` follows.
  input.on('error', () => {});
  return {
    send,
    close() {
      input.off('data', read);
      input.pause();
    },
  };
}

/** Implementation-defined server error (JSON-RPC 2.0, section 5.1). */
const CANNOT_START = -32_000;

/**
 * Answers `initialize` and every other request on stdin with an error that says why the server cannot start and what to
 * do, so that a client shows the reason instead of a closed connection. Resolves when stdin ends.
 */
export async function refuseStart(reason: string): Promise<void> {
  // A client that closed its end reads no answer.
  process.stdout.on('error', () => {});
  const pipe = openPipe(process.stdin, process.stdout, (message) => {
    const id = requestIdOf(message);
    if (id !== null) void pipe.send(errorReply(id, CANNOT_START, reason));
  });
  await new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
  });
}
