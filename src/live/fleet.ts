import type { Cloud, Clouds, Io } from '../core/cloud.ts';
import { asGpuError } from '../core/errors.ts';
import type { Fleet, FleetPod } from '../core/spend.ts';
import { type AgreedPrice, withPrices } from './unpriced.ts';

async function readCloud(cloud: Cloud, io: Io, agreed: AgreedPrice): Promise<FleetPod[]> {
  const pods = await cloud.pods.list(io);
  const rates = await cloud.pods.rates(io, pods);
  const byRef = new Map(rates.map((rate) => [rate.ref, rate]));
  const rows = pods.map((pod) => ({
    pod,
    rate: byRef.get(pod.ref) ?? { ref: pod.ref, usd_per_hour: null, usd_per_hour_max: null, note: null },
  }));
  return withPrices(cloud, io, rows, agreed);
}

/**
 * Reads every cloud side by side; a cloud that fails is in `errors`, never read as "no pods". `agreed`: see `withPrices`.
 */
export async function readFleet(
  clouds: Clouds,
  io: Io,
  agreed: AgreedPrice = async () => null,
): Promise<Fleet> {
  const parts = await Promise.all(
    clouds.all().map(async (cloud) => {
      try {
        return { cloud: cloud.id, pods: await readCloud(cloud, io, agreed), error: null };
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
