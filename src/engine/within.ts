/** The most characters of one form of a result: some hosts cut a longer one in its middle, unseen. */
export const MAX_CHARACTERS = 9000;

const LEFT_OUT = 'more lines were left out here, because one answer holds at most 9,000 characters.';

/** Lines cut to a length, whole lines only: what must be read stands in `head` and `tail`, the rest gives way from its end. */
export function linesWithin(
  head: readonly string[],
  rest: readonly string[],
  tail: readonly string[],
  max: number,
): string {
  const whole = [...head, ...rest, ...tail].join('\n');
  if (whole.length <= max) return whole;
  const room = max - [...head, ...tail].join('\n').length - LEFT_OUT.length - 12;
  const kept: string[] = [];
  let used = 0;
  for (const line of rest) {
    if (used + line.length + 1 > room) break;
    kept.push(line);
    used += line.length + 1;
  }
  const note = `… ${rest.length - kept.length} ${LEFT_OUT}`;
  const cut = [...head, ...kept, note, ...tail].join('\n');
  return cut.length <= max ? cut : `${cut.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

type Path = readonly (string | number)[];

/** The heaviest list or text in a value, by the characters of its JSON. */
function heaviest(value: unknown, path: Path): { path: Path; size: number } | null {
  if (typeof value === 'string') return { path, size: value.length };
  if (typeof value !== 'object' || value === null) return null;
  const own = Array.isArray(value) && value.length > 1 ? { path, size: JSON.stringify(value).length } : null;
  if (own !== null) return own;
  return Object.entries(value)
    .map(([key, inner]) => heaviest(inner, [...path, key]))
    .reduce((most, one) => (one !== null && one.size > (most?.size ?? 0) ? one : most), null);
}

const shorter = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.slice(0, Math.ceil(value.length / 2));
  return typeof value === 'string' ? `${value.slice(0, Math.floor(value.length * 0.6))}…` : value;
};

function changed(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return shorter(value);
  if (Array.isArray(value)) return value.map((one, at) => (at === Number(key) ? changed(one, rest) : one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, name === key ? changed(one, rest) : one]),
  );
}

/** A structured result cut to a length: its heaviest lists lose whole items from their end, and `truncated` says so. */
export function valueWithin(value: Record<string, unknown>, max: number): Record<string, unknown> {
  let kept = value;
  while (JSON.stringify(kept).length > max) {
    const found = heaviest(kept, []);
    if (found === null || found.size < 100) break;
    kept = { ...(changed(kept, found.path) as Record<string, unknown>), truncated: true };
  }
  return kept;
}
