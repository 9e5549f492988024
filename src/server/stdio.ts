import { setImmediate as turn } from 'node:timers/promises';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createGreeter } from './greeter.ts';

/** Lets `initialize` through at once; whatever else comes waits, in its order, for the rest of the server. */
function holdBack(transport: StdioServerTransport, ready: Promise<unknown>): void {
  const deliver = transport.onmessage;
  const release = () => {
    if (deliver !== undefined) transport.onmessage = deliver;
  };
  void ready.then(release, () => {});
  transport.onmessage = (message) => {
    if ('method' in message && message.method === 'initialize') deliver?.(message);
    else void ready.then(() => deliver?.(message)).catch(() => {});
  };
}

/**
 * Serves one connection over stdin and stdout and resolves when it is over: stdin ended, the pipe broke, or the
 * process was told to stop. The SDK's transport does not notice the end of stdin by itself. `load` puts the rest of
 * the server behind the greeting and returns how to let go of it; a client's first message is usually there already,
 * and is answered before. Rejects where `load` does.
 */
export async function serveStdio(
  version: string,
  load: (server: Server) => Promise<() => Promise<void>>,
): Promise<void> {
  const server = createGreeter(version);
  const transport = new StdioServerTransport();
  const over = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
    process.stdout.once('error', () => resolve());
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
    server.onclose = () => resolve();
  });
  await server.connect(transport);
  const loading = turn().then(() => load(server));
  holdBack(transport, loading);
  const unload = await loading;
  // What was held back is answered even where stdin has ended by now.
  await turn();
  await over;
  server.onclose = () => {};
  await unload();
  await server.close();
}
