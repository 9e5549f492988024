import { errorReply, type RpcId } from '../engine/rpc.ts';

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
