import type { Planned } from '../core/plan.ts';
import type { Agreed, AuditLine } from '../store/records.ts';
import type { GateDeps, RecordedCall } from './deps.ts';
import { GATE_LOGS, ORDER_SAYS } from './messages.ts';

/** What the audit line of a call will hold: the plan in force (null before there is one), the ref that was made, who consented. */
export interface CallRecord {
  planned: Planned | null;
  /** What was agreed to before the last reading. */
  agreed: Agreed | null;
  ref: string | null;
  answer: AuditLine['answer'];
  /** The key of the ticket that was taken. */
  ticket: string | null;
  /** What a metered call was, and what it cost or may have cost, USD; null = unknown. */
  use: { summary: string; usd: number | null } | null;
  /** A write may have reached the cloud. */
  sent: boolean;
  /** The line was written together with the end of the order. */
  isAudited: boolean;
}

/** The record of a call that has just begun. */
export const newCallRecord = (): CallRecord => ({
  planned: null,
  agreed: null,
  ref: null,
  answer: 'none',
  ticket: null,
  use: null,
  sent: false,
  isAudited: false,
});

/** The audit line of a call. */
export function lineOf(call: RecordedCall, record: CallRecord, deps: GateDeps, outcome: string): AuditLine {
  const plan = record.planned?.plan ?? record.agreed?.plan;
  return {
    at: deps.now().toISOString(),
    session: call.caller.session,
    tool: call.tool,
    ref: record.ref ?? (plan === undefined ? call.target : plan.ref),
    summary: record.use?.summary ?? plan?.summary ?? ORDER_SAYS.no_plan(call.tool),
    usd_per_hour: plan?.cost.usd_per_hour ?? null,
    usd_upfront: record.use === null ? (plan?.cost.usd_upfront_max ?? null) : record.use.usd,
    answer: record.answer,
    outcome,
  };
}

/** Writes the audit line of a call that sent nothing, or whose outcome is unknown. Without an `outcome` the call goes on. */
export async function audit(
  call: RecordedCall,
  record: CallRecord,
  deps: GateDeps,
  outcome: string | null,
): Promise<void> {
  if (outcome === null || record.isAudited) return;
  try {
    await deps.store.audit.write(lineOf(call, record, deps, outcome));
  } catch (error) {
    deps.log({ level: 'error', msg: GATE_LOGS.audit_unwritten, error: String(error) });
  }
}
