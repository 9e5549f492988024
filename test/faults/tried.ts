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

/** The writes that are tried under faults, on CI all. */
export const TRIED: readonly WriteCase[] = WRITE_CASES.filter((write) => ON_CI || ORDERS.has(labelOf(write)));
