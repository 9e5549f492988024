import { type ErrorCode, type ErrorFacts, GpuError } from '../../core/errors.ts';

/** An error of this cloud. */
export const refuse = (code: ErrorCode, message: string, facts: ErrorFacts = {}): GpuError =>
  new GpuError(code, message, { ...facts, cloud: 'nebula' });

const DIGITS = /^\d{1,15}$/;

/**
 * The id of a key or an invoice, which Nebula Block counts in integers.
 * @throws GpuError `invalid_input` for anything but digits.
 */
export function digits(id: string, field: string, listedBy: string): string {
  if (DIGITS.test(id)) return id;
  throw refuse('invalid_input', `${field}: ids of this kind are whole numbers on Nebula.`, {
    hint: `Take the ref from ${listedBy}.`,
  });
}
