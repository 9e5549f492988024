import type { Machine } from './model.ts';
import { modelName, sameGpu } from './search-words.ts';
import { clean, usd } from './text.ts';

const EXACT = 100_000_000;
const SHOWN = 10_000;

/** Price x count to four decimals (halves up), in whole numbers of 10^-8 USD, without binary fractions. */
export const times = (price: number, count: number): number =>
  Math.round((Math.round(price * EXACT) * count) / (EXACT / SHOWN)) / SHOWN;

/** Half of the last digit of a quoted price, which has four decimals. */
const HALF_DIGIT_USD = 0.00005;

/** True for two prices, USD, that are equal as quoted. */
export const samePrice = (a: number, b: number): boolean => Math.abs(a - b) <= HALF_DIGIT_USD;

/** Sorts by price, most expensive first; an unknown price counts as the most expensive. */
export const expensiveFirst =
  <T>(priceOf: (row: T) => number | null) =>
  (a: T, b: T): number =>
    (priceOf(b) ?? Number.MAX_VALUE) - (priceOf(a) ?? Number.MAX_VALUE);

/** How many GPUs are wanted: exactly `gpus`, or at least `min_gpus`; with neither, as few as can be ordered. */
export interface WantedGpus {
  gpus?: number | undefined;
  min_gpus?: number | undefined;
}

/** The smallest order that a machine allows: its GPUs and its price, USD an hour. Null = not known. */
export interface Offer {
  gpus: number | null;
  usd_per_hour: number | null;
}

/** True if the number of GPUs is the wanted one. */
const isWanted = (count: number, { gpus, min_gpus = 1 }: WantedGpus): boolean =>
  gpus === undefined ? count >= min_gpus : count === gpus;

/** What a machine costs as a whole. */
function wholePrice({
  price_per_instance_hour_usd: whole,
  price_per_gpu_hour_usd: gpu,
  gpu_count_total,
}: Machine) {
  if (whole !== null) return whole;
  return gpu === null || gpu_count_total === null ? null : times(gpu, gpu_count_total);
}

/** The order of a machine for the wanted GPUs, whether or not they are free; null if no such order can be placed. */
export function offerOf(machine: Machine, wanted: WantedGpus): Offer | null {
  const { sold_by, gpu_count_total: total, price_per_gpu_hour_usd: price } = machine;
  const count = wanted.gpus ?? wanted.min_gpus ?? 1;
  const priced = (gpus: number): Offer => ({
    gpus,
    usd_per_hour: price === null ? null : times(price, gpus),
  });
  if (sold_by === 'gpu') return total === null || total >= count ? priced(count) : null;
  if (sold_by === 'instance') {
    if (total === null)
      return wanted.gpus === undefined ? { gpus: null, usd_per_hour: wholePrice(machine) } : null;
    return isWanted(total, wanted) ? { gpus: total, usd_per_hour: wholePrice(machine) } : null;
  }
  // The smallest size is read as one GPU; how many GPUs any other has is not documented.
  if (count === 1) return priced(1);
  const isEnough = wanted.gpus === undefined && (total === null || total >= count);
  return isEnough ? { gpus: null, usd_per_hour: null } : null;
}

/** True if the order can be placed now, by what the cloud says is free. */
export function isFree(
  { is_available, sold_by, gpu_count_available: free }: Machine,
  { gpus }: Offer,
): boolean {
  return is_available && (sold_by !== 'gpu' || free === null || gpus === null || free >= gpus);
}

/** How many GPUs of a machine's kind are free; null if the cloud does not say. */
export function freeGpus(machine: Machine): number | null {
  const { is_available, gpu_count_available, gpu_count_total, stock_instances } = machine;
  if (gpu_count_available !== null || stock_instances === null) return gpu_count_available;
  if (!is_available) return 0;
  return gpu_count_total === null ? null : gpu_count_total * stock_instances;
}

/** How many machines one sentence names at most. */
const MAX_NAMED = 3;

/** A machine of the same model, of any memory and form. */
const isOfModel = (refused: Machine, { gpu_model }: Machine): boolean =>
  sameGpu(modelName(refused.gpu_model ?? ''), modelName(gpu_model ?? ''));

const describeOffer = ({ ref, gpu_model, region }: Machine, { gpus, usd_per_hour }: Offer): string =>
  `${ref} (${gpus ?? '?'} x ${clean(gpu_model ?? 'unknown GPU', 60)}${region === null ? '' : `, ${clean(region, 60)}`}, $${usd(usd_per_hour)}/h)`;

/**
 * Machines that can be ordered instead, by a list that was just read: with exactly `gpus` GPUs of the same model as
 * `refused` (of any model, if that machine is not listed any more), cheapest first. One sentence.
 */
export function alternatives(machines: readonly Machine[], refused: Machine | null, gpus: number): string {
  const others = machines
    .filter(({ ref }) => ref !== refused?.ref)
    .filter((machine) => refused === null || isOfModel(refused, machine))
    .flatMap((machine) => {
      const offer = offerOf(machine, { gpus });
      if (offer === null || offer.usd_per_hour === null || !isFree(machine, offer)) return [];
      return [{ price: offer.usd_per_hour, text: describeOffer(machine, offer) }];
    })
    .sort((a, b) => a.price - b.price);
  const what = `${gpus} x ${refused?.gpu_model == null ? 'any GPU' : clean(refused.gpu_model, 60)}`;
  if (others.length === 0)
    return `No other machine of this cloud has ${what} free now; list_machines shows more.`;
  const named = others.slice(0, MAX_NAMED).map(({ text }) => text);
  return `Free now instead: ${named.join('; ')}.`;
}
