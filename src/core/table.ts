import { counted } from './words.ts';

/** One value of a table; unknown is shown as `-`. */
export type Cell = string | number | boolean | null | undefined;

// A name from a cloud must not look like the next cell.
function cell(value: Cell): string {
  if (value === null || value === undefined || value === '') return '-';
  const text = String(value);
  return text.includes('|') ? text.replaceAll('|', '¦') : text;
}

/** A compact table for a model: one header line, one line a row, cells parted by ` | `, which no cell can contain. Unknown is `-`. */
export function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns.join(' | '), ...rows.map((row) => row.map(cell).join(' | '))].join('\n');
}

/** `name: value` lines for the fields that are known. */
export function facts(pairs: readonly (readonly [string, Cell])[]): string {
  return pairs
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join('\n');
}

/** The line under a cut list: how many of how many, and how to see the rest. */
export function shown(count: number, total: number, noun: string, next: string | null): string {
  if (next === null && count === total) return `${counted(total, noun)}.`;
  return `${count} of ${counted(total, noun)}.${next === null ? '' : ` ${next}`}`;
}
