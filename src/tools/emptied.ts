import * as z from 'zod';
import { GpuError } from '../core/errors.ts';

/**
 * The argument with which an update takes everything off a list or map. An empty list or map does not do it, because
 * some hosts send one for every argument that the model left out.
 */
export const removeAllField = <const F extends [string, ...string[]]>(fields: F) =>
  z.array(z.enum(fields)).optional().describe('What is emptied');

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** The update with what `remove_all` names emptied. `empty`: each field that it may name, with its empty value. */
export function withRemoved<T extends { remove_all?: string[] | undefined }>(
  given: T,
  empty: { readonly [F in keyof T]?: Exclude<T[F], undefined> },
): T {
  const named = given.remove_all ?? [];
  for (const [field] of Object.entries(empty)) {
    const value: unknown = Object.entries(given).find(([name]) => name === field)?.[1];
    if (value === undefined) continue;
    if (isEmpty(value)) {
      throw new GpuError('invalid_input', `${field}: an empty value changes nothing.`, {
        hint: `To take everything off, pass remove_all=["${field}"]; otherwise leave ${field} out.`,
      });
    }
    if (named.includes(field)) {
      throw new GpuError('invalid_input', `${field}: given, but remove_all empties it.`, {
        hint: `Pass ${field} or name it in remove_all, not both.`,
      });
    }
  }
  const removed = Object.entries(empty).filter(([field]) => named.includes(field));
  return { ...given, ...Object.fromEntries(removed) };
}
