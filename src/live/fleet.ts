import type { Cloud, Clouds, Io } from '../core/cloud.ts';
import { asGpuError } from '../core/errors.ts';
import type { Machine, Pod } from '../core/model.ts';
import { gpuWords, isGpu } from '../core/search-words.ts';
import type { Fleet, FleetPod } from '../core/spend.ts';
import { usd } from '../core/text.ts';

/** Returns the price that was agreed to for a pod, USD an hour; null if no order of it is known. */
type AgreedPrice = (pod: Pod) => Promise<number | null>;

/** States in which a price of 0 may be true. */
const SILENT: readonly Pod['state'][] = ['stopped', 'deleting', 'deleted'];

/** True for a live pod with a reported price of 0: no cloud documents free machines, and 0 would pass every cap. */
const isUnpriced = ({ pod, rate }: FleetPod): boolean =>
  rate.usd_per_hour_max === 0 && pod.hourly_cost_usd === 0 && !SILENT.includes(pod.state);

const priceOf = ({ price_per_gpu_hour_usd, price_per_instance_hour_usd }: Machine, gpus: number): number =>
  price_per_gpu_hour_usd === null ? (price_per_instance_hour_usd ?? 0) : price_per_gpu_hour_usd * gpus;

/** The highest present price of as many GPUs of the pod's kind, USD an hour; null if none is on offer. */
function offeredPrice({ gpu_model, gpu_count }: Pod, machines: readonly Machine[]): number | null {
  const words = gpuWords(gpu_model ?? '');
  if (words.length === 0) return null;
  const alike = machines.filter((machine) => isGpu(words, machine));
  const highest = Math.max(0, ...alike.map((machine) => priceOf(machine, gpu_count ?? 1)));
  return highest === 0 ? null : highest;
}

function priced({ pod, rate }: FleetPod, price: number | null, why: string): FleetPod {
  const note =
    price === null
      ? 'The cloud reports a price of 0 for a pod that is not stopped, and no other price is known.'
      : `The cloud reports a price of 0 for a pod that is not stopped; it counts at $${usd(price)}/h, ${why}.`;
  return { pod, rate: { ...rate, usd_per_hour: price, usd_per_hour_max: price, note } };
}

/**
 * The pods of one cloud. A pod that reports a price of 0 and is not stopped gets the agreed price, else the highest present
 * offer of such GPUs, else none; without a price, nothing can be rented beside it.
 */
async function withPrices(
  cloud: Cloud,
  io: Io,
  pods: readonly FleetPod[],
  agreed: AgreedPrice,
): Promise<FleetPod[]> {
  if (!pods.some(isUnpriced)) return [...pods];
  const offers = cloud.machines.list(io).catch((): Machine[] => []);
  return Promise.all(
    pods.map(async (row) => {
      if (!isUnpriced(row)) return row;
      const known = await agreed(row.pod);
      if (known !== null) return priced(row, known, 'the price that was agreed to');
      return priced(row, offeredPrice(row.pod, await offers), 'the highest present offer of such GPUs');
    }),
  );
}

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
 * Reads all clouds at the same time. A cloud that fails is in `errors`, never counted as "no pods". `agreed`: see
 * `withPrices`.
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
