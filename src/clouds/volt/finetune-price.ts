import { JOB_PRICE } from './notes-jobs.ts';

/** The price of an hour of training: USD, from the lowest to the highest reading of the table, and why. */
interface PriceBand {
  usd_per_hour_min: number;
  usd_per_hour_max: number;
  why: string;
}

const CENTS = 100;

/** USD per hour (Volt API Reference, Fine-Tuning > Pricing). */
const TIER = { small: 18.5, seven: 27.75, middle: 46.25, large: 92.5, image: 9.25 } as const;

const SMALL = 1;
const SEVEN = 7;
const EIGHT = 8;
const FORTY = 40;

// "8B", "0.5B", "500M" as a part of its own: "3.1" has no unit, "A3B" and "E4B" have a letter before, "4bit" one after;
// "10_7B" may be a 10.7 or a 7 and counts as neither.
const SIZE = /(?<![A-Za-z0-9.]|\d_)(\d+(?:\.\d+)?)([BM])(?![A-Za-z0-9])/gi;
const MIXTURE =
  /\d+x\d|moe|(?<![A-Za-z0-9])A\d+(?:\.\d+)?[BM](?![A-Za-z0-9])|(?<![A-Za-z0-9.])\d+E(?![A-Za-z0-9])|mixtral/i;
/** Below this a number of millions is a context length ("-1M") and not a size (our choice). */
const MIN_MILLIONS = 10;
const THOUSAND = 1000;

/** Sizes in billions of parameters that the name of a model states; empty if it states none. */
function sizes(model: string): number[] {
  const name = model.slice(model.lastIndexOf('/') + 1);
  const found = [...name.matchAll(SIZE)].map(([, digits = '', unit = '']) => ({
    amount: Number(digits),
    unit: unit.toUpperCase(),
  }));
  const billions = found.filter(({ unit, amount }) => unit === 'B' && amount > 0).map(({ amount }) => amount);
  if (billions.length > 0) return billions;
  return found
    .filter(({ unit, amount }) => unit === 'M' && amount >= MIN_MILLIONS)
    .map(({ amount }) => amount / THOUSAND);
}

const band = (low: number, high: number, why: string): PriceBand => ({
  usd_per_hour_min: low,
  usd_per_hour_max: high,
  why,
});

/** The band of one size. In a gap or an overlap of the table, both neighbours are quoted. */
function bandOf(size: number): PriceBand {
  if (size <= SMALL) return band(TIER.small, TIER.small, JOB_PRICE.up_to_1b(size));
  if (size < SEVEN) return band(TIER.small, TIER.seven, JOB_PRICE.below_7b(size));
  if (size <= EIGHT) {
    return band(TIER.seven, TIER.middle, JOB_PRICE.to_8b(size));
  }
  if (size < FORTY) return band(TIER.middle, TIER.middle, JOB_PRICE.to_40b(size));
  if (size === FORTY) return band(TIER.middle, TIER.large, JOB_PRICE.at_40b(size));
  return band(TIER.large, TIER.large, JOB_PRICE.above_40b(size));
}

/**
 * The hourly price of a training, as far as it follows from the HuggingFace id and the task type. The higher reading is what
 * limits are judged by: the documents bill an 8B model at the ~7B price while their table says 8-40B. A mixture of
 * experts and a name without a size count as the highest tier; images by task type, never by name.
 */
export function priceBand(model: string, taskType: string): PriceBand {
  if (taskType === 'image') return band(TIER.image, TIER.image, JOB_PRICE.image);
  const name = model.slice(model.lastIndexOf('/') + 1);
  if (MIXTURE.test(name)) return band(TIER.large, TIER.large, JOB_PRICE.mixture);
  const stated = sizes(model);
  if (stated.length === 0) {
    return band(TIER.large, TIER.large, JOB_PRICE.no_size);
  }
  const low = bandOf(Math.min(...stated));
  const high = bandOf(Math.max(...stated));
  if (stated.length === 1) return low;
  return band(low.usd_per_hour_min, high.usd_per_hour_max, JOB_PRICE.several(stated));
}

const MICRO = 1_000_000;

/**
 * USD for a number of hours, exact to the cent and rounded up to it. Hours count in millionths: whole numbers all the
 * way, so that no binary fraction shifts a cent.
 */
export function upfront(usdPerHour: number, hours: number): number {
  const product = Math.round(usdPerHour * CENTS) * Math.max(1, Math.round(hours * MICRO));
  const rest = product % MICRO;
  return ((product - rest) / MICRO + (rest === 0 ? 0 : 1)) / CENTS;
}
