/** True for a JSON object, which is no array. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object that a value is; an empty one for anything else. */
export const objectIn = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});
