import { WRITE_CASES, type WriteCase } from '../../bench/faults/write-case.ts';
import { ON_CI } from '../on-ci.ts';

/** A write, as tests name it. */
export const labelOf = ({ tool, on }: WriteCase): string => `${tool} (${on})`;

/** Elsewhere than on CI: an order on each cloud, and a job. */
const ORDERS: ReadonlySet<string> = new Set([
  'create_pod (Volt, Lium)',
  'create_pod (Nebula)',
  'submit_finetune (text)',
]);

/** @throws Error if a write of the list has another name now */
function ordersOf(writes: readonly WriteCase[]): readonly WriteCase[] {
  const orders = writes.filter((write) => ORDERS.has(labelOf(write)));
  if (orders.length !== ORDERS.size) throw new Error(`Of ${[...ORDERS].join(', ')} one is no write.`);
  return orders;
}

/** The writes that are tried under faults, on CI all. */
export const TRIED: readonly WriteCase[] = ON_CI ? WRITE_CASES : ordersOf(WRITE_CASES);
