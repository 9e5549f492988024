import { isSafeId } from '../../core/ref.ts';
import { clean } from '../../core/text.ts';

// Plain functions, because a list of 500 pods has 12,500 fields.

/** What a reader gives for a value that fails its whole row. */
export const WRONG = Symbol('wrong');

/** Reads one field of a reply; a field that is not there is read as null. */
export type Reader<T> = (value: unknown) => T | typeof WRONG;

/** True for a JSON object. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

// Most ids, at a look.
const PLAIN_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** An id that can stand in a path and in a ref; a number is taken as its digits. Whatever else it is fails the row. */
export function wireId(value: unknown): string | typeof WRONG {
  if (typeof value === 'string' && PLAIN_ID.test(value)) return value;
  if (typeof value !== 'string' && !Number.isSafeInteger(value)) return WRONG;
  const id = String(value);
  return isSafeId(id) && clean(id, 256) === id ? id : WRONG;
}

/** Such an id, or null where there is none. */
export const wireIdOrNull = (value: unknown): string | null | typeof WRONG =>
  value === null ? null : wireId(value);

/** A text that must be there: "" fails the row. */
export const wireSecret = (value: unknown): string | typeof WRONG =>
  typeof value === 'string' && value !== '' ? value : WRONG;

const NUMERIC = /^-?\d+(\.\d+)?$/;

/** Text; "" and anything that is not text read as null. */
export function wireText(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A finite number or its decimal spelling, else null. */
export function wireNumber(value: unknown): number | null {
  const number = typeof value === 'string' && NUMERIC.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** A number that cannot be negative (money, sizes, counts), else null. */
export function wireAmount(value: unknown): number | null {
  const number = wireNumber(value);
  return number !== null && number >= 0 ? number : null;
}

/** True or false, else null. */
export const wireFlag = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null);

const listOf =
  <T>(is: (item: unknown) => item is T) =>
  (value: unknown): T[] | null =>
    Array.isArray(value) && value.every(is) ? value : null;

/** A list of texts, else null. */
export const wireTexts = listOf((item) => typeof item === 'string');

/** A list of numbers, else null. */
export const wireNumbers = listOf((item) => typeof item === 'number');

/** The keys of a map; its values are dropped while reading, so that nothing behind this point can show them. */
export const wireKeysOnly = (value: unknown): string[] | null =>
  isRecord(value) ? Object.keys(value) : null;
