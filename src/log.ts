import { destination, type Logger, pino } from 'pino';
import type { LogLevel } from './config.ts';
import type { RestDeps } from './rest/send.ts';

/** JSON lines on stderr, every string redacted; stdout belongs to the protocol. */
export function createLog(level: LogLevel, redact: (text: string) => string): RestDeps['log'] {
  const logger: Logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination({ dest: 2, sync: true }),
  );
  return ({ level: at, msg, ...fields }) => {
    if (!logger.isLevelEnabled(at)) return;
    const clean: unknown = JSON.parse(redact(JSON.stringify(fields)));
    logger[at](clean, redact(msg));
  };
}
