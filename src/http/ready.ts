import { burn } from '../core/fleet.ts';
import type { CloudId } from '../core/ref.ts';
import { fleetOf } from '../engine/context.ts';
import type { Runtime } from '../engine/runtime.ts';

/** What is known of the clouds. `fault`: null, or one word about why a cloud cannot be used. */
export interface Reach {
  clouds: { cloud: CloudId; fault: string | null }[];
  /** What all pods burn, USD an hour; null = not known, or several accounts. */
  usdPerHour: number | null;
}

const TIMEOUT_MS = 8000;

/** Lists the pods of every cloud, as a poller does. A cloud that only limits requests is there. */
export async function reachWithKeys(runtime: Runtime): Promise<Reach> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const fleet = await fleetOf(runtime, { signal, purpose: 'poll' }).catch(() => null);
  const faultOf = (cloud: CloudId): string | null => {
    if (fleet === null) return 'timeout';
    const code = fleet.errors.find((error) => error.cloud === cloud)?.error.code;
    return code === undefined || code === 'rate_limited' ? null : code;
  };
  const complete = fleet !== null && fleet.errors.length === 0;
  return {
    clouds: runtime.cloudIds.map((cloud) => ({ cloud, fault: faultOf(cloud) })),
    usdPerHour: complete ? burn(fleet.pods) : null,
  };
}

/** Asks each address without a key, where the keys belong to callers: any answer but a server error will do. */
export async function reachWithoutKeys(
  addresses: readonly { cloud: CloudId; url: string }[],
): Promise<Reach> {
  const clouds = await Promise.all(
    addresses.map(async ({ cloud, url }) => {
      try {
        const reply = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
        await reply.body?.cancel();
        return { cloud, fault: reply.status >= 500 ? 'upstream_unavailable' : null };
      } catch {
        return { cloud, fault: 'upstream_unavailable' };
      }
    }),
  );
  return { clouds, usdPerHour: null };
}

/** The last look at the clouds, at most `everyMs` old; callers at the same time share one look. */
export interface Readiness {
  look(): Promise<Reach>;
  /** Of the last look; null before the first. */
  last(): Reach | null;
}

/** Caches `reach`, whose faults are values: it must not reject. */
export function createReadiness(reach: () => Promise<Reach>, everyMs: number, now: () => number): Readiness {
  let looking: Promise<Reach> | null = null;
  let last: { at: number; reach: Reach } | null = null;
  return {
    async look() {
      if (last !== null && now() - last.at < everyMs) return last.reach;
      looking ??= reach().finally(() => {
        looking = null;
      });
      const found = await looking;
      last = { at: now(), reach: found };
      return found;
    },
    last: () => last?.reach ?? null,
  };
}
