import { isObject } from '../core/text.ts';

/** The object that a value is; an empty one for anything else. */
export const objectIn = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});

/** Id of a JSON-RPC request; null while none is known. */
export type RpcId = string | number | null;

/** A JSON-RPC message before its parameters are checked. */
export type Message = Record<string, unknown>;

/** Error codes of JSON-RPC 2.0 (section 5.1, Error object). */
export const RPC = {
  parse: -32700,
  request: -32600,
  method: -32601,
  params: -32602,
  internal: -32603,
} as const;

/** Why a request cannot be answered, in any protocol revision: each revision has its own numbers. */
export type RpcFault = 'invalid_params' | 'resource_not_found' | 'missing_capability' | 'internal';

/** A request that cannot be answered. `data` goes to the client as it is. */
export class RpcError extends Error {
  readonly fault: RpcFault;
  readonly data: Record<string, unknown> | null;

  constructor(fault: RpcFault, message: string, data: Record<string, unknown> | null = null) {
    super(message);
    this.fault = fault;
    this.data = data;
  }
}

/** The id of a message; null if it has none that JSON-RPC allows. */
export const idOf = ({ id }: Message): RpcId =>
  typeof id === 'string' || typeof id === 'number' ? id : null;

/** The id of a request; null for a message that needs no answer. */
export const requestIdOf = (message: Message | null): RpcId =>
  message !== null && typeof message.method === 'string' ? idOf(message) : null;

/** The request that a notification cancels; null for any other message. */
export const cancelledIn = (message: Message | null): RpcId =>
  message?.method === 'notifications/cancelled' ? idOf({ id: objectIn(message.params).requestId }) : null;

/** A JSON-RPC error as it goes over the wire. */
export interface ErrorReply {
  jsonrpc: '2.0';
  id: RpcId;
  error: { code: number; message: string; data?: Record<string, unknown> };
}

/** Makes the reply to a request that was not handled. */
export const errorReply = (id: RpcId, code: number, message: string): ErrorReply => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
});

/** The error of a request whose answer will not come, in any protocol revision: none names a code for it. */
export const lostError = (why: string) => ({
  code: -32000,
  message: `${why} What it had sent to a cloud may have taken effect: read the present state (get_spend, list_pods) before you call again. A call with a consent (confirmation_token, requestState) may be repeated with the same one.`,
});
