import { ACCOUNT_CASES, KEY_CASES, USE_CASES } from './account-cases.ts';
import { JOB_CASES, POD_CASES } from './compute-cases.ts';
import type { WriteCase } from './write-case.ts';

/** Every tool that writes, on every cloud that has it. */
export const WRITE_CASES: readonly WriteCase[] = [
  ...POD_CASES,
  ...JOB_CASES,
  ...ACCOUNT_CASES,
  ...KEY_CASES,
  ...USE_CASES,
];
