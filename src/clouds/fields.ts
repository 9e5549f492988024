import * as z from 'zod';
import { clean } from '../core/text.ts';

// Fields of a reply, read tolerantly: one that is missing, null, empty or of another type is null.

/** True for a JSON object, false for an array, null and all else. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const NUMBER = /^\s*\$?\s*(-?(?:\d{1,3}(?:,\d{3})+|\d*)(?:\.\d+)?)\s*(?:hours?)?\s*$/i;
// No amount is longer, and on a text of white space alone the pattern above would take hours.
const MAX_NUMBER = 64;

/**
 * A number out of `28`, `"28"`, `"$1,234.5000"` or `"0.0000 hours"` (Nebula Block API Reference, User Instance
 * Detail). Anything else, `""` among it, is null: never NaN, never 0. Commas count only between groups of three.
 */
export function toNum(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || value.length > MAX_NUMBER) return null;
  const digits = NUMBER.exec(value)?.[1];
  if (digits === undefined || !/\d/.test(digits)) return null;
  const number = Number(digits.replaceAll(',', ''));
  return Number.isFinite(number) ? number : null;
}

/** `toNum`, and a negative figure is null: as a price it would lower a sum that limits are checked against. */
export function toAmount(value: unknown): number | null {
  const number = toNum(value);
  return number === null || number < 0 ? null : number;
}

/** A number in any documented form, or null. */
export const num = z.preprocess(toNum, z.number().nullable());

/** A number that cannot be negative (money, sizes, counts), or null. */
export const amount = z.preprocess(toAmount, z.number().nullable());

/** True, false, or null for all else. */
export const flag = z.preprocess(
  (value) => (typeof value === 'boolean' ? value : null),
  z.boolean().nullable(),
);

/** Text safe to show, at most `max` characters; a number becomes its digits, `""` and all else null. */
export const text = (max = 200) =>
  z.preprocess((value) => {
    if (typeof value === 'number' && Number.isFinite(value)) return String(value);
    return typeof value === 'string' ? clean(value, max) || null : null;
  }, z.string().nullable());
