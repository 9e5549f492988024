import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { type Housekeeping, startHousekeeping } from '../../engine/housekeeping.ts';
import type { Runtime } from '../../engine/runtime.ts';
import { registerHandlers } from './server.ts';

/**
 * Puts a whole server behind the greeting of a stdio connection, and keeps house beside it once the client has said
 * that it is initialized, however often it says so. Returns how to stop that;
 * it resolves when the round that may be under way is over.
 */
export function attachRuntime(server: Server, runtime: Runtime): () => Promise<void> {
  registerHandlers(server, runtime);
  let housekeeping: Housekeeping | null = null;
  server.onerror = (error) => runtime.log({ level: 'warn', msg: 'protocol error', error: error.message });
  server.oninitialized = () => {
    housekeeping ??= startHousekeeping(runtime);
  };
  runtime.log({
    level: 'info',
    msg: 'clouds and tools ready',
    tools: runtime.tools.size,
    clouds: runtime.cloudIds,
  });
  return async () => housekeeping?.stop();
}
