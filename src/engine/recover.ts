import type { Outcome } from '../core/outcome.ts';
import { type Planned, storedPlanSchema } from '../core/plan.ts';
import { LOOK_PAUSES_MS, settle } from '../gate/reconcile.ts';
import type { Intent } from '../store/journal.ts';
import { TOOLS } from '../tools/index.ts';
import { toolContext } from './context.ts';
import type { Runtime } from './runtime.ts';

/** All of a recovery: whoever waits for it, such as get_spend, is itself waited for by a client. */
const RECOVERY_MS = 45_000;
const LATE_LOOK_MS = 30_000;
/** How long after its order a thing may still turn up in the lists. Documented nowhere; our choice. */
const MAY_TURN_UP_MS = 15 * 60 * 1000;

/** What looking for an order showed; `failed`: the cloud could not be read, so nothing is known. */
type Seen = Outcome<unknown> | { failed: string };

/** The plan, with what later orders made counted as known, so that it is not taken for this order's. */
function withKnown(stored: unknown, refs: readonly string[]): Planned {
  const planned = storedPlanSchema.parse(stored);
  return { ...planned, before: [...planned.before, ...refs] };
}

/** Looks for what an order made. Never throws. */
async function lookFor(...args: Parameters<typeof lookWith>): Promise<Seen> {
  try {
    return await lookWith(...args);
  } catch (error) {
    return { failed: error instanceof Error ? error.message : 'no reason given' };
  }
}

async function lookWith(
  runtime: Runtime,
  intent: Intent,
  signal: AbortSignal,
  pauses: readonly number[],
): Promise<Seen> {
  const tool = TOOLS.find(({ name }) => name === intent.tool);
  const reconcile = tool?.open(intent.input).reconcile ?? null;
  if (reconcile === null) return { notFound: 'it cannot be looked for.' };
  const ctx = toolContext(runtime, signal, () => {});
  const fresh = { ...ctx, io: { ...ctx.io, fresh: true } };
  let failed: string | null = null;
  const found = await settle(
    async () => {
      failed = 'no reading came in time';
      const seen = await reconcile(fresh, withKnown(intent.planned, runtime.gate.journal.refs())).catch(
        (error: unknown) => {
          failed = error instanceof Error ? error.message : 'no reason given';
          throw error;
        },
      );
      failed = null;
      return seen;
    },
    (ms) => runtime.sleep(ms, signal),
    pauses,
  );
  return failed === null ? found : { failed };
}

const messageOf = (output: unknown): string =>
  typeof output === 'object' && output !== null && 'message' in output ? String(output.message) : 'done.';

const pastDue = (runtime: Runtime, { at }: Intent): boolean =>
  runtime.now().getTime() - Date.parse(at) > MAY_TURN_UP_MS;

/** Whether an order of this process, whose outcome is unknown, may still turn up. */
export const awaitsOrders = (runtime: Runtime): boolean =>
  runtime.gate.journal.left().some((intent) => !pastDue(runtime, intent));

/** The words for what was seen and the end of the intent; no end = it stays open and is looked for again. */
function verdict(
  runtime: Runtime,
  intent: Intent,
  seen: Seen,
  start: string,
): { say: string; outcome?: string } {
  if ('failed' in seen) return { say: `${start} It could not be looked for yet: ${seen.failed}` };
  if ('found' in seen) {
    return {
      say: `${start} Looking shows that it took effect: ${messageOf(seen.found)}`,
      outcome: 'recovered',
    };
  }
  if ('ambiguous' in seen) {
    return {
      say: `${start} ${seen.why} Candidates: ${seen.ambiguous.join(', ')}.`,
      outcome: 'outcome_unknown',
    };
  }
  const say = `${start} Looking shows no effect: ${seen.notFound}`;
  return pastDue(runtime, intent)
    ? { say, outcome: 'not_seen' }
    : { say: `${say} It is watched for a while.` };
}

async function conclude(
  runtime: Runtime,
  intent: Intent,
  outcome: string,
  ref: string | null,
): Promise<void> {
  const { journal, audit, now } = runtime.gate;
  await journal.close({ id: intent.id, outcome, ref });
  const { plan } = storedPlanSchema.parse(intent.planned);
  await audit.write({
    at: now().toISOString(),
    session: 'recovery',
    tool: intent.tool,
    ref: ref ?? plan.ref,
    summary: `${plan.summary} (ordered at ${intent.at})`,
    usd_per_hour: plan.cost.usd_per_hour,
    usd_upfront: plan.cost.usd_upfront_max,
    answer: 'earlier',
    outcome,
  });
}

const refOf = (seen: Seen): string | null => ('found' in seen ? (seen.ref ?? null) : null);

function tell(runtime: Runtime, notice: string): void {
  if (runtime.book.notices().includes(notice)) return;
  runtime.book.notice(notice);
  runtime.log({ level: 'warn', msg: notice });
}

async function recoverOne(runtime: Runtime, intent: Intent, signal: AbortSignal): Promise<void> {
  const start = `An earlier process ended in the middle of ${intent.tool} (${intent.at}).`;
  const seen = await lookFor(runtime, intent, signal, LOOK_PAUSES_MS);
  const { say, outcome } = verdict(runtime, intent, seen, start);
  tell(runtime, say);
  if (outcome === undefined) runtime.gate.journal.leave(intent.id);
  else await conclude(runtime, intent, outcome, refOf(seen));
}

/**
 * Looks for the results of orders that a killed process left open, closes them in the journal, and tells what was
 * found: on stderr now, and in get_spend. What cannot be told yet stays open. Reads only. Never rejects.
 */
export async function recoverAbandoned(runtime: Runtime): Promise<void> {
  const signal = AbortSignal.timeout(RECOVERY_MS);
  try {
    const intents = await runtime.gate.journal.abandoned();
    for (const intent of intents.toSorted((a, b) => a.at.localeCompare(b.at))) {
      await recoverOne(runtime, intent, signal).catch((error: unknown) => {
        runtime.gate.journal.leave(intent.id);
        tell(
          runtime,
          `What became of ${intent.tool} (${intent.at}) could not be written down: ${error instanceof Error ? error.message : 'unknown reason'}.`,
        );
      });
    }
  } catch (error) {
    tell(
      runtime,
      `The journal of earlier processes could not be read: ${error instanceof Error ? error.message : 'unknown reason'}.`,
    );
  }
}

/**
 * Looks once for each order whose outcome is still unknown: a cloud may show a new thing only minutes later. Told and
 * closed when it turns up, or when it has not for a quarter of an hour. Reads only.
 */
export async function lookForLate(runtime: Runtime): Promise<void> {
  for (const intent of runtime.gate.journal.left()) {
    const start = `The outcome of ${intent.tool} (${intent.at}) was unknown.`;
    const seen = await lookFor(runtime, intent, AbortSignal.timeout(LATE_LOOK_MS), [0]);
    const { say, outcome } = verdict(runtime, intent, seen, start);
    if (outcome === undefined) continue;
    tell(runtime, say);
    await conclude(runtime, intent, outcome, refOf(seen));
  }
}
