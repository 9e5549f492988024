import { asGpuError } from '../core/errors.ts';
import type { Found } from '../core/outcome.ts';
import type { Planned } from '../core/plan.ts';
import type { Intent } from '../gate/journal.ts';
import { settle } from '../gate/reconcile.ts';
import { TOOLS } from '../tools/index.ts';
import { toolContext } from './context.ts';
import type { Runtime } from './runtime.ts';

const TIMEOUT_MS = 90_000;

async function lookFor(runtime: Runtime, intent: Intent): Promise<Found<unknown>> {
  const tool = TOOLS.find(({ name }) => name === intent.tool);
  const call = tool?.open(intent.input);
  const look = call?.look ?? null;
  if (look === null) return { none: 'it cannot be looked for.' };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const ctx = toolContext(runtime, signal, () => {});
  const fresh = { ...ctx, io: { ...ctx.io, fresh: true } };
  return settle(
    () => look(fresh, intent.planned as Planned),
    (ms) => runtime.sleep(ms, signal),
  );
}

function wordsFor(intent: Intent, found: Found<unknown>): string {
  const start = `An earlier process ended in the middle of ${intent.tool} (${intent.at}).`;
  if ('found' in found) return `${start} Looking shows that it took effect: ${messageOf(found.found)}`;
  if ('several' in found) return `${start} ${found.why} Candidates: ${found.several.join(', ')}.`;
  return `${start} Looking shows no effect: ${found.none}`;
}

const messageOf = (output: unknown): string =>
  typeof output === 'object' && output !== null && 'message' in output ? String(output.message) : 'done.';

/**
 * Looks for the results of orders that a killed process left open, closes them in the journal, and tells what was
 * found: on stderr now, and in get_spend. Reads only. Never rejects.
 */
export async function recoverAbandoned(runtime: Runtime): Promise<void> {
  const tell = (notice: string) => {
    runtime.book.notice(notice);
    runtime.log({ level: 'warn', msg: notice });
  };
  try {
    for (const intent of await runtime.gate.journal.abandoned()) {
      const found = await lookFor(runtime, intent).catch(
        (error: unknown): Found<unknown> => ({ none: `looking failed: ${asGpuError(error).message}` }),
      );
      tell(wordsFor(intent, found));
      const outcome = 'found' in found ? 'recovered' : 'several' in found ? 'outcome_unknown' : 'not_seen';
      await runtime.gate.journal.close({ id: intent.id, outcome, ref: null });
    }
  } catch (error) {
    tell(
      `The journal of earlier processes could not be read: ${error instanceof Error ? error.message : 'unknown reason'}.`,
    );
  }
}
