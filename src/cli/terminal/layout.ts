import { widthOf, wrap } from '../../core/columns.ts';
import { type Paint, type Screen, safe } from './screen.ts';

/** A text filled with spaces to `width` columns. */
function padTo(text: string, width: number, toRight = false): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return toRight ? space + text : text + space;
}

const MARK = /^\s*(?:[-!] )?/;

/** One line within `columns`; the rest continues below, indented after a mark such as `- `. */
export function wrapLine(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  const mark = MARK.exec(line)?.[0] ?? '';
  return wrap(line.slice(mark.length), columns, ' '.repeat(Math.max(2, mark.length)), mark);
}

/** Prose after a mark of one character, which may be painted; the rest continues below the text. */
export function marked(mark: string, text: string, columns: number, before = ''): string {
  const indent = `${before}  `;
  return `${before}${mark} ${wrap(text, columns, indent, indent).slice(indent.length)}`;
}

/** `wrapLine` for every line of a text. */
export const wrapLines = (text: string, columns: number): string =>
  text
    .split('\n')
    .map((line) => wrapLine(line, columns))
    .join('\n');

/** A line cut to a width: at a space, after a slash of a path, or else anywhere. */
export function fold(line: string, width: number): string[] {
  const rows: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const space = rest.slice(0, width + 1).lastIndexOf(' ');
    const slash = rest.slice(0, width).lastIndexOf('/') + 1;
    const at = [space, slash].find((place) => place > width / 3) ?? width;
    rows.push(rest.slice(0, at));
    rest = rest.slice(at).replace(/^ /, '');
  }
  return [...rows, rest];
}

const GAP = 2;
const NUMBER = /^[~$]*\d+(?:\.\d+)?(?:\/\d+)?$|^[-?]$/;

const longest = (texts: readonly string[]): number => Math.max(0, ...texts.map(widthOf));
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

type Row = readonly string[];
/** Paints a cell that is already as wide as its column; row 0 is the heading. */
export type CellLook = (text: string, row: number, column: number) => string;

/** A column: the width of its cells unbroken, and broken at every space, and if they are figures. */
function measure(cells: readonly string[]) {
  const body = cells.slice(1);
  return {
    natural: longest(cells),
    min: longest(cells.flatMap((cell) => cell.split(' '))),
    toRight: body.some((cell) => /\d/.test(cell)) && body.every((cell) => NUMBER.test(cell)),
  };
}

/** Column widths that fit; the widest column shrinks first. Null if even single words are too wide. */
function widthsOf(columns: readonly ReturnType<typeof measure>[], room: number): number[] | null {
  const space = room - GAP * (columns.length - 1);
  if (sum(columns.map(({ min }) => min)) > space) return null;
  const widths = columns.map(({ natural }) => natural);
  while (sum(widths) > space) {
    const free = widths.map((width, at) => (width > (columns[at]?.min ?? 0) ? width : 0));
    const widest = free.indexOf(Math.max(...free));
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

/** Every row as lines with aligned cells; null if they do not fit. */
function aligned(rows: readonly Row[], room: number, look: CellLook): string[][] | null {
  const columns = (rows[0] ?? []).map((_name, at) => measure(rows.map((row) => row[at] ?? '')));
  const widest = widthsOf(columns, room);
  if (widest === null) return null;
  const broken = rows.map((row) => row.map((cell, at) => wrap(cell, widest[at] ?? 0, '').split('\n')));
  const widths = widest.map((_widest, at) => longest(broken.flatMap((cells) => cells[at] ?? [])));
  const padded = (text: string, row: number, at: number): string =>
    look(padTo(text, widths[at] ?? 0, columns[at]?.toRight), row, at);
  return broken.map((cells, row) => {
    const height = Math.max(1, ...cells.map(({ length }) => length));
    return Array.from({ length: height }, (_none, line) =>
      cells
        .map((pieces, at) => padded(pieces[line] ?? '', row, at))
        .join(' '.repeat(GAP))
        .trimEnd(),
    );
  });
}

/** One row as a heading and one line for each known cell, if a table does not fit. */
function record(head: Row, row: Row, own: number, columns: number, paint: Paint): string[] {
  const width = longest(head);
  const cells = head.flatMap((name, at): [string, string][] => {
    const cell = row[at] ?? '-';
    return at === own || cell === '-' ? [] : [[name, cell]];
  });
  const indent = ' '.repeat(width + 4);
  return [
    paint('bold', row[own] ?? ''),
    ...cells.flatMap(([name, cell]) => wrap(cell, columns, indent, `  ${name.padEnd(width)}  `).split('\n')),
  ];
}

/**
 * A table for a person, the lines of each row within `columns`; the first row is the heading. What does not fit is
 * broken at spaces; if that is not enough, the column `own` (that of the refs, which nobody can break) gets lines of
 * its own.
 */
export function formatRows(
  rows: readonly Row[],
  columns: number,
  paint: Paint,
  own = 0,
  look: CellLook = (text) => text,
): string[][] {
  const [head = [], ...body] = rows;
  const whole = aligned(rows, columns, look);
  const rest =
    whole ??
    aligned(
      rows.map((row) => row.filter((_cell, at) => at !== own)),
      columns,
      (text, row, at) => look(text, row, at < own ? at : at + 1),
    );
  if (rest === null) return [[], ...body.map((row) => record(head, row, own, columns, paint))];
  const [first = [], ...others] = rest.map((row, at) =>
    whole === null ? [...row, `  ${rows[at]?.[own] ?? ''}`] : row,
  );
  return [first.map((line) => paint('bold', line)), ...others];
}

/** `formatRows` as one list of lines. */
export const formatTable = (rows: readonly Row[], columns: number, paint: Paint, own = 0): string[] =>
  formatRows(rows, columns, paint, own).flat();

const CELLS = ' | ';
const count = (line: string | undefined): number => (line ?? '').split(CELLS).length;

/** The number of lines from `from` on that form a table of a tool: a heading, and rows with as many cells. */
function tableHeight(lines: readonly string[], from: number): number {
  const cells = count(lines[from]);
  let end = from;
  while (cells > 1 && end < lines.length && count(lines[end]) === cells) end += 1;
  return end - from > 1 ? end - from : 0;
}

/** A line of prose with its mark in colour: a warning, a refusal's code, the note that all of it is simulated. */
function prose(line: string, { columns, paint }: Screen, isError: boolean): string {
  const text = wrapLine(line, columns);
  if (line.startsWith('[sandbox: ')) return paint('dim', text);
  if (line.startsWith('! ')) return paint('warn', '!') + text.slice(1);
  const code = isError ? /^[a-z_]+(?=: )/.exec(line)?.[0] : undefined;
  return code === undefined ? text : paint('bad', code) + text.slice(code.length);
}

/**
 * The text of a tool for a terminal: its tables (cells separated by ` | `) aligned, everything within the columns of the
 * terminal.
 */
export function forPerson(words: string, screen: Screen, isError = false): string {
  const lines = safe(words).split('\n');
  const shown: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const height = tableHeight(lines, at);
    if (height > 0) {
      const rows = lines.slice(at, at + height).map((line) => line.split(CELLS));
      shown.push(...formatTable(rows, screen.columns, screen.paint));
    } else {
      shown.push(prose(lines[at] ?? '', screen, isError));
    }
    at += Math.max(1, height);
  }
  return shown.join('\n');
}
