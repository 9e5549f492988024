import type { Cloud } from '../core/cloud.ts';
import { asGpuError } from '../core/errors.ts';
import type { Pod, PodState } from '../core/model.ts';
import type { Outcome } from '../core/outcome.ts';
import { issuePermit } from '../core/permit.ts';
import { completePlan, type Planned } from '../core/plan.ts';
import type { StoredLease } from '../store/records.ts';
import { admitOrder } from './admission.ts';
import { type CallRecord, newCallRecord } from './audit.ts';
import type { GateDeps, RecordedCall } from './deps.ts';
import { closeOrder } from './execute.ts';
import { LEASE_SAYS } from './messages.ts';
import { pollUntilFound } from './reconcile.ts';

/**
 * How one attempt to end a lease ended. `over`: nothing is left to do; otherwise the attempt is repeated after
 * `retry_seconds`, or after a pause that grows with each attempt.
 */
export interface LeaseAttempt {
  over?: true;
  /** What the person should know. */
  notice?: string;
  retry_seconds?: number;
  /** How the audit log names a stop that was sent. */
  outcome?: string;
}

/** One stop. `read` returns the pod as it is now, null if it is gone. */
interface StopCall {
  gate: GateDeps;
  cloud: Cloud;
  lease: StoredLease;
  id: string;
  signal: AbortSignal;
  read: () => Promise<Pod | null>;
}

const STOPPED: readonly (PodState | undefined)[] = ['stopping', 'stopped', 'deleting', 'deleted', undefined];
/** Pause before the pod is read again after a cloud accepted a stop, or may have. */
const RECHECK_SECONDS = 300;

/**
 * Sends one stop and checks whether it took effect, also after a lost reply.
 * @throws GpuError `cancelled` if the process is ending; nothing else
 */
export async function sendStop(call: StopCall, pod: Pod): Promise<LeaseAttempt> {
  const sending = call.gate.writes.open();
  sending.begin();
  try {
    const recorded = callOf(call.lease);
    const planned = planOf(call, pod);
    const id = await admitOrder(recorded, planned, null, null, call.gate);
    const attempt = await stopAndCheck(call);
    const { ref } = call.lease;
    const hasEnded = attempt.over === true;
    const closing = { took_effect: hasEnded, ref, ended: hasEnded ? ref : null };
    const record: CallRecord = { ...newCallRecord(), planned, answer: 'lease' };
    await closeOrder(recorded, id, { outcome: attempt.outcome ?? 'done', ...closing }, record, call.gate);
    return attempt;
  } finally {
    sending.end();
  }
}

/** The stop as it is recorded. */
const callOf = ({ ref }: StoredLease): RecordedCall => ({
  tool: 'stop_pod',
  effect: 'interrupt',
  input: { pod: ref },
  name: null,
  target: ref,
  caller: { principal: 'lease', session: 'lease', can_ask: false },
});

/** The plan of a stop that a lease agreed to. It ends billing: no other stop is sent for a lease. */
function planOf({ gate, cloud, lease }: StopCall, pod: Pod): Planned {
  const summary = LEASE_SAYS.stop(lease, pod.state);
  return completePlan('stop_pod', gate.now().toISOString(), {
    plan: { ref: lease.ref, summary, effects: [], consequences: [], challenge: 'stop' },
    head: { what: summary, name: null, until: null, worst: '' },
    cloud: cloud.id,
    ends_billing: true,
    data: null,
  });
}

async function stopAndCheck({ gate, cloud, lease, id, signal, read }: StopCall): Promise<LeaseAttempt> {
  const { permit, revoke } = issuePermit('stop_pod');
  let lost: string | null = null;
  try {
    await cloud.pods.stop({ signal, fresh: true, permit }, id);
  } catch (error) {
    const { code, message, retryAfterSeconds } = asGpuError(error);
    if (code === 'not_found' && (await isGone(read))) return { over: true, outcome: code };
    if (code !== 'outcome_unknown') {
      return {
        notice: LEASE_SAYS.refused(lease, `${code}: ${message}`),
        outcome: code,
        ...(retryAfterSeconds !== null && { retry_seconds: retryAfterSeconds }),
      };
    }
    lost = message;
  } finally {
    revoke();
  }
  const seen = await pollUntilFound(
    () => findStopped(read),
    (ms) => gate.sleep(ms, signal),
  );
  if ('found' in seen) {
    return {
      over: true,
      notice: LEASE_SAYS.stopped(lease),
      outcome: lost === null ? 'done' : 'done_reconciled',
    };
  }
  return {
    notice: LEASE_SAYS.unseen(lease, lost),
    outcome: lost === null ? 'accepted_not_seen' : 'outcome_unknown',
    retry_seconds: RECHECK_SECONDS,
  };
}

/** True if `read`, which also reads the list, does not find the pod: one "not found" proves nothing. */
const isGone = (read: StopCall['read']): Promise<boolean> =>
  read().then(
    (pod) => pod === null,
    () => false,
  );

async function findStopped(read: () => Promise<Pod | null>): Promise<Outcome<true>> {
  const pod = await read();
  return STOPPED.includes(pod?.state) ? { found: true } : { notFound: LEASE_SAYS.still(pod?.state) };
}
