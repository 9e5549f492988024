import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { equip } from './create.ts';
import { startHousekeeping } from './housekeeping.ts';
import type { Runtime } from './runtime.ts';

/** Puts a whole server behind the greeting of a stdio connection, and keeps house beside it. Returns how to stop that. */
export function attend(server: Server, runtime: Runtime): () => void {
  equip(server, runtime);
  let stopHousekeeping = () => {};
  server.onerror = (error) => runtime.log({ level: 'warn', msg: 'protocol error', error: error.message });
  server.oninitialized = () => {
    stopHousekeeping = startHousekeeping(runtime);
  };
  runtime.log({
    level: 'info',
    msg: 'serving MCP over stdio',
    tools: runtime.tools.size,
    clouds: runtime.cloudIds,
  });
  return () => stopHousekeeping();
}
