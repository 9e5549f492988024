import { asGpuError, GpuError } from '../core/errors.ts';
import type { PartEnd } from '../core/outcome.ts';
import type { Planned } from '../core/plan.ts';
import { audit, type CallRecord, newCallRecord } from './audit.ts';
import type { Done, GateCall, GateDeps } from './deps.ts';
import { execute } from './execute.ts';
import { SAYS } from './messages.ts';

/** Max parts that are sent at the same time. */
const MAX_CONCURRENT = 5;

/** Runs a task for each item, at most `MAX_CONCURRENT` at a time. Returns the results in the order of the items. */
async function mapConcurrently<T, R>(items: readonly T[], task: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at];
      if (item !== undefined) results[at] = await task(item);
    }
  };
  await Promise.all(Array.from({ length: MAX_CONCURRENT }, worker));
  return results;
}

/** Sends one part, with an order and an audit line of its own. Never throws. Once it is sent, no cancellation stops it. */
async function executePart(
  call: GateCall,
  planned: Planned,
  whole: CallRecord,
  deps: GateDeps,
): Promise<PartEnd> {
  const { answer, ticket } = whole;
  const record: CallRecord = { ...newCallRecord(), planned, answer, ticket };
  try {
    if (call.signal.aborted) throw new GpuError('cancelled', SAYS.cancelled_before);
    const done = await execute(call, planned, null, record, deps);
    return { planned, output: done.output, reconciled: done.reconciled };
  } catch (thrown) {
    const error = asGpuError(thrown);
    await audit(call, record, deps, error.code);
    return { planned, error };
  } finally {
    whole.sent ||= record.sent;
  }
}

/**
 * Executes a plan with parts: each part is admitted, sent, recorded and reported by itself, so that the failure of one
 * does not keep the others from being sent. The caller holds the locks of all parts.
 */
export async function executeParts(
  call: GateCall,
  combine: NonNullable<GateCall['combine']>,
  planned: Planned,
  record: CallRecord,
  deps: GateDeps,
): Promise<Done> {
  record.isAudited = planned.parts.length > 0;
  const ends = await mapConcurrently(planned.parts, (part) => executePart(call, part, record, deps));
  const reconciled = ends.some((end) => 'output' in end && end.reconciled);
  const output = combine(planned, ends);
  // Each part has an audit line of its own. Without parts, this line is the only record of the consent.
  await audit(call, record, deps, 'nothing_to_do');
  return { kind: 'done', output, ref: null, extras: [], reconciled };
}
