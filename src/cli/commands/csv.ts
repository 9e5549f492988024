import { safe } from '../terminal/safe.ts';

/** What a cell may hold. Null is an empty cell. */
export type CsvCell = string | number | null;

// A spreadsheet runs a text that begins so as a formula; a quote before it makes it text (OWASP, CSV injection).
const FORMULA = /^[=+\-@\t]/;

function cellText(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = safe(cell);
  const inert = FORMULA.test(text) ? `'${text}` : text;
  return /[",\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

/** Rows as CSV (RFC 4180). Texts of others can neither move a terminal's cursor nor run as a formula. */
export const csvText = (rows: readonly (readonly CsvCell[])[]): string =>
  rows.map((row) => `${row.map(cellText).join(',')}\r\n`).join('');
