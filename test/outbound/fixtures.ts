import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import * as z from 'zod';
import { CLOUDS, keyFormsOf } from '../../src/clouds/index.ts';
import type { BudgetStore, BudgetWindow } from '../../src/core/budget.ts';
import { issuePermit } from '../../src/core/permit.ts';
import type { RetryDeps } from '../../src/outbound/retry.ts';
import type {
  Call,
  Endpoint,
  IsOwnError,
  Reply,
  RestDeps,
  Send,
  StackOptions,
} from '../../src/outbound/send.ts';

/** A canary key: it may appear in the authentication header alone. */
export const KEY = 'volt_canary_8f2c1d7e';

const HOUR_MS = 3_600_000;

/** The count of one process, in windows of an hour. */
export function createLocalBudget(monotonic: () => number): BudgetStore {
  let used = 0;
  let polls = 0;
  let endsAt = Number.NEGATIVE_INFINITY;
  const window = (): BudgetWindow => ({ used, polls, ends_in_ms: endsAt - monotonic() });
  return {
    take: async ({ limit, poll_limit }) => {
      if (monotonic() >= endsAt) [used, polls, endsAt] = [0, 0, monotonic() + HOUR_MS];
      const granted = used < limit && (poll_limit === null || polls < poll_limit);
      if (granted) used += 1;
      if (granted && poll_limit !== null) polls += 1;
      return { granted, window: window() };
    },
    pause: async () => {},
    giveBack: async ({ poll_limit }) => {
      used = Math.max(0, used - 1);
      if (poll_limit !== null) polls = Math.max(0, polls - 1);
    },
  };
}

/** A clock that only sleeping moves, and everything that was logged and slept. */
export function fakeDeps(start = Date.UTC(2026, 0, 1)) {
  const slept: number[] = [];
  const logged: Record<string, unknown>[] = [];
  let at = 0;
  let wall = start;
  const deps: RestDeps = {
    log: (event) => logged.push(event),
    now: () => wall,
    monotonic: () => at,
    sleep: async (ms, signal) => {
      slept.push(ms);
      if (signal?.aborted) throw new DOMException('aborted', 'AbortError');
      at += ms;
      wall += ms;
    },
    random: () => 1,
    budgetFor: () => createLocalBudget(() => at),
  };
  const retryDeps: RetryDeps = { ...deps, explain: () => null };
  return {
    deps,
    retryDeps,
    slept,
    logged,
    advance: (ms: number) => {
      at += ms;
      wall += ms;
    },
    /** The wall clock is put forward or back. */
    jump: (ms: number) => {
      wall += ms;
    },
  };
}

export const permit = () => issuePermit('test').permit;

/** Volt's documented form of an error. */
export const isOwnError: IsOwnError = ({ body }) =>
  typeof body === 'object' && body !== null && 'error' in body && body.error === true;

/** A repeatable GET by default. */
export const call = (over: Partial<Call> = {}): Call => ({
  cloud: 'volt',
  method: 'GET',
  url: 'http://127.0.0.1/pods',
  route: '/pods',
  repeatable: true,
  reads: 'json',
  timeoutMs: 2_000,
  cacheMs: 0,
  headers: {},
  body: null,
  io: { signal: new AbortController().signal },
  trace: { status: null, attempts: 0 },
  ...over,
});

/** A write with a live permit. */
export const write = (over: Partial<Call> = {}): Call =>
  call({
    method: 'POST',
    repeatable: false,
    io: { signal: new AbortController().signal, permit: permit() },
    ...over,
  });

export const reply = (status: number, body: unknown = null, headers: Record<string, string> = {}): Reply => ({
  status,
  headers,
  body,
});

/** A `next` that answers from a script, throws what is an Error in it, repeats its last entry, and counts. */
export function scripted(...script: (Reply | Error)[]) {
  const calls: Call[] = [];
  const send: Send = async (given) => {
    calls.push(given);
    const answer = script[Math.min(calls.length, script.length) - 1];
    if (answer === undefined || answer instanceof Error) throw answer ?? new Error('empty script');
    return answer;
  };
  return { send, calls };
}

/** What a promise rejects with; fails the test if it does not reject. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => ({ error }),
  );
  if (outcome === null) throw new Error('expected a rejection');
  return outcome.error;
}

const baseOf = (address: string | AddressInfo | null): string => {
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return `http://127.0.0.1:${address.port}`;
};

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A local HTTP server that notes every request before it answers. */
export async function httpServer(answer: (seen: Seen, response: ServerResponse, count: number) => void) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const one: Seen = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    };
    seen.push(one);
    answer(one, response, seen.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { base: baseOf(server.address()), seen, close };
}

/** A raw TCP server: `onRequest` gets each request head that arrives, with the number of the connection. */
export async function tcpServer(onRequest: (socket: Socket, head: string, connection: number) => void) {
  const heads: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createTcpServer((socket) => {
    connections += 1;
    const connection = connections;
    sockets.add(socket);
    socket.on('error', () => {});
    let pending = '';
    socket.on('data', (data) => {
      pending += data.toString();
      for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
        const head = pending.slice(0, end);
        pending = pending.slice(end + 4);
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        pending = pending.slice(length);
        heads.push(head.split('\r\n')[0] ?? '');
        onRequest(socket, head, connection);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return { base: baseOf(server.address()), heads, connections: () => connections, close };
}

/** A complete small JSON reply as it is sent on the wire. */
export const wireJson = (body: string, status = '200 OK'): string =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

export const stackOptions = (
  base: string,
  deps: RestDeps,
  over: Partial<StackOptions> = {},
): StackOptions => ({
  cloud: 'volt',
  title: 'Volt',
  bases: { api: base },
  key: KEY,
  keyForms: keyFormsOf(CLOUDS),
  authorize: (key) => ({ 'X-API-Key': key }),
  explain: () => null,
  isOwnError,
  hourlyBudget: null,
  deps,
  ...over,
});

export const POD = z.object({ id: z.string() });

export const READ: Endpoint<z.infer<typeof POD>> = {
  method: 'GET',
  path: '/pods/:id',
  repeatable: true,
  response: POD,
};
/** A write that is a GET, as Nebula has them. */
export const STOP: Endpoint<z.infer<typeof POD>> = {
  method: 'GET',
  path: '/pods/:id/stop',
  repeatable: false,
  response: POD,
};
export const CREATE: Endpoint<z.infer<typeof POD>> = {
  method: 'POST',
  path: '/pods',
  repeatable: false,
  response: POD,
};
