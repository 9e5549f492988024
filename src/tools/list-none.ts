import { type Cell, clean } from '../core/text.ts';

/** What a list can be narrowed down by: the value of a row, by the name of the filter. */
export type Offered<T> = Readonly<Record<string, (row: T) => Cell>>;

/** Max. values of one filter in the text. */
const MAX_NAMED = 24;

const inOrder = (a: Cell, b: Cell): number =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));

/** The values of all rows, each once, in order. */
function valuesOf<T>(rows: readonly T[], read: (row: T) => Cell): string {
  const values = [...new Set(rows.map(read))].filter(
    (value) => value !== null && value !== undefined && value !== '',
  );
  const named = values.toSorted(inOrder).slice(0, MAX_NAMED);
  const more = values.length - named.length;
  return `${named.map((value) => clean(String(value), 80)).join(', ') || 'none'}${more > 0 ? ` and ${more} more` : ''}`;
}

/**
 * The text if there are rows and filters leave none: what the given filters could name. Null if there are no rows, or if
 * no filter was given that has values to name.
 */
export function noneFits<T>(
  noun: string,
  rows: readonly T[],
  input: Readonly<Record<string, unknown>>,
  offered: Offered<T>,
): string | null {
  const given = Object.entries(offered).filter(([filter]) => input[filter] !== undefined);
  if (rows.length === 0 || given.length === 0) return null;
  const lines = given.map(([filter, read]) => `${filter} here: ${valuesOf(rows, read)}.`);
  return [`No ${noun} fits.`, ...lines, 'Drop or change a filter.'].join(' ');
}
