import type { Cloud, Io } from '../core/cloud.ts';
import type { CloudId } from '../core/ref.ts';
import { burn } from '../core/spend.ts';
import { fleetOf, onlyCloud } from '../engine/context.ts';
import type { Runtime } from '../engine/runtime.ts';

/** What is known of the clouds. `fault`: null, or one word about why a cloud cannot be used. */
export interface Reach {
  clouds: { cloud: CloudId; fault: string | null }[];
  /** What all pods burn, USD an hour; null = not known, or several accounts. */
  usdPerHour: number | null;
}

const TIMEOUT_MS = 8000;

/** Lists the pods of each cloud by itself, as a poller does. A cloud that only limits requests is there. */
export async function reachWithKeys(
  { clouds, gate }: Pick<Runtime, 'clouds' | 'gate'>,
  timeoutMs: number = TIMEOUT_MS,
): Promise<Reach> {
  const check = async (cloud: Cloud) => {
    const io: Io = { signal: AbortSignal.timeout(timeoutMs), purpose: 'poll' };
    try {
      const { pods, errors } = await fleetOf({ clouds: onlyCloud(clouds, cloud), gate }, io);
      return { cloud: cloud.id, pods, code: errors[0]?.error.code ?? null };
    } catch {
      return { cloud: cloud.id, pods: [], code: 'timeout' };
    }
  };
  const checks = await Promise.all(clouds.all().map(check));
  return {
    clouds: checks.map(({ cloud, code }) => ({ cloud, fault: code === 'rate_limited' ? null : code })),
    usdPerHour: checks.every(({ code }) => code === null) ? burn(checks.flatMap(({ pods }) => pods)) : null,
  };
}

/** Asks an address without a key; rejects if there is no answer. */
export type Ask = (url: string, init: { signal: AbortSignal }) => Promise<{ status: number }>;

/** Asks each address without a key, if the keys belong to callers: any answer but a server error will do. */
export async function reachWithoutKeys(
  addresses: readonly { cloud: CloudId; url: string }[],
  ask: Ask,
): Promise<Reach> {
  const clouds = await Promise.all(
    addresses.map(async ({ cloud, url }) => {
      try {
        const { status } = await ask(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
        return { cloud, fault: status >= 500 ? 'upstream_unavailable' : null };
      } catch {
        return { cloud, fault: 'upstream_unavailable' };
      }
    }),
  );
  return { clouds, usdPerHour: null };
}

/** The last check of the clouds, at most `everyMs` old; callers at the same time share one check. */
export interface Readiness {
  look(): Promise<Reach>;
  /** Of the last check; null before the first. */
  last(): Reach | null;
}

/** Caches `reach`, whose faults are values: it must not reject. */
export function createReadiness(
  reach: () => Promise<Reach>,
  everyMs: number,
  monotonic: () => number,
): Readiness {
  let looking: Promise<Reach> | null = null;
  let last: { at: number; reach: Reach } | null = null;
  return {
    async look() {
      if (last !== null && monotonic() - last.at < everyMs) return last.reach;
      looking ??= reach().finally(() => {
        looking = null;
      });
      const found = await looking;
      last = { at: monotonic(), reach: found };
      return found;
    },
    last: () => last?.reach ?? null,
  };
}
