import { GpuError } from '../../core/errors.ts';

/** One thing wrong with a request: the field as the tools name it, what is wrong, and who supplies a good value. */
export interface Problem {
  field: string;
  why: string;
  tool?: string;
}

/** True where the caller gave something for a field. */
export const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);

/** A problem for each of the given fields that is missing. */
export const missing = (fields: Record<string, unknown>, why: string, tools: Record<string, string> = {}) =>
  Object.entries(fields).flatMap(([field, value]): Problem[] => {
    const tool = tools[field];
    if (isGiven(value)) return [];
    return [tool === undefined ? { field, why } : { field, why, tool }];
  });

/** A problem for each of the given fields that is there and must not be. */
export const surplus = (fields: Record<string, unknown>, why: string) =>
  Object.entries(fields).flatMap(([field, value]): Problem[] => (isGiven(value) ? [{ field, why }] : []));

/** Refuses a request with all its problems at once. @throws GpuError `invalid_input` unless the list is empty. */
export function refuseAll(problems: readonly Problem[], what: string): void {
  if (problems.length === 0) return;
  const lines = problems.map(
    ({ field, why, tool }) => `${field}: ${why}${tool === undefined ? '' : ` (${tool})`}.`,
  );
  const tools = [...new Set(problems.flatMap(({ tool }) => tool ?? []))];
  const hint =
    tools.length === 0
      ? 'Correct these fields and call again.'
      : `${tools.join(', ')} supply the values; correct all of these fields and call again.`;
  throw new GpuError('invalid_input', `${what} ${lines.join(' ')}`, { hint, cloud: 'volt' });
}

const MAX_NAME = 200;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** What is wrong with a name, if anything; no limit is documented, 200 characters is our choice. */
export function nameProblems(name: string): Problem[] {
  if (name.trim() === '') return [{ field: 'name', why: 'needed' }];
  if (name.length > MAX_NAME) return [{ field: 'name', why: `at most ${MAX_NAME} characters` }];
  return CONTROL.test(name) ? [{ field: 'name', why: 'no control characters' }] : [];
}
