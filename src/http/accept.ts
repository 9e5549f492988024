import type { IncomingMessage } from 'node:http';
import { parseAccept } from 'hono/utils/accept';

/** The two forms of an answer (Model Context Protocol 2025-11-25, Transports > Streamable HTTP). */
const JSON_TYPE = 'application/json';
const STREAM_TYPE = 'text/event-stream';

/** What a client can read. */
export interface Readable {
  json: boolean;
  stream: boolean;
}

/**
 * Reads the header Accept: the most specific range that covers a type decides, a weight of 0 excludes it, and without
 * the header everything is acceptable (RFC 9110, section 12.5.1).
 */
export function readableBy({ headers }: IncomingMessage): Readable {
  const header = (headers.accept ?? '').trim();
  const ranges = header === '' ? [{ type: '*/*', q: 1 }] : parseAccept(header);
  const accepts = (type: string): boolean => {
    const covering = [type, type.replace(/\/.*/, '/*'), '*/*'];
    const [best] = covering.flatMap((wanted) =>
      ranges.filter((range) => range.type.toLowerCase() === wanted),
    );
    return best !== undefined && best.q > 0;
  };
  return { json: accepts(JSON_TYPE), stream: accepts(STREAM_TYPE) };
}
