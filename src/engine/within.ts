import { RESULT_SAYS } from './messages.ts';

/** Max characters of one form of a result: some hosts cut a longer one in its middle without a note. */
export const MAX_CHARACTERS = 9000;

/** The lines in at most `max` characters: whole lines of `rest` are cut from its end, `head` and `tail` stay. */
export function linesWithin(
  head: readonly string[],
  rest: readonly string[],
  tail: readonly string[],
  max: number,
): string {
  const whole = [...head, ...rest, ...tail].join('\n');
  if (whole.length <= max) return whole;
  const room = max - [...head, ...tail].join('\n').length - RESULT_SAYS.left_out.length - 12;
  const kept: string[] = [];
  let used = 0;
  for (const line of rest) {
    if (used + line.length + 1 > room) break;
    kept.push(line);
    used += line.length + 1;
  }
  const note = `… ${rest.length - kept.length} ${RESULT_SAYS.left_out}`;
  const cut = [...head, ...kept, note, ...tail].join('\n');
  return cut.length <= max ? cut : `${cut.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

type Path = readonly (string | number)[];

/** The largest list or text in a value, by the characters of its JSON. */
function largest(value: unknown, path: Path): { path: Path; size: number } | null {
  if (typeof value === 'string') return { path, size: value.length };
  if (typeof value !== 'object' || value === null) return null;
  const own = Array.isArray(value) && value.length > 1 ? { path, size: JSON.stringify(value).length } : null;
  if (own !== null) return own;
  return Object.entries(value)
    .map(([key, inner]) => largest(inner, [...path, key]))
    .reduce((max, one) => (one !== null && one.size > (max?.size ?? 0) ? one : max), null);
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

/** A structured result in at most `max` characters: its largest lists lose items from their end, and `truncated` is set. */
export function valueWithin(value: Record<string, unknown>, max: number): Record<string, unknown> {
  let kept = value;
  while (JSON.stringify(kept).length > max) {
    const found = largest(kept, []);
    if (found === null || found.size < 100) break;
    kept = { ...(changed(kept, found.path) as Record<string, unknown>), truncated: true };
  }
  return kept;
}
