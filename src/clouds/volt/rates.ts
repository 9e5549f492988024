import type { Cloud, Io, PodRate } from '../../core/cloud.ts';
import { isCode } from '../../core/errors.ts';
import type { Machine, Pod } from '../../core/model.ts';
import { usd } from '../../core/text.ts';

/** How far above one GPU's present price a figure may lie and still be read as a price per GPU (our choice). */
const MARGIN = 1.6;
const EXACT = 100_000_000;
const SHOWN = 10_000;

/** Price x count to four decimals (halves up), in whole numbers of 10^-8 USD: no dust of binary fractions. */
export const times = (price: number, count: number): number =>
  Math.round((Math.round(price * EXACT) * count) / (EXACT / SHOWN)) / SHOWN;

/** A price that can be agreed to. 0 counts as unknown: it would pass every cap, and no document gives GPUs away. */
export const knownPrice = (price: number | null): number | null =>
  price !== null && price > 0 ? price : null;

const STOPPED = 'Stopped: GPU billing pauses, but kept storage may still cost.';
const MAY_BILL = 'No document says whether a pod in this state is billed.';

const isSilent = (pod: Pod): boolean => pod.state === 'stopped' || pod.state === 'deleted';

/** True where the reported price leaves open whether it is for the pod or for each of several GPUs. */
const isAmbiguous = (pod: Pod): boolean =>
  !isSilent(pod) && pod.hourly_cost_usd !== null && pod.hourly_cost_usd > 0 && (pod.gpu_count ?? 0) > 1;

const sameGpu = (a: string | null, b: string | null): boolean =>
  a !== null && b !== null && a.trim().toLowerCase() === b.trim().toLowerCase();

/** The dearest present price of one GPU of this kind, null where none is on offer. */
function gpuPrice(pod: Pod, machines: readonly Machine[]): number | null {
  const prices = machines
    .filter((machine) => sameGpu(machine.gpu_model, pod.gpu_model))
    .flatMap((machine) => machine.price_per_gpu_hour_usd ?? []);
  return prices.length === 0 ? null : Math.max(...prices);
}

/**
 * What one pod burns. `cost_per_hour` of a pod with several GPUs may be for the pod or for each GPU: the documents
 * show single-GPU pods only (Volt API Reference, Pods API). It is read as the pod's where it is more than 60 % above
 * the dearest present price of one such GPU and nearer (by ratio) to the whole pod's price than to one GPU's;
 * otherwise `usd_per_hour_max` is the figure times the GPUs.
 */
export function rateOf(pod: Pod, machines: readonly Machine[]): PodRate {
  const reported = pod.hourly_cost_usd;
  const rate = (low: number | null, high: number | null, note: string | null): PodRate => ({
    ref: pod.ref,
    usd_per_hour: low,
    usd_per_hour_max: high,
    note,
  });
  if (isSilent(pod)) return rate(0, 0, pod.state === 'stopped' ? STOPPED : null);
  if (reported === null) return rate(null, null, 'The cloud reports no price for this pod.');
  const doubt = pod.state === 'failed' || pod.state === 'unknown' ? MAY_BILL : null;
  if (pod.gpu_count === null) {
    const note = `${usd(reported)} USD/h is reported without a number of GPUs; if it is per GPU, the bill is an unknown multiple.`;
    return rate(reported, null, doubt === null ? note : `${note} ${doubt}`);
  }
  if (!isAmbiguous(pod)) return rate(reported, reported, doubt);
  const single = gpuPrice(pod, machines);
  const bound = single === null ? null : single * Math.max(MARGIN, Math.sqrt(pod.gpu_count));
  if (bound !== null && reported > bound) return rate(reported, reported, doubt);
  const high = times(reported, pod.gpu_count);
  const both = `Reported: ${usd(reported)} USD/h. If that is per GPU, the pod costs ${usd(reported)} x ${pod.gpu_count} = ${usd(high)} USD/h; one such GPU costs ${single === null ? 'an unknown price' : `${usd(single)} USD/h`} at present.`;
  return rate(reported, high, doubt === null ? both : `${both} ${doubt}`);
}

/** The rates of many pods; machines are read only where a price is ambiguous, and may stay unread on failure. */
export async function readRates(
  machines: Cloud['machines'],
  io: Io,
  pods: readonly Pod[],
): Promise<PodRate[]> {
  if (!pods.some(isAmbiguous)) return pods.map((pod) => rateOf(pod, []));
  try {
    const offers = await machines.list(io);
    return pods.map((pod) => rateOf(pod, offers));
  } catch (error) {
    if (isCode(error, 'cancelled')) throw error;
    return pods.map((pod) => rateOf(pod, []));
  }
}
