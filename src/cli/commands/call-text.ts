import { layTable, wrapLine } from '../terminal/layout.ts';
import { safe } from '../terminal/safe.ts';
import type { Screen } from '../terminal/screen.ts';

const CELLS = ' | ';
const count = (line: string | undefined): number => (line ?? '').split(CELLS).length;

/** How many lines from `from` on are a table as tools write it: a heading and rows of as many cells. */
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
 * The words of a tool as a person reads them on a terminal: its tables (cells parted by ` | `) aligned, everything
 * within the columns there are.
 */
export function forPerson(words: string, screen: Screen, isError = false): string {
  const lines = safe(words).split('\n');
  const shown: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const height = tableHeight(lines, at);
    if (height > 0) {
      const rows = lines.slice(at, at + height).map((line) => line.split(CELLS));
      shown.push(...layTable(rows, screen.columns, screen.paint));
    } else {
      shown.push(prose(lines[at] ?? '', screen, isError));
    }
    at += Math.max(1, height);
  }
  return shown.join('\n');
}
