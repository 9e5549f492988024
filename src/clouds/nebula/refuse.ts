import { type ErrorCode, type ErrorFacts, GpuError, isCode } from '../../core/errors.ts';
import { formatRef, type Kind, LISTED_BY } from '../../core/ref.ts';
import { hintFor } from '../../outbound/statuses.ts';

/** An error of this cloud, with the usual next step for its code where no other is given. */
export const refuse = (code: ErrorCode, message: string, facts: ErrorFacts = {}): GpuError =>
  new GpuError(code, message, { hint: hintFor(code), ...facts, cloud: 'nebula' });

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

/** Waits for `work`; a `not_found` becomes one that names the ref and the tool that lists what exists. */
export async function lookingFor<T>(kind: Kind, id: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isCode(error, 'not_found')) throw error;
    throw refuse('not_found', `${formatRef('nebula', kind, id)} was not found. ${error.message}`, {
      hint: `Take the ref from ${LISTED_BY[kind]}.`,
      cause: error,
    });
  }
}
