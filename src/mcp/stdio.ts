import { setImmediate as turn } from 'node:timers/promises';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import type { ListedTool } from '../engine/catalogue.ts';
import { createGreeter } from './v1/greeter.ts';
import { toListResult } from './v1/sdk-results.ts';

/** How often a server that only greets looks whether something is left to do. Our choice. */
const LOOK_MS = 30_000;

/** What stands behind the greeting of a stdio server. */
export interface Behind {
  /** Makes the list of tools, where it is known without the rest of the server. */
  list: (() => readonly ListedTool[]) | null;
  /** Whether there is work that waits for no request: pods whose time is up, orders that a crash left open. */
  isDue: () => Promise<boolean>;
  /** Puts the rest behind the greeting and returns how to let go of it. */
  load: (server: Server) => Promise<() => Promise<void>>;
}

/** What a server that only greets answers by itself. */
const AT_ONCE = ['initialize', 'notifications/initialized', 'ping'] as const;

/** Something that is loaded once, when it is first called for. */
interface Later<T> {
  call: () => void;
  called: () => boolean;
  /** Resolves or rejects as the loading does; pending until it is called for. */
  ready: Promise<T>;
}

function later<T>(load: () => Promise<T>): Later<T> {
  let called = false;
  let begin = () => {};
  const ready = new Promise<void>((resolve) => {
    begin = resolve;
  }).then(load);
  return {
    ready,
    called: () => called,
    call: () => {
      called = true;
      begin();
    },
  };
}

/** Lets through what the greeter answers; all else waits, in its order, for the rest, and a request calls for it. */
function holdBack(transport: StdioServerTransport, atOnce: ReadonlySet<string>, rest: Later<unknown>): void {
  const deliver = transport.onmessage;
  const release = () => {
    if (deliver !== undefined) transport.onmessage = deliver;
  };
  void rest.ready.then(release, () => {});
  transport.onmessage = (message) => {
    if ('method' in message && atOnce.has(message.method)) return deliver?.(message);
    void rest.ready.then(() => deliver?.(message)).catch(() => {});
    // Behind the replies to what came before, because loading lets nothing else happen.
    if ('id' in message) void turn().then(rest.call);
  };
}

/** Calls for the rest when something is due: looks once the client is there, and then every 30 s. Returns how to stop. */
function keepLooking(server: Server, isDue: () => Promise<boolean>, rest: Later<unknown>): () => void {
  let there = false;
  const look = async () => {
    if (there && !rest.called() && (await isDue())) rest.call();
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  server.oninitialized = () => {
    there = true;
    void look();
  };
  // The rest has its own work to begin with, and may have missed that the client is there.
  void rest.ready.then(() => there && server.oninitialized?.()).catch(() => {});
  return () => clearInterval(timer);
}

/** Resolves when the connection is over. The SDK's transport does not notice the end of stdin by itself. */
const endOf = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
    // Once broken it fails at every write: without a listener the next one would end the process in the middle of its work.
    process.stdout.on('error', () => resolve());
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
    server.onclose = () => resolve();
  });

/**
 * Serves one connection over stdin and stdout and resolves when it is over: stdin ended, the pipe broke, or the
 * process was told to stop. The greeting and, where it is known, the list of tools need nothing else; the rest is loaded by
 * the first request that does. Rejects where that fails.
 */
export async function serveStdio(version: string, { list, isDue, load }: Behind): Promise<void> {
  const server = createGreeter(version);
  if (list !== null) {
    server.setRequestHandler(ListToolsRequestSchema, () => toListResult({ tools: list() }));
  }
  const rest = later(() => load(server));
  const over = endOf(server);
  const transport = new StdioServerTransport();
  await server.connect(transport);
  holdBack(transport, new Set<string>(list === null ? AT_ONCE : [...AT_ONCE, 'tools/list']), rest);
  const stopLooking = keepLooking(server, isDue, rest);
  try {
    await Promise.race([over, rest.ready.then(() => over)]);
    // What came with the end of stdin still calls for the rest, and is answered.
    await turn();
    await turn();
    const unload = rest.called() ? await rest.ready : null;
    await turn();
    server.onclose = () => {};
    await unload?.();
  } finally {
    stopLooking();
  }
  await server.close();
}
