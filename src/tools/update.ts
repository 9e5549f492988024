import * as z from 'zod';
import type { Cloud } from '../core/cloud.ts';
import { GpuError } from '../core/errors.ts';

// What the updates of several kinds of things have in common.

/**
 * The argument with which an update empties a list or map. An empty list or map as value does not, because some hosts
 * send one for every argument that the model left out.
 */
export const removeAllField = <const F extends [string, ...string[]]>(fields: F) =>
  z.array(z.enum(fields)).optional().describe('What is emptied');

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** The update with the fields emptied that `remove_all` names. `empty`: each field that it may name, with its empty value. */
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
        hint: `To remove everything, pass remove_all=["${field}"]; otherwise leave ${field} out.`,
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

/** @throws GpuError `invalid_input` if none of the fields that can change is given */
export function refuseNothing<F extends string>(
  given: { readonly [N in F]?: unknown },
  fields: readonly F[],
  hint: string,
): void {
  if (fields.some((field) => given[field] !== undefined)) return;
  throw new GpuError('invalid_input', `${fields.join(', ')}, remove_all: at least one is needed.`, { hint });
}

/** The members of a set in one order, to compare two sets; `unknown` if they are not known. */
export const sorted = (values: readonly (string | number)[] | null | undefined): string =>
  values === null || values === undefined ? 'unknown' : values.map(String).toSorted().join(', ');

/** The warning about changed fields that the thing does not show; null if it shows all. */
export const notShown = (at: Cloud, fields: readonly string[]): string | null =>
  fields.length === 0
    ? null
    : `WARNING: ${at.title} accepted the change, but does not show it for: ${fields.join(', ')}.`;
