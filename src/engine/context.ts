import type { Io } from '../core/cloud.ts';
import type { ToolContext } from '../core/context.ts';
import { readFleet } from '../core/fleet.ts';
import type { Permit } from '../core/permit.ts';
import type { Runtime } from './runtime.ts';

/** Tells a client how far a call is; a no-op where it did not ask to know. */
export type Progress = (done: number, total: number | null, message: string) => void;

/** What a tool sees of one call. A context without a permit can only read. */
export function toolContext(
  runtime: Runtime,
  signal: AbortSignal,
  progress: Progress,
  permit?: Permit,
): ToolContext {
  const io: Io = { signal, ...(permit !== undefined && { permit }) };
  return {
    clouds: runtime.clouds,
    io,
    now: runtime.now,
    sleep: (ms) => runtime.sleep(ms, signal),
    progress,
    caps: runtime.gate.caps,
    book: runtime.book,
    settled: runtime.recover,
    leases: runtime.leases,
    live: runtime.poller,
    ...(runtime.webhook !== null && { webhook: runtime.webhook }),
    files: runtime.files,
    secret: runtime.secret,
    fleet: async () =>
      runtime.gate.reservations.onto(await readFleet(runtime.clouds, { ...io, fresh: true })),
    sandbox: runtime.sandbox,
  };
}
