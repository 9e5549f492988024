import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createServer } from './create.ts';
import { startHousekeeping } from './housekeeping.ts';
import type { Runtime } from './runtime.ts';

/**
 * Serves one connection over stdin and stdout and resolves when it is over: stdin ended, the pipe broke, or the
 * process was told to stop. The SDK's transport does not notice the end of stdin by itself.
 */
export async function serveStdio(runtime: Runtime): Promise<void> {
  const server = createServer(runtime);
  const transport = new StdioServerTransport();
  const over = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
    process.stdout.once('error', () => resolve());
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
    server.onclose = () => resolve();
  });
  server.onerror = (error) => runtime.log({ level: 'warn', msg: 'protocol error', error: error.message });
  let stopHousekeeping = () => {};
  server.oninitialized = () => {
    stopHousekeeping = startHousekeeping(runtime);
  };
  await server.connect(transport);
  runtime.log({
    level: 'info',
    msg: 'serving MCP over stdio',
    tools: runtime.tools.size,
    clouds: runtime.cloudIds,
  });
  await over;
  stopHousekeeping();
  server.onclose = () => {};
  await server.close();
}
