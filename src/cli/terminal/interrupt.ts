import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The wish that a command ends early, and how a prompt that reads Ctrl-C itself passes it on. */
export interface Interrupt {
  signal: AbortSignal;
  interrupt: (by?: (typeof SIGNALS)[number]) => void;
}

/**
 * Listens for Ctrl-C and for signals to end. The exit code is then 128 and the number of the signal, as shells have
 * it (130 for Ctrl-C). A second signal ends the process at once. Nobody reading on (`| head`) ends it too, and is fine.
 */
export function untilInterrupted(): Interrupt {
  const stop = new AbortController();
  const interrupt: Interrupt['interrupt'] = (by = 'SIGINT') => {
    process.exitCode = 128 + constants.signals[by];
    stop.abort();
  };
  for (const name of SIGNALS) process.once(name, () => interrupt(name));
  process.stdout.on('error', () => stop.abort());
  return { signal: stop.signal, interrupt };
}
