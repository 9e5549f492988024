import type { Outcome } from '../core/outcome.ts';
import { SAYS } from './messages.ts';

/** Pauses before each reading, milliseconds: clouds may list a new pod only seconds after they accepted it. */
export const POLL_PAUSES_MS = [0, 1000, 2000, 4000, 8000] as const;

/**
 * Reads until something is found, several candidates are found, or the pauses are used up; then the last reading
 * counts. A reading that fails (the cloud is still down) counts as "not found" with its reason and the candidates known
 * before; an aborted pause ends the search. Sends no write and never throws: any failure here leaves the outcome unknown.
 */
export async function pollUntilFound<O>(
  read: () => Promise<Outcome<O>>,
  sleep: (ms: number) => Promise<void>,
  pauses: readonly number[] = POLL_PAUSES_MS,
): Promise<Outcome<O>> {
  let last: { notFound: string; candidates?: string[] | undefined } = { notFound: SAYS.nothing_read };
  for (const pause of pauses) {
    try {
      if (pause > 0) await sleep(pause);
    } catch {
      return last;
    }
    try {
      const found = await read();
      if (!('notFound' in found)) return found;
      last = found;
    } catch (error) {
      const { candidates } = last;
      const notFound = SAYS.reading_failed(error instanceof Error ? error.message : null);
      last = { notFound, ...(candidates !== undefined && { candidates }) };
    }
  }
  return last;
}
