import type { Io } from '../../core/cloud.ts';
import { errorsOf, type Problem } from '../shared.ts';
import type { Listed } from './reading.ts';

/** The errors that this adapter raises itself. */
export const { fail, notFound, refuseProblems, withNotFound, wrongId } = errorsOf('volt', 'Volt');

/** True if the caller gave something for a field. */
export const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);

/** A problem for each of the given fields that is missing; `tools` supply good values. */
export const missing = (fields: Record<string, unknown>, why: string, tools: Record<string, string> = {}) =>
  Object.entries(fields).flatMap(([field, value]): Problem[] => {
    const tool = tools[field];
    if (isGiven(value)) return [];
    return [tool === undefined ? { field, why } : { field, why, tool }];
  });

/** A problem for each of the given fields that is there and must not be. */
export const surplus = (fields: Record<string, unknown>, why: string) =>
  Object.entries(fields).flatMap(([field, value]): Problem[] => (isGiven(value) ? [{ field, why }] : []));

/** The rows of a list. @throws GpuError if the list is shorter than its total and is read for the gate. */
export function rowsOf<T>(io: Io, { rows, missing }: Listed<T>, noun: string): T[] {
  if (missing === 0 || io.purpose !== 'gate') return rows;
  throw fail(
    'unexpected_response',
    `Volt counts ${missing} more ${noun} than it lists, so what exists is not known.`,
    {
      hint: 'Let the user look in the console of the cloud, or try again later.',
    },
  );
}
