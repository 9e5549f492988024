import { kindOf } from '../../core/ref.ts';
import { cents, usd } from '../../core/text.ts';
import { type CellLook, layRows, wrapLine } from '../terminal/layout.ts';
import type { Look, Paint } from '../terminal/screen.ts';
import { cutTo, widthOf } from '../terminal/width.ts';
import type { WatchRow } from './watch-rows.ts';

/** How wide and high the table may be, and how it is coloured. */
export interface TableStyle {
  columns: number;
  lines: number;
  paint: Paint;
}

/** What stands above and below the rows. */
export interface TableFacts {
  title: string;
  burn: number | null;
  debits: number | null;
  /** Why something may be missing. */
  notes: readonly string[];
}

const MIN_COLUMNS = 50;
const MAX_COLUMNS = 120;
/** Title, the line for hidden rows, and one to spare. */
const FRAME = 3;
const HEAD = ['NAME', 'STATE', 'WHAT', '$/H', 'SO FAR', 'REF'] as const;
const STATE = HEAD.indexOf('STATE');
const REF = HEAD.indexOf('REF');
const MAX_NAME = 40;
const MIN_NAME = 8;
const MAX_WHAT = 24;
const ESTIMATE = '~ estimated from the hourly rate since the last report';

const LOOKS: Record<WatchRow['tone'], Look> = { good: 'good', busy: 'warn', bad: 'bad', quiet: 'dim' };

/** Money in a cell, in cents: `~` if it is estimated since the cloud last reported it, `?` if it is not known. */
export const money = (amount: number | null, reckoned = false): string =>
  amount === null ? '?' : `${reckoned ? '~' : ''}$${cents(amount)}`;

const cellsOf = (row: WatchRow): string[] => [
  row.name,
  row.state,
  cutTo(row.what, MAX_WHAT),
  kindOf(row.ref) === 'job' ? '-' : row.usd_per_hour === null ? '?' : `$${usd(row.usd_per_hour)}`,
  money(row.usd, row.reckoned),
  row.ref,
];

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(widthOf));

/** The cells with names cut to what the other columns leave, so that only refs may need lines of their own. */
function fitted(rows: readonly string[][], width: number): string[][] {
  const others = HEAD.slice(1, REF).map((head, at) =>
    widest([head, ...rows.flatMap((cells) => (cells[at + 1] ?? '').split(' '))]),
  );
  const room = width - others.reduce((sum, one) => sum + one + 2, 0);
  const max = Math.min(MAX_NAME, Math.max(MIN_NAME, room));
  return rows.map(([name = '', ...rest]) => [cutTo(name, max), ...rest]);
}

/** The total under the rows, and the plain line of a change of it. */
export const totalLine = ({ burn, debits }: Pick<TableFacts, 'burn' | 'debits'>): string => {
  const burning = burn === null ? 'Burn rate unknown' : `Burning $${usd(burn)}/h ($${cents(burn * 24)}/day)`;
  return debits === 0 ? `${burning}.` : `${burning}; ${money(debits)} debited for running jobs.`;
};

/** The table as lines, none longer than the terminal is wide and no more than it is high. */
export function tableLines(rows: readonly WatchRow[], facts: TableFacts, style: TableStyle): string[] {
  const { paint } = style;
  const width = Math.min(Math.max(style.columns, MIN_COLUMNS), MAX_COLUMNS);
  const below = (text: string): string[] => wrapLine(text, width).split('\n');
  const notes = facts.notes.flatMap((note) => below(`! ${note}`)).map((line) => paint('bad', line));
  const total = below(totalLine(facts));
  const look: CellLook = (text, at, column) => {
    const row = rows[at - 1];
    return row !== undefined && column === STATE ? paint(LOOKS[row.tone], text) : text;
  };
  const cells = fitted(rows.map(cellsOf), width);
  const [head = [], ...laid] = layRows([HEAD, ...cells], width, paint, REF, look);
  const room = style.lines - FRAME - head.length - notes.length - total.length - 1;
  let used = 0;
  const seen = laid.filter((lines, at) => {
    used += lines.length;
    return at === 0 || used <= room;
  });
  const hidden = rows.length - seen.length;
  return [
    paint('bold', cutTo(facts.title, width)),
    ...(rows.length === 0 ? ['Nothing is running.'] : head),
    ...seen.flat(),
    ...(hidden > 0 ? [`… and ${hidden} more`] : []),
    ...notes,
    ...total,
    ...(rows.slice(0, seen.length).some(({ reckoned }) => reckoned) ? [paint('dim', ESTIMATE)] : []),
  ];
}

/** A change as one plain line, for logs and pipes. */
export function changeLine(at: Date, row: WatchRow, before: string | null): string {
  const moved = before === null || before === row.state ? row.state : `${before} -> ${row.state}`;
  const rate = row.usd_per_hour === null ? [] : [`$${usd(row.usd_per_hour)}/h`];
  const cost = row.usd === null ? [] : [`${money(row.usd, row.reckoned)} so far`];
  const ssh = row.ssh === null ? [] : [row.ssh];
  return [at.toISOString(), row.ref, JSON.stringify(row.name), moved, ...rate, ...cost, ...ssh].join('  ');
}
