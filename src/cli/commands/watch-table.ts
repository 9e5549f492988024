import { usd } from '../../core/text.ts';
import { wrapLine } from '../terminal/layout.ts';
import type { Look, Paint } from '../terminal/paint.ts';
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

const LEAST_COLUMNS = 50;
const MOST_COLUMNS = 120;
/** Title, heading, the line for hidden rows, and one to spare. */
const FRAME = 4;
const HEAD = ['NAME', 'CLOUD', 'STATE', 'WHAT', '$/H', 'SO FAR'] as const;
const ESTIMATE = '~ estimated by the rate since the cloud last told';

const LOOKS: Record<WatchRow['tone'], Look> = { good: 'good', busy: 'warn', bad: 'bad', quiet: 'dim' };

const lengthOf = (text: string): number => [...text].length;

/** Exactly `width` characters: cut with an ellipsis, or filled with spaces. */
function pad(text: string, width: number, toRight = false): string {
  const points = [...text];
  const cut = points.length <= width ? text : `${points.slice(0, Math.max(0, width - 1)).join('')}…`;
  const room = ' '.repeat(Math.max(0, width - lengthOf(cut)));
  return toRight ? room + cut : cut + room;
}

/** Money in a cell: `~` where it is reckoned on since the cloud last told it, `?` where it is not known. */
export const money = (amount: number | null, reckoned = false): string =>
  amount === null ? '?' : `${reckoned ? '~' : ''}$${reckoned ? amount.toFixed(2) : usd(amount)}`;

const cellsOf = (row: WatchRow): string[] => [
  row.name,
  row.ref.split(':')[0] ?? '',
  row.state,
  row.what,
  row.ref.includes(':job:') ? '-' : money(row.usd_per_hour),
  money(row.usd, row.reckoned),
];

/** As wide as the cells need; where that is too much, NAME and WHAT share what the others leave. */
function widthsOf(rows: readonly (readonly string[])[], width: number): number[] {
  const [name = 0, cloud = 0, state = 0, what = 0, rate = 0, cost = 0] = HEAD.map((head, at) =>
    Math.max(head.length, ...rows.map((cells) => lengthOf(cells[at] ?? ''))),
  );
  const free = Math.max(2, width - cloud - state - rate - cost - 2 * (HEAD.length - 1));
  const half = Math.floor(free / 2);
  const nameWidth = Math.min(name, Math.max(half, free - what));
  return [nameWidth, cloud, state, Math.min(what, free - nameWidth), rate, cost];
}

/** The total under the rows, and the plain line of a change of it. */
export const totalLine = ({ burn, debits }: Pick<TableFacts, 'burn' | 'debits'>): string => {
  const burning = burn === null ? 'Burn rate unknown' : `Burning $${usd(burn)}/h ($${usd(burn * 24)}/day)`;
  return debits === 0 ? `${burning}.` : `${burning}; ${money(debits)} debited for running jobs.`;
};

/** The table as lines, none longer than the terminal is wide and no more than it is high. */
export function tableLines(rows: readonly WatchRow[], facts: TableFacts, style: TableStyle): string[] {
  const { paint } = style;
  const width = Math.min(Math.max(style.columns, LEAST_COLUMNS), MOST_COLUMNS);
  const below = (text: string): string[] => wrapLine(text, width).split('\n');
  const notes = facts.notes.flatMap((note) => below(`! ${note}`)).map((line) => paint('bad', line));
  const total = below(totalLine(facts));
  const most = Math.max(1, style.lines - FRAME - notes.length - total.length - 1);
  const seen = rows.slice(0, most);
  const widths = widthsOf(seen.map(cellsOf), width);
  const line = (cells: readonly string[], look: (state: string) => string): string =>
    cells
      .map((cell, at) => pad(cell, widths[at] ?? 0, at > 3))
      .map((cell, at) => (at === 2 ? look(cell) : cell))
      .join('  ');
  const hidden = rows.length - seen.length;
  return [
    paint('bold', pad(facts.title, width).trimEnd()),
    ...(rows.length === 0
      ? ['Nothing is running.']
      : [
          paint(
            'dim',
            line(HEAD, (state) => state),
          ),
        ]),
    ...seen.map((row) => line(cellsOf(row), (state) => paint(LOOKS[row.tone], state))),
    ...(hidden > 0 ? [`… and ${hidden} more`] : []),
    ...notes,
    ...total,
    ...(seen.some(({ reckoned }) => reckoned) ? [paint('dim', ESTIMATE)] : []),
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
