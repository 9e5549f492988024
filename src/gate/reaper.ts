import type { Io } from '../core/cloud.ts';
import type { Clouds } from '../core/context.ts';
import { asGpuError, isCode } from '../core/errors.ts';
import type { Lease } from '../core/lease.ts';
import type { Pod } from '../core/model.ts';
import { issuePermit } from '../core/permit.ts';
import { parseRef } from '../core/ref.ts';
import { quote } from '../core/text.ts';
import type { GateDeps } from './deps.ts';
import type { LeaseStore } from './leases.ts';

/** What the reaper needs. `tell` reaches the person: stderr and the next get_spend. */
export interface ReaperDeps {
  clouds: Clouds;
  leases: LeaseStore;
  gate: Pick<GateDeps, 'audit' | 'locks' | 'now' | 'reservations'>;
  tell: (notice: string) => void;
}

const TIMEOUT_MS = 90_000;

/**
 * Ends the pods whose lease is over: only pods that this server created with a lease the person agreed to.
 * Where stopping is not known to end billing nothing is done but to say so. Each stop is sent at most once.
 */
export async function reap(deps: ReaperDeps): Promise<void> {
  const now = deps.gate.now().getTime();
  for (const lease of await deps.leases.all()) {
    if (Date.parse(lease.ends_at) > now || !(await deps.leases.claim(lease))) continue;
    try {
      await endOne(deps, lease);
      await deps.leases.settle(lease);
    } catch (error) {
      const { code, message } = asGpuError(error);
      await deps.leases.giveBack(lease);
      deps.tell(
        `The lease of ${lease.ref} is over, but it could not be read (${code}: ${message}); it is tried again.`,
      );
    }
  }
}

async function endOne(deps: ReaperDeps, lease: Lease): Promise<void> {
  const { cloud: cloudId, id } = parseRef(lease.ref, 'pod');
  const cloud = deps.clouds.get(cloudId);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const io: Io = { signal, fresh: true };
  await deps.gate.locks.run(lease.ref, signal, async () => {
    const pod = await cloud.pods.get(io, id).catch((error: unknown) => {
      if (isCode(error, 'not_found')) return null;
      throw error;
    });
    if (pod === null || pod.state === 'deleted' || pod.state === 'stopped' || pod.state === 'stopping')
      return;
    const named = `pod ${quote(lease.name)} (${lease.ref})`;
    if (!cloud.pods.notes.stop_ends_billing) {
      deps.tell(
        `The lease of ${named} is over. Stopping it is not known to end billing on ${cloud.title}, so it was left running: delete_pod ends it.`,
      );
      return;
    }
    const { permit, revoke } = issuePermit('stop_pod');
    try {
      await stopOne(deps, lease, pod, () => cloud.pods.stop({ ...io, permit }, id));
    } finally {
      revoke();
    }
  });
}

async function stopOne(
  deps: ReaperDeps,
  lease: Lease,
  pod: Pod,
  stop: () => Promise<unknown>,
): Promise<void> {
  const named = `pod ${quote(lease.name)} (${lease.ref})`;
  let outcome = 'done';
  try {
    await stop();
    deps.gate.reservations.forget(lease.ref);
    deps.tell(
      `The lease of ${named} is over: it was stopped. Its disk may still cost; delete_pod ends that.`,
    );
  } catch (error) {
    const known = asGpuError(error);
    outcome = known.code;
    deps.tell(
      `The lease of ${named} is over, but stopping it ended with ${known.code}: ${known.message} Look at it now; it may still cost money.`,
    );
  }
  await deps.gate.audit.write({
    at: deps.gate.now().toISOString(),
    session: 'lease',
    tool: 'stop_pod',
    ref: lease.ref,
    summary: `Stop ${named}: its lease ended at ${lease.ends_at} (it was ${pod.state}).`,
    usd_per_hour: null,
    usd_upfront: null,
    answer: 'lease',
    outcome,
  });
}
