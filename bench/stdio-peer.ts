import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { scratch } from './bundles.ts';

const INITIALIZE = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'bench', version: '1' },
};

/** A server process, spoken to in raw JSON-RPC lines: no client library stands between it and the clock. */
export interface Peer {
  /** Sends a request and resolves with its reply. */
  ask: (method: string, params?: object) => Promise<object>;
  tell: (method: string) => void;
  /** Resident memory in MB; null where the system does not tell. */
  memory: () => number | null;
  end: () => Promise<void>;
}

/** Starts a server; it sees no other environment than this and keys that open nothing. */
export function startPeer(file: string, args: readonly string[] = []): Peer {
  const nowhere = 'http://127.0.0.1:9';
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH ?? '',
      GPU_MCP_STATE_DIR: scratch(),
      VOLT_API_KEY: 'volt_bench_key_0123',
      VOLT_BASE_URL: nowhere,
      NEBULA_API_KEY: 'ak_bench_key_0123456789',
      NEBULA_BASE_URL: nowhere,
      NEBULA_INFERENCE_URL: nowhere,
    },
  });
  const waiting = new Map<number, (reply: object) => void>();
  let rest = '';
  let last = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const reply = JSON.parse(line) as { id?: number };
      if (reply.id === undefined) continue;
      waiting.get(reply.id)?.(reply);
      waiting.delete(reply.id);
    }
  });
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  return {
    ask: (method, params) =>
      new Promise((resolve) => {
        last += 1;
        waiting.set(last, resolve);
        send({ id: last, method, ...(params && { params }) });
      }),
    tell: (method) => void send({ method }),
    memory: () => {
      if (process.platform !== 'linux') return null;
      const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      return Number(kilobytes) / 1024;
    },
    end: async () => {
      const ended = once(child, 'close');
      child.stdin.end();
      await ended;
    },
  };
}

/** The handshake up to the reply to `initialize`. */
export const greet = (peer: Peer): Promise<object> => peer.ask('initialize', INITIALIZE);
