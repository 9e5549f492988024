import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { parseAccept } from 'hono/utils/accept';
import type { CloudId } from '../core/ref.ts';

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

/** The keys that a caller sent, by cloud. */
export type CallerKeys = Readonly<Record<CloudId, string | undefined>>;

/**
 * What a caller may do: `read` sees the read-only tools alone; `unattended` may act with a
 * confirmation token alone if the operator chose `--confirm token`; everybody else is asked then.
 */
export type Access = 'read' | 'write' | 'unattended';

/** Who sent a request. */
export interface Caller {
  /** Limits count by it, e.g. `token:anna`, `oauth:3f…`; `local` if no authentication is required. */
  id: string;
  access: Access;
  /** Hash of what was proven. A session belongs to it. */
  proof: string;
  /** When the proof ends, milliseconds: by whichever clock is ahead; null = when the operator withdraws it. */
  until: { wall: number; monotonic: number } | null;
}

/** The other end as it is believed to be: by its socket, or by what a trusted proxy says of it. */
export interface Peer {
  address: string;
  scheme: 'http' | 'https';
  /** The Host it asked for; empty if none or several were given. */
  host: string;
  /** The trusted proxy's id of the request. */
  requestId: string | null;
}

/** Who asks, who pays, and what the answer may look like. */
export interface Asker {
  caller: Caller;
  pays: { name: string; keys: CallerKeys | null };
  readable: Readable;
}

/** Whose a session or a consent is: who proved what, with which rights, paying with which keys. Both names are hashes already. */
export const ownerOf = ({ proof, access }: Caller, account: string): string =>
  `${proof} ${access} ${account}`;

/** What the middlewares leave for each other. */
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

/** One event of the log. */
export interface LogEvent {
  level: 'debug' | 'info' | 'warn' | 'error';
  msg: string;
  [field: string]: unknown;
}
export type Log = (event: LogEvent) => void;
