import type { Cloud } from '../core/cloud.ts';
import type { Clouds } from '../core/context.ts';
import { asGpuError, isCode } from '../core/errors.ts';
import type { Pod } from '../core/model.ts';
import { parseRef } from '../core/ref.ts';
import { quote } from '../core/text.ts';
import type { GateDeps } from '../gate/deps.ts';
import { auditStop, type Ended, sendStop } from '../gate/lease-stop.ts';
import type { LeaseStore, StoredLease } from '../store/leases.ts';

/** What the reaper needs. `tell` reaches the person: stderr and the next get_spend. */
export interface ReaperDeps {
  clouds: Clouds;
  leases: LeaseStore;
  gate: Pick<GateDeps, 'audit' | 'locks' | 'log' | 'mode' | 'now' | 'read_only' | 'reservations' | 'sleep'>;
  tell: (notice: string) => void;
}

const TIMEOUT_MS = 90_000;
const DAY_SECONDS = 24 * 3600;
const HOUR_SECONDS = 3600;
const FIRST_PAUSE_SECONDS = 30;

/** Pause before the next try, seconds: half a minute, then twice as long each time, at most an hour. */
const backoff = (tries: number): number =>
  Math.min(HOUR_SECONDS, FIRST_PAUSE_SECONDS * 2 ** Math.min(tries, 10));

const isDue = ({ ends_at, retry_at }: StoredLease, now: number): boolean =>
  Date.parse(ends_at) <= now && (retry_at === null || Date.parse(retry_at) <= now);

/**
 * Ends the pods whose lease is over: only pods that this server created with a lease the person agreed to. A lease is
 * kept until its pod is seen stopped or gone. A stop is sent again only where a later reading shows that the pod
 * still runs. Where stopping is not known to end billing, and on a server that may not write, it is only said.
 */
export async function reap(deps: ReaperDeps): Promise<void> {
  const now = deps.gate.now().getTime();
  for (const lease of await deps.leases.all()) {
    if (!isDue(lease, now)) continue;
    await reapOne(deps, lease).catch((error: unknown) =>
      deps.gate.log({
        level: 'error',
        msg: 'a lease could not be written down',
        ref: lease.ref,
        error: String(error),
      }),
    );
  }
}

async function reapOne(deps: ReaperDeps, lease: StoredLease): Promise<void> {
  if (!(await deps.leases.claim(lease))) return;
  const ended = await endOne(deps, lease).catch((error: unknown): Ended => {
    const { code, message } = asGpuError(error);
    return {
      say: `The lease of ${lease.ref} is over, but it could not be read (${code}: ${message}); it is tried again.`,
    };
  });
  if (ended.say !== undefined) deps.tell(ended.say);
  if (ended.over === true) await deps.leases.settle(lease);
  else await deps.leases.giveBack(later(lease, deps.gate.now().getTime(), ended));
}

const later = (lease: StoredLease, now: number, { again_seconds }: Ended): StoredLease => ({
  ...lease,
  tries: lease.tries + 1,
  retry_at: new Date(now + (again_seconds ?? backoff(lease.tries)) * 1000).toISOString(),
});

async function endOne(deps: ReaperDeps, lease: StoredLease): Promise<Ended> {
  const { cloud: cloudId, id } = parseRef(lease.ref, 'pod');
  const cloud = deps.clouds.get(cloudId);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const read = (): Promise<Pod | null> =>
    cloud.pods.get({ signal, fresh: true, purpose: 'gate' }, id).catch((error: unknown) => {
      if (isCode(error, 'not_found')) return null;
      throw error;
    });
  return deps.gate.locks.run(lease.ref, signal, async () => {
    const pod = await read();
    if (pod === null || pod.state === 'deleted') return { over: true };
    if (pod.state === 'deleting') return {};
    const only = onlySay(deps, lease, pod, cloud);
    if (only !== null) return only;
    if (pod.state === 'stopped') return { over: true };
    if (pod.state === 'stopping') return {};
    if (pod.state === 'provisioning' || pod.state === 'starting' || pod.state === 'restarting') {
      const say = `The lease of pod ${quote(lease.name)} (${lease.ref}) is over, but it is still ${pod.state}; it is stopped once it runs.`;
      return lease.tries === 0 ? { say } : {};
    }
    const ended = await sendStop({ gate: deps.gate, cloud, lease, id, signal, read });
    await auditStop(deps.gate, lease, pod, ended.outcome ?? 'done');
    return ended;
  });
}

/** What is said instead of stopping the pod, once a day while it lives; null where it is to be stopped. */
function onlySay({ gate }: ReaperDeps, lease: StoredLease, pod: Pod, cloud: Cloud): Ended | null {
  const start = `The lease of pod ${quote(lease.name)} (${lease.ref}) is over.`;
  const end = 'so it was left as it is: delete_pod ends it.';
  if (!cloud.pods.notes.stop_ends_billing) {
    return {
      say: `${start} Stopping it is not known to end billing on ${cloud.title}, ${end}`,
      again_seconds: DAY_SECONDS,
    };
  }
  if (pod.state === 'stopped' || !(gate.read_only || gate.mode === 'block')) return null;
  const why = gate.read_only ? 'is read-only' : 'is started with --confirm block';
  return { say: `${start} This server ${why}, ${end}`, again_seconds: DAY_SECONDS };
}
