import type { PodRate } from './cloud.ts';
import type { GpuError } from './errors.ts';
import type { Pod } from './model.ts';
import type { CloudId } from './ref.ts';

/** One live pod and what it costs an hour. */
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
