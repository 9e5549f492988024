import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { parseAccept } from 'hono/utils/accept';
import type { CloudId } from '../core/ref.ts';

/** The two forms of an answer (Model Context Protocol 2025-11-25, Transports > Streamable HTTP). */
const JSON_TYPE = 'application/json';
const STREAM_TYPE = 'text/event-stream';

/** The forms that a client can read. */
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

/** The keys that a caller sent, by cloud. */
export type CallerKeys = Readonly<Record<CloudId, string | undefined>>;

/**
 * What a caller may do: `read` sees only the read-only tools; `unattended` may act with a confirmation token alone under
 * `--confirm token`, under which every other caller is asked.
 */
export type Access = 'read' | 'write' | 'unattended';

/** The caller of a request. */
export interface Caller {
  /** Limits count by it, e.g. `token:anna`, `oauth:3f…`; `local` if no authentication is required. */
  id: string;
  access: Access;
  /** The hash of what the caller proved. A session belongs to it. */
  proof: string;
  /** When the proof expires, milliseconds, by the clock that is ahead; null = when the operator withdraws it. */
  until: { wall: number; monotonic: number } | null;
}

/** The other end of a connection, by its socket or by the headers of a trusted proxy. */
export interface Peer {
  address: string;
  scheme: 'http' | 'https';
  /** The requested Host; empty if none or several were given. */
  host: string;
  /** The trusted proxy's id of the request. */
  requestId: string | null;
}

/** Who asks, who pays, and the forms of the answer. */
export interface Asker {
  caller: Caller;
  /** The header that proves who asks. */
  authorization: string | undefined;
  pays: { name: string; keys: CallerKeys | null };
  readable: Readable;
}

/** The owner of a session or a consent: the caller's proof, its rights, and the keys that pay. Both names are hashes already. */
export const ownerOf = ({ proof, access }: Caller, account: string): string =>
  `${proof} ${access} ${account}`;

/** The values that middlewares pass to each other. */
export interface HttpEnv {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    peer: Peer;
    caller: Caller | undefined;
    session: string | undefined;
    /** Method of the JSON-RPC message, and the tool if it calls one. */
    rpc: { method: string; tool?: string } | undefined;
  };
}
