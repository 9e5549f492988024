import type { LogLevel } from './config/read.ts';
import type { Log } from './core/live.ts';
import { jsonLine } from './core/text.ts';
import { redactDeep } from './outbound/redact.ts';

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };

/** As long as a text in the log may be, and as much of it as is searched for secrets before it is cut. */
const MAX_TEXT = 1_000;
const MAX_SEARCHED = 16_384;

/** A text as it may stand in the log: cut, redacted, cut again, so that no secret is cut in two before it is seen. */
const loggable =
  (redact: (text: string) => string) =>
  (text: string): string => {
    const safe = redact(text.slice(0, MAX_SEARCHED));
    return safe.length <= MAX_TEXT ? safe : `${safe.slice(0, MAX_TEXT - 1)}…`;
  };

/** The fields of an event with every text redacted and cut; their own names are ours. */
function clean(fields: Record<string, unknown>, redact: (text: string) => string): Record<string, unknown> {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'number' && typeof value !== 'boolean') fields[name] = redactDeep(redact, value);
  }
  return fields;
}

let prepared = false;

function prepare(): void {
  if (prepared) return;
  prepared = true;
  // A client that closes our stderr loses the log, not the server.
  process.stderr.on('error', () => {});
}

/**
 * JSON lines on stderr, every string redacted; stdout belongs to the protocol. Written here and not by a library:
 * it is little code, and a library's own start would be paid at every start of the server.
 */
export function createLog(level: LogLevel, redact: (text: string) => string): Log {
  prepare();
  const safe = loggable(redact);
  return ({ level: at, msg, ...fields }) => {
    if (RANKS[at] < RANKS[level]) return;
    const line = { level: at, time: new Date().toISOString(), ...clean(fields, safe), msg: safe(msg) };
    process.stderr.write(`${jsonLine(line)}\n`);
  };
}
