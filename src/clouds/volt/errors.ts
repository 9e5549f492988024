import { errorsOf, type Problem } from '../shared.ts';

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
