import type { Cloud, Io, PodRate } from './cloud.ts';
import type { Clouds } from './context.ts';
import { asGpuError, type GpuError } from './errors.ts';
import type { Pod } from './model.ts';
import type { CloudId } from './ref.ts';

/** One live pod and what it burns. */
export interface FleetPod {
  pod: Pod;
  rate: PodRate;
}

/** All live pods of all configured clouds. `errors` names clouds that could not be read. */
export interface Fleet {
  pods: FleetPod[];
  errors: { cloud: CloudId; error: GpuError }[];
  /** What reservations in flight add, USD an hour and pods. */
  reserved: { usd_per_hour: number; pods: number };
}

async function readCloud(cloud: Cloud, io: Io): Promise<FleetPod[]> {
  const pods = await cloud.pods.list(io);
  const rates = await cloud.pods.rates(io, pods);
  const byRef = new Map(rates.map((rate) => [rate.ref, rate]));
  return pods.map((pod) => ({
    pod,
    rate: byRef.get(pod.ref) ?? { ref: pod.ref, usd_per_hour: null, usd_per_hour_max: null, note: null },
  }));
}

/** Reads every cloud side by side; a failing cloud is reported beside the others' pods, never as "no pods". */
export async function readFleet(clouds: Clouds, io: Io): Promise<Fleet> {
  const parts = await Promise.all(
    clouds.all().map(async (cloud) => {
      try {
        return { cloud: cloud.id, pods: await readCloud(cloud, io), error: null };
      } catch (error) {
        return { cloud: cloud.id, pods: [], error: asGpuError(error) };
      }
    }),
  );
  io.signal.throwIfAborted();
  return {
    pods: parts.flatMap((part) => part.pods),
    errors: parts.flatMap((part) => (part.error === null ? [] : [{ cloud: part.cloud, error: part.error }])),
    reserved: { usd_per_hour: 0, pods: 0 },
  };
}

/** True for a price that can be added up: one that is negative or not finite would hide what others cost. */
export const isPrice = (usd: number | null): usd is number =>
  usd !== null && Number.isFinite(usd) && usd >= 0;

/** Sum of the upper readings, USD an hour; null as soon as one live pod's price is unknown. */
export function burn(pods: readonly FleetPod[]): number | null {
  let sum = 0;
  for (const { rate } of pods) {
    if (!isPrice(rate.usd_per_hour_max)) return null;
    sum += rate.usd_per_hour_max;
  }
  return Math.round(sum * 1e4) / 1e4;
}
