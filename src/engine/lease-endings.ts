import type { Cloud, Clouds, Io } from '../core/cloud.ts';
import { asGpuError, isCode, messageOf } from '../core/errors.ts';
import type { Pod } from '../core/model.ts';
import { type CloudId, parseRef } from '../core/ref.ts';
import type { GateDeps } from '../gate/deps.ts';
import { type LeaseAttempt, sendStop } from '../gate/lease-stop.ts';
import { LEASE_SAYS } from '../gate/messages.ts';
import type { StoredLease } from '../store/records.ts';

/** What ending leases needs. `notify` adds to the `NoticeBoard`. */
interface LeaseDeps {
  clouds: Clouds;
  gate: GateDeps;
  notify: (cloud: CloudId | null, notice: string) => void;
}

const TIMEOUT_MS = 90_000;
const DAY_SECONDS = 24 * 3600;
const HOUR_SECONDS = 3600;
const FIRST_PAUSE_SECONDS = 30;

const cloudOf = ({ ref }: StoredLease): CloudId => parseRef(ref, 'pod').cloud;

/** Pause before the next attempt, seconds: half a minute, then twice as long each time, at most an hour. */
const backoff = (tries: number): number =>
  Math.min(HOUR_SECONDS, FIRST_PAUSE_SECONDS * 2 ** Math.min(tries, 10));

/**
 * Stops the pods whose lease is over: only pods that this server created with a lease that the person agreed to. A lease
 * is kept until a reading shows its pod stopped or gone. A stop is sent again only if a later reading shows that the pod
 * still runs. If stopping is not known to end billing, or this server may not write, there is only a notice.
 */
export async function endDueLeases(deps: LeaseDeps): Promise<void> {
  for (const lease of await deps.gate.store.leases.due()) {
    await tryToEnd(deps, lease).catch((error: unknown) =>
      deps.notify(cloudOf(lease), LEASE_SAYS.broken(lease, messageOf(error))),
    );
  }
}

async function tryToEnd(deps: LeaseDeps, lease: StoredLease): Promise<void> {
  const { leases } = deps.gate.store;
  if (!(await leases.claim(lease))) return;
  const attempt = await endOne(deps, lease).catch((error: unknown): LeaseAttempt => {
    const { code, message } = asGpuError(error);
    return { notice: LEASE_SAYS.unread(lease, `${code}: ${message}`) };
  });
  if (attempt.notice !== undefined) deps.notify(cloudOf(lease), attempt.notice);
  if (attempt.over === true) await leases.end(lease);
  else await leases.giveBack(lease, (attempt.retry_seconds ?? backoff(lease.tries)) * 1000);
}

async function endOne(deps: LeaseDeps, lease: StoredLease): Promise<LeaseAttempt> {
  const { cloud: cloudId, id } = parseRef(lease.ref, 'pod');
  const cloud = deps.clouds.get(cloudId);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const io: Io = { signal, fresh: true, purpose: 'gate' };
  const read = () => readPod(cloud, io, id, lease.ref);
  return deps.gate.locks.run([lease.ref], signal, async () => {
    const pod = await read();
    if (pod === null || pod.state === 'deleted') return { over: true };
    if (pod.state === 'deleting') return {};
    const reminder = reminderFor(deps, lease, pod, cloud);
    if (reminder !== null) return reminder;
    if (pod.state === 'stopped') return { over: true };
    if (pod.state === 'stopping') return {};
    if (pod.state === 'provisioning' || pod.state === 'starting' || pod.state === 'restarting') {
      return lease.tries === 0 ? { notice: LEASE_SAYS.not_yet(lease, pod.state) } : {};
    }
    // It may have been lifted or replaced since it was claimed.
    if (!(await deps.gate.store.leases.isHeld(lease))) return {};
    return sendStop({ gate: deps.gate, cloud, lease, id, signal, read }, pod);
  });
}

/**
 * The pod as it is now; null if it is gone. One "not found" proves nothing (a proxy may have sent it): the list must not
 * show the pod either.
 */
async function readPod(cloud: Cloud, io: Io, id: string, ref: string): Promise<Pod | null> {
  const pod = await cloud.pods.get(io, id).catch((error: unknown) => {
    if (isCode(error, 'not_found')) return null;
    throw error;
  });
  if (pod !== null && pod.state !== 'deleted') return pod;
  return (
    (await cloud.pods.list(io)).find((listed) => listed.ref === ref && listed.state !== 'deleted') ?? null
  );
}

/** The reminder that replaces a stop, once a day while the pod lives; null if the pod is to be stopped. */
function reminderFor({ gate }: LeaseDeps, lease: StoredLease, pod: Pod, cloud: Cloud): LeaseAttempt | null {
  const reminder = (why: string): LeaseAttempt => ({
    notice: LEASE_SAYS.left(lease, why),
    retry_seconds: DAY_SECONDS,
  });
  if (!cloud.pods.notes.stop_ends_billing) {
    return reminder(LEASE_SAYS.bills_on(cloud.title));
  }
  if (lease.kind === 'reminder' && pod.state !== 'stopped') {
    return reminder(LEASE_SAYS.may_be_another);
  }
  if (pod.state === 'stopped' || !(gate.read_only || gate.mode === 'block')) return null;
  return reminder(gate.read_only ? LEASE_SAYS.read_only : LEASE_SAYS.block);
}
