/** Fields that a ref says already. */
const IN_REF: ReadonlySet<string> = new Set(['cloud', 'id']);

/** Parts that keep every field: what plans, errors and sums leave open is said by null. */
const WHOLE: ReadonlySet<string> = new Set(['plan', 'error', 'errors', 'caps', 'clouds', 'since_start']);

/** Reports and lists: their own fields stay, known or not; the things in them are slim. */
const REPORTS: ReadonlySet<string> = new Set(['spend']);

/** Fields of an envelope whose null says something: the end of a list, a total that the cloud does not tell. */
const TOLD_BY_NULL: ReadonlySet<string> = new Set(['next_cursor', 'total']);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNothing = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

function slimField(name: string, value: unknown): unknown {
  if (WHOLE.has(name)) return value;
  if (Array.isArray(value)) return value.map((inner) => (isObject(inner) ? slim(inner) : inner));
  return isObject(value) ? slim(value) : value;
}

/** A thing without what its cloud did not give and without what its ref says already. */
export function slim(thing: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const hasRef = typeof thing.ref === 'string';
  const fields = Object.entries(thing).flatMap(([name, value]): [string, unknown][] => {
    if (hasRef && IN_REF.has(name)) return [];
    const inner = slimField(name, value);
    return isNothing(inner) ? [] : [[name, inner]];
  });
  return Object.fromEntries(fields);
}

/** What a result or a resource holds for programs: the envelope with all its fields, and slim things in it. */
export function shownTo(output: object): Record<string, unknown> {
  const fields = Object.entries(output).flatMap(([name, value]): [string, unknown][] => {
    if (value === undefined || (value === null && !TOLD_BY_NULL.has(name))) return [];
    if (!REPORTS.has(name) || !isObject(value)) return [[name, slimField(name, value)]];
    return [
      [name, Object.fromEntries(Object.entries(value).map(([key, one]) => [key, slimField(key, one)]))],
    ];
  });
  return Object.fromEntries(fields);
}
