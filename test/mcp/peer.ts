import { createInterface } from 'node:readline';
import { type Child, startProgram } from '../child.ts';

/** One JSON-RPC message as it came. */
export interface Message {
  jsonrpc: string;
  id?: number | string;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number; message: string };
}

/** A peer that exchanges raw JSON-RPC lines with a server process; no client library corrects them. */
export interface Peer extends Child {
  /** Every line that came over stdout. */
  lines: string[];
  send(message: object | string): void;
  /** Sends a request and waits for the answer with its id. Rejects if the process ends first. */
  request(method: string, params?: object): Promise<Message>;
  /** Calls a tool and returns its result. */
  call(name: string, args?: object): Promise<Record<string, unknown>>;
  /** Answers requests of the server; default: none is expected. */
  onRequest: (message: Message) => object;
}

/** Starts a server process and shakes hands with it. `script`: another copy of the program. */
export async function startPeer(
  args: readonly string[],
  env: Record<string, string> = {},
  capabilities: object = {},
  script?: string,
): Promise<Peer> {
  const child = await startProgram(['serve', ...args], { GPU_MCP_RESULTS: 'both', ...env }, script);
  const lines: string[] = [];
  const waiting = new Map<number, (message: Message) => void>();
  let lastId = 0;
  const send = (message: object | string) => {
    child.process.stdin.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
  };
  const peer: Peer = {
    ...child,
    lines,
    send,
    onRequest: ({ method }) => {
      throw new Error(`the server asked for ${method}`);
    },
    request(method, params = {}) {
      lastId += 1;
      const id = lastId;
      const answer = new Promise<Message>((resolve) => waiting.set(id, resolve));
      send({ jsonrpc: '2.0', id, method, params });
      const early = child.ended.then(({ code, stderr }) => {
        throw new Error(`ended with ${code} before it answered ${method}: ${stderr}`);
      });
      return Promise.race([answer, early]);
    },
    async call(name, callArgs = {}) {
      const { result, error } = await peer.request('tools/call', { name, arguments: callArgs });
      if (result === undefined) throw new Error(`${name}: ${JSON.stringify(error)}`);
      return result;
    },
  };
  createInterface({ input: child.process.stdout }).on('line', (line) => {
    lines.push(line);
    const message: Message = JSON.parse(line);
    if (message.method !== undefined && message.id !== undefined) {
      send({ jsonrpc: '2.0', id: message.id, result: peer.onRequest(message) });
    } else if (typeof message.id === 'number') {
      waiting.get(message.id)?.(message);
    }
  });
  await peer.request('initialize', {
    protocolVersion: '2025-11-25',
    capabilities,
    clientInfo: { name: 'raw', version: '1' },
  });
  send({ jsonrpc: '2.0', method: 'notifications/initialized' });
  return peer;
}
