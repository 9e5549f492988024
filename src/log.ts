import type { LogLevel } from './config.ts';
import { redactDeep } from './rest/redact.ts';
import type { RestDeps } from './rest/send.ts';

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };

/**
 * JSON lines on stderr, every string redacted; stdout belongs to the protocol. Written here and not by a library:
 * it is one line of code, and a library's own start would be paid at every start of the server.
 */
export function createLog(level: LogLevel, redact: (text: string) => string): RestDeps['log'] {
  // A client that closes our stderr loses the log, not the server.
  if (process.stderr.listenerCount('error') === 0) process.stderr.on('error', () => {});
  return ({ level: at, msg, ...fields }) => {
    if (RANKS[at] < RANKS[level]) return;
    const clean = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [redact(name), redactDeep(redact, value)]),
    );
    const line = { level: at, time: new Date().toISOString(), ...clean, msg: redact(msg) };
    process.stderr.write(`${JSON.stringify(line)}\n`);
  };
}
