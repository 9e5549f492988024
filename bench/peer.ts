import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

const INITIALIZE = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'bench', version: '1' },
};

/** A server process, spoken to in raw JSON-RPC lines: no client library adds to the time. */
export interface Peer {
  /** The handshake up to the reply to `initialize`. */
  greet(): Promise<unknown>;
  /** Sends a request and resolves with its reply. */
  ask(method: string, params?: object): Promise<unknown>;
  /** Resident memory in MB; null if the system does not report it. */
  memory(): number | null;
  end(): Promise<void>;
}

/** Starts a server; it gets no other environment than this. */
export function startPeer(file: string, env: Readonly<Record<string, string | undefined>>): Peer {
  const child = spawn(process.execPath, [file], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  const waiting = new Map<number, (reply: unknown) => void>();
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
  const ask = (method: string, params?: object) =>
    new Promise<unknown>((resolve) => {
      last += 1;
      waiting.set(last, resolve);
      send({ id: last, method, ...(params && { params }) });
    });
  return {
    async greet() {
      const reply = await ask('initialize', INITIALIZE);
      send({ method: 'notifications/initialized' });
      return reply;
    },
    ask,
    memory: () => {
      if (process.platform !== 'linux') return null;
      const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      return Number(kilobytes) / 1024;
    },
    async end() {
      const ended = once(child, 'close');
      child.stdin.end();
      await ended;
    },
  };
}
