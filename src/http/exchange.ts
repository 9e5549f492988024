import type { HttpBindings } from '@hono/node-server';
import type { CloudId } from '../core/ref.ts';
import type { Readable } from './accept.ts';

/** The keys that a caller sent, by cloud. */
export type CallerKeys = Readonly<Record<CloudId, string | undefined>>;

/**
 * What a caller may do: `read` sees the read-only tools alone; `unattended` may, where the operator chose `--confirm token`,
 * act with a confirmation token alone, and everybody else is asked there.
 */
export type Access = 'read' | 'write' | 'unattended';

/** Who sent a request. */
export interface Caller {
  /** Limits count by it, e.g. `token:anna`, `oauth:3f…`; `local` if no authentication is required. */
  id: string;
  access: Access;
  /** Hash of what was proven. A session belongs to it. */
  proof: string;
  /** When the proof ends, milliseconds; null = when the operator withdraws it. */
  until: number | null;
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
