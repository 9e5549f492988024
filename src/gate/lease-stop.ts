import type { Cloud } from '../core/cloud.ts';
import { asGpuError } from '../core/errors.ts';
import type { Pod, PodState } from '../core/model.ts';
import type { Outcome } from '../core/outcome.ts';
import { issuePermit } from '../core/permit.ts';
import { noCost, type Plan } from '../core/plan.ts';
import type { NewOrder } from '../store/port.ts';
import type { AuditLine, StoredLease } from '../store/records.ts';
import type { GateDeps } from './deps.ts';
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

type Gate = Pick<GateDeps, 'log' | 'now' | 'sleep' | 'store' | 'writes'>;

/** One stop. `read` returns the pod as it is now, null if it is gone. */
interface StopCall {
  gate: Gate;
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
    const plan = planOf(call.lease, pod, call.gate.now().toISOString());
    const id = await openOrder(call, plan);
    const attempt = await stopAndCheck(call);
    await closeOrder(call, id, plan, attempt);
    return attempt;
  } finally {
    sending.end();
  }
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

/** The plan of a stop that a lease agreed to. */
const planOf = (lease: StoredLease, pod: Pod, at: string): Plan => ({
  action: 'stop_pod',
  ref: lease.ref,
  summary: LEASE_SAYS.stop(lease, pod.state),
  effects: [],
  cost: noCost(at),
  consequences: [],
  challenge: 'stop',
});

/** Records the stop before it is sent. Returns its order's id; null if the store is unreachable: the stop is sent anyway. */
async function openOrder({ gate, cloud, lease }: StopCall, plan: Plan): Promise<string | null> {
  const order: NewOrder = {
    at: gate.now().toISOString(),
    tool: 'stop_pod',
    cloud: cloud.id,
    principal: 'lease',
    name: null,
    target: lease.ref,
    ticket: null,
    input: { pod: lease.ref },
    planned: { plan, cloud: cloud.id, before: [], facts: {}, adds: NOTHING, data: null },
    adds: NOTHING,
  };
  try {
    const admission = await gate.store.orders.admit(order, { listed: [], burning: [] }, null);
    return admission.kind === 'admitted' ? admission.id : null;
  } catch (error) {
    gate.log({
      level: 'error',
      msg: 'a stop could not be recorded before it was sent',
      error: String(error),
    });
    return null;
  }
}

const NOTHING = { usd_per_hour: 0, usd_upfront: 0, pods: 0 };

/** Closes the order with its audit line. Never throws: the stop was sent, whether or not it can be recorded. */
async function closeOrder(
  { gate, lease }: StopCall,
  id: string | null,
  plan: Plan,
  attempt: LeaseAttempt,
): Promise<void> {
  const outcome = attempt.outcome ?? 'done';
  const line: AuditLine = {
    at: gate.now().toISOString(),
    session: 'lease',
    tool: 'stop_pod',
    ref: lease.ref,
    summary: plan.summary,
    usd_per_hour: null,
    usd_upfront: null,
    answer: 'lease',
    outcome,
  };
  const hasEnded = attempt.over === true;
  try {
    if (id === null) await gate.store.audit.write(line);
    else {
      const closing = { outcome, took_effect: hasEnded, ref: lease.ref, ended: hasEnded ? lease.ref : null };
      await gate.store.orders.close(id, closing, line);
    }
  } catch (error) {
    gate.log({ level: 'error', msg: 'the audit log could not be written', error: String(error) });
  }
}
