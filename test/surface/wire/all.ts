import { ACCOUNT_ROWS } from './account.ts';
import { INFERENCE_ROWS } from './inference.ts';
import { JOB_ROWS } from './jobs.ts';
import { POD_ROWS } from './pods.ts';
import type { WireRow } from './row.ts';

/** A good call of every tool, some tools several times. */
export const ROWS: readonly WireRow[] = [...POD_ROWS, ...JOB_ROWS, ...ACCOUNT_ROWS, ...INFERENCE_ROWS];
