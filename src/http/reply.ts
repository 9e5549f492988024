/** Id of a JSON-RPC request, as far as it is known. */
export type RpcId = string | number | null;

interface Refusal {
  status: number;
  message: string;
  /** JSON-RPC code; default -32000 (server error). */
  code?: number;
  id?: RpcId;
  headers?: Record<string, string>;
}

/** JSON-RPC codes (JSON-RPC 2.0, Error object) and the SDK's own for an unknown session. */
export const RPC = { parse: -32700, request: -32600, params: -32602, session: -32001 } as const;

/** A refusal as MCP clients expect it: the HTTP status, and the reason in words in a JSON-RPC error. */
export const refuse = ({ status, message, code = -32000, id = null, headers = {} }: Refusal): Response =>
  new Response(JSON.stringify({ jsonrpc: '2.0', error: { code, message }, id }), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });

/** Plain JSON for what is not MCP. */
export const json = (status: number, body: object, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
