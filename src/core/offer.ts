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

/** The wanted number of GPUs: exactly `gpus`, or at least `min_gpus`; with neither, as few as can be ordered. */
export interface WantedGpus {
  gpus?: number | undefined;
  min_gpus?: number | undefined;
}

/** The smallest order that a machine allows: its GPUs and its price, USD an hour. Null = not known. */
interface Offer {
  gpus: number | null;
  usd_per_hour: number | null;
}

/** True if the number of GPUs is the wanted one. */
const isWanted = (count: number, { gpus, min_gpus = 1 }: WantedGpus): boolean =>
  gpus === undefined ? count >= min_gpus : count === gpus;

/** The price of a whole machine. */
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

/** True if the order can be placed now, by the stock that the cloud reports. */
export function isFree(
  { is_available, sold_by, gpu_count_available: free }: Machine,
  { gpus }: Offer,
): boolean {
  return is_available && (sold_by !== 'gpu' || free === null || gpus === null || free >= gpus);
}

/** The number of free GPUs of a machine's kind; null if the cloud does not report it. */
export function freeGpus(machine: Machine): number | null {
  const { is_available, gpu_count_available, gpu_count_total, stock_instances } = machine;
  if (gpu_count_available !== null || stock_instances === null) return gpu_count_available;
  if (!is_available) return 0;
  return gpu_count_total === null ? null : gpu_count_total * stock_instances;
}

/** Max. machines in one sentence. */
const MAX_NAMED = 3;

/** The machine of a refused order, as far as it is known. */
export type RefusedMachine = Partial<Pick<Machine, 'ref' | 'gpu_model' | 'gpu_memory_gb'>> | null;

/** A machine that can be ordered now, with its price for the wanted number of GPUs, USD an hour. */
export interface Alternative {
  usd_per_hour: number;
  /** Ref, GPUs, region and price, e.g. `volt:machine:mach_1 (2 x H100 80GB, US-West, $4.78/h)`. */
  text: string;
}

/** A machine of the same model, of any memory and form. */
const isOfModel = (model: string, { gpu_model }: Machine): boolean =>
  sameGpu(modelName(model), modelName(gpu_model ?? ''));

const describeOffer = ({ ref, gpu_model, region }: Machine, { gpus, usd_per_hour }: Offer): string =>
  `${ref} (${gpus ?? '?'} x ${clean(gpu_model ?? 'unknown GPU', 60)}${region === null ? '' : `, ${clean(region, 60)}`}, $${usd(usd_per_hour)}/h)`;

/**
 * Machines that can be ordered now instead, with exactly as many GPUs: of the same model (any, if it is not known),
 * cheapest first; then of other models that have at least as much memory, cheapest first.
 */
export function alternativesTo(
  refused: RefusedMachine,
  gpus: number,
  machines: readonly Machine[],
): Alternative[] {
  const { ref, gpu_model: model = null, gpu_memory_gb: memory = null } = refused ?? {};
  const found = machines.flatMap((machine) => {
    const offer = machine.ref === ref ? null : offerOf(machine, { gpus });
    if (offer === null || offer.usd_per_hour === null || !isFree(machine, offer)) return [];
    const isSame = model === null || isOfModel(model, machine);
    if (!isSame && (memory === null || (machine.gpu_memory_gb ?? 0) < memory)) return [];
    return [{ isSame, usd_per_hour: offer.usd_per_hour, text: describeOffer(machine, offer) }];
  });
  return found
    .sort((a, b) => Number(b.isSame) - Number(a.isSame) || a.usd_per_hour - b.usd_per_hour)
    .map(({ usd_per_hour, text }) => ({ usd_per_hour, text }));
}

/** Up to three alternatives as one sentence; `limit`: the highest price an hour, USD. */
export function describeAlternatives(
  alternatives: readonly Alternative[],
  limit = Number.POSITIVE_INFINITY,
): string {
  const named = alternatives.filter(({ usd_per_hour: price }) => price <= limit).slice(0, MAX_NAMED);
  return named.length === 0
    ? `Nothing comparable that was just read is free${limit === Number.POSITIVE_INFINITY ? '' : ' at that price'}; list_machines shows more.`
    : `Free instead, as just read: ${named.map(({ text }) => text).join('; ')}.`;
}
