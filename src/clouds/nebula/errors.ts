import { errorsOf } from '../shared.ts';

/** The errors that this adapter raises itself. */
export const { fail, notFound, refuseProblems, withNotFound, wrongId } = errorsOf('nebula', 'Nebula');

const DIGITS = /^\d{1,15}$/;

/**
 * The id of a key or an invoice, which Nebula Block counts in integers.
 * @throws GpuError `invalid_input` for anything but digits.
 */
export function digits(id: string, field: string, listedBy: string): string {
  if (DIGITS.test(id)) return id;
  throw fail('invalid_input', `${field}: ids of this kind are whole numbers on Nebula.`, {
    hint: `Take the ref from ${listedBy}.`,
  });
}
