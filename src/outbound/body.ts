import { createParser } from 'eventsource-parser';
import { jsonIn } from '../core/text.ts';
import { TransportFailure } from './errors.ts';
import type { Call } from './send.ts';

const MIB = 1024 * 1024;
const MAX_BYTES: Record<Call['reads'], number> = { json: 8 * MIB, bytes: 32 * MIB, events: 32 * MIB };
const MAX_EVENT_CHARS = 4 * MIB;
/** The payload that ends a stream in the OpenAI form (Nebula Block API Reference, Inference). */
const END_OF_STREAM = '[DONE]';

/** Reads a reply's body piece by piece. `done`: the rest of the body does not matter. */
export interface BodyReader {
  take: (chunk: Uint8Array) => void;
  /** The parsed body: JSON, raw text if it is not JSON, bytes, or null for an empty body or a finished stream. */
  end: () => unknown;
  done: () => boolean;
}

const parseText = (text: string): unknown => {
  if (text.trim() === '') return null;
  const value = jsonIn(text);
  return value === undefined ? text : value;
};

const collect = (finish: (bytes: Buffer) => unknown): BodyReader => {
  const chunks: Uint8Array[] = [];
  return {
    take: (chunk) => {
      chunks.push(chunk);
    },
    end: () => finish(Buffer.concat(chunks)),
    done: () => false,
  };
};

const asJson = (): BodyReader => collect((bytes) => parseText(new TextDecoder().decode(bytes)));

const MAX_ENVELOPE = MIB;

/** Bytes, or the JSON object that they hold: some downloads report an error as JSON without a JSON type. */
function bytesOrEnvelope(bytes: Buffer): unknown {
  if (bytes[0] === 0x7b && bytes.length <= MAX_ENVELOPE) {
    const parsed = parseText(new TextDecoder().decode(bytes));
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  }
  return new Uint8Array(bytes);
}

const asBytes = (): BodyReader => collect(bytesOrEnvelope);

const asEvents = (onEvent: (data: string) => void): BodyReader => {
  const decoder = new TextDecoder();
  let done = false;
  let tooLarge = false;
  const parser = createParser({
    maxBufferSize: MAX_EVENT_CHARS,
    onError: (error) => {
      tooLarge ||= error.type === 'max-buffer-size-exceeded';
    },
    onEvent: ({ data }) => {
      if (done) return;
      onEvent(data);
      done = data.trim() === END_OF_STREAM;
    },
  });
  const feed = (text: string) => {
    parser.feed(text);
    if (tooLarge) throw new TransportFailure('too_large', true);
  };
  return {
    take: (chunk) => feed(decoder.decode(chunk, { stream: true })),
    end: () => {
      feed(`${decoder.decode()}\n\n`);
      return null;
    },
    done: () => done,
  };
};

const choose = (call: Call, status: number, contentType: string): BodyReader => {
  const good = status >= 200 && status <= 299;
  if (good && call.reads === 'bytes' && !/\bjson\b/i.test(contentType)) return asBytes();
  if (good && call.reads === 'events' && /^text\/event-stream\b/i.test(contentType)) {
    return asEvents(call.onEvent ?? (() => {}));
  }
  return asJson();
};

/**
 * The reader for a reply, chosen by the call and the type of the reply: an error, and JSON instead of expected bytes, are
 * read as JSON, so that the cloud's message is not lost.
 * Its `take` throws TransportFailure `too_large` beyond the call's cap.
 */
export function createReader(call: Call, status: number, contentType: string): BodyReader {
  const reader = choose(call, status, contentType);
  const cap = call.maxBytes ?? MAX_BYTES[call.reads];
  let size = 0;
  return {
    ...reader,
    take: (chunk) => {
      size += chunk.byteLength;
      if (size > cap) throw new TransportFailure('too_large', true);
      reader.take(chunk);
    },
  };
}
