import type { Cloud } from '../core/cloud.ts';
import { asGpuError } from '../core/errors.ts';
import type { Pod, PodState } from '../core/model.ts';
import type { Outcome } from '../core/outcome.ts';
import { issuePermit } from '../core/permit.ts';
import { quote } from '../core/text.ts';
import type { StoredLease } from '../store/leases.ts';
import type { GateDeps } from './deps.ts';
import { settle } from './reconcile.ts';

/** What became of one attempt to end a lease. Not `over`: it is tried again, after a pause that grows unless given. */
export interface Ended {
  over?: true;
  /** What the person should know. */
  say?: string;
  again_seconds?: number;
  /** How the audit log names a stop that was sent. */
  outcome?: string;
}

type Gate = Pick<GateDeps, 'audit' | 'log' | 'now' | 'reservations' | 'sleep'>;

/** One stop on its way. `read` gives the pod as it is now, null where it is gone. */
export interface StopCall {
  gate: Gate;
  cloud: Cloud;
  lease: StoredLease;
  id: string;
  signal: AbortSignal;
  read: () => Promise<Pod | null>;
}

const ENDED: readonly (PodState | undefined)[] = ['stopping', 'stopped', 'deleting', 'deleted', undefined];
/** A cloud that accepted a stop, or may have, is given this long before the pod is looked at again. */
const PATIENCE_SECONDS = 300;

/** Sends one stop and looks whether it took effect, also where its reply was lost. Never throws. */
export async function sendStop({ gate, cloud, lease, id, signal, read }: StopCall): Promise<Ended> {
  const start = `The lease of pod ${quote(lease.name)} (${lease.ref}) is over`;
  const { permit, revoke } = issuePermit('stop_pod');
  let lost: string | null = null;
  try {
    await cloud.pods.stop({ signal, fresh: true, permit }, id);
  } catch (error) {
    const { code, message, retryAfterSeconds } = asGpuError(error);
    if (code === 'not_found') return { over: true, outcome: code };
    if (code !== 'outcome_unknown') {
      return {
        say: `${start}, but it was not stopped (${code}: ${message}); it is tried again. Look at it: it still costs money.`,
        outcome: code,
        ...(retryAfterSeconds !== null && { again_seconds: retryAfterSeconds }),
      };
    }
    lost = message;
  } finally {
    revoke();
  }
  const seen = await settle(
    () => look(read),
    (ms) => gate.sleep(ms, signal),
  );
  if ('found' in seen) {
    gate.reservations.forget(lease.ref);
    return {
      over: true,
      say: `${start}: it was stopped. Its disk may still cost; delete_pod ends that.`,
      outcome: lost === null ? 'done' : 'done_reconciled',
    };
  }
  const what = lost === null ? 'the cloud accepted a stop' : `a stop was sent (${lost})`;
  return {
    say: `${start}: ${what}, but it is not seen to stop. It is looked at again and, where it still runs, stopped once more. Look at it now; it may still cost money.`,
    outcome: lost === null ? 'accepted_not_seen' : 'outcome_unknown',
    again_seconds: PATIENCE_SECONDS,
  };
}

async function look(read: () => Promise<Pod | null>): Promise<Outcome<true>> {
  const pod = await read();
  return ENDED.includes(pod?.state) ? { found: true } : { notFound: `it is ${pod?.state}` };
}

/** Writes a stop into the audit log. Never throws: the stop stands, whether or not it can be written down. */
export async function auditStop(gate: Gate, lease: StoredLease, pod: Pod, outcome: string): Promise<void> {
  try {
    await gate.audit.write({
      at: gate.now().toISOString(),
      session: 'lease',
      tool: 'stop_pod',
      ref: lease.ref,
      summary: `Stop pod ${quote(lease.name)} (${lease.ref}): its lease ended at ${lease.ends_at} (it was ${pod.state}).`,
      usd_per_hour: null,
      usd_upfront: null,
      answer: 'lease',
      outcome,
    });
  } catch (error) {
    gate.log({ level: 'error', msg: 'the audit log could not be written', error: String(error) });
  }
}
