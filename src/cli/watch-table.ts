import { usd } from '../core/text.ts';
import type { WatchRow } from './watch-rows.ts';

/** How wide and high the table may be, and whether it may be coloured. */
export interface TableStyle {
  columns: number;
  lines: number;
  color: boolean;
}

/** What stands above and below the rows. */
export interface TableFacts {
  title: string;
  burn: number | null;
  debits: number | null;
  /** Why something may be missing. */
  notes: readonly string[];
}

const MOST_COLUMNS = 120;
const STATE = 13;
const RATE = 8;
const COST = 11;
/** Title, header, total and one line to spare. */
const FRAME = 4;

const CODES: Record<WatchRow['tone'] | 'head', string> = {
  good: '32',
  busy: '33',
  bad: '31',
  quiet: '2',
  head: '1',
};

const paint = (text: string, tone: keyof typeof CODES, color: boolean): string =>
  color ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text;

/** Exactly `width` characters: cut with an ellipsis, or filled with spaces. */
function pad(text: string, width: number, toRight = false): string {
  const points = [...text];
  const cut = points.length <= width ? text : `${points.slice(0, Math.max(0, width - 1)).join('')}…`;
  const room = ' '.repeat(Math.max(0, width - [...cut].length));
  return toRight ? room + cut : cut + room;
}

/** Money in a cell: `~` where it is reckoned on since the cloud last told it, `?` where it is not known. */
export const money = (amount: number | null, reckoned = false): string =>
  amount === null ? '?' : `${reckoned ? '~' : ''}$${reckoned ? amount.toFixed(2) : usd(amount)}`;

const cells = (widths: readonly [number, number], row: readonly [string, string, string, string, string]) =>
  [
    pad(row[0], widths[0]),
    pad(row[1], STATE),
    pad(row[2], widths[1]),
    pad(row[3], RATE, true),
    pad(row[4], COST, true),
  ] as const;

/** The total under the rows, and the plain line of a change of it. */
export const totalLine = ({ burn, debits }: Pick<TableFacts, 'burn' | 'debits'>): string => {
  const burning = burn === null ? 'Burn rate unknown' : `Burning $${usd(burn)}/h ($${usd(burn * 24)}/day)`;
  return debits === 0 ? `${burning}.` : `${burning}; ${money(debits)} debited for running jobs.`;
};

/** The table as lines, none longer than the terminal is wide and no more than it is high. */
export function tableLines(rows: readonly WatchRow[], facts: TableFacts, style: TableStyle): string[] {
  const width = Math.min(Math.max(style.columns, 60), MOST_COLUMNS);
  const free = width - STATE - RATE - COST - 4;
  const name = Math.ceil(free * 0.55);
  const widths = [name, free - name] as const;
  const most = Math.max(1, style.lines - FRAME - facts.notes.length);
  const line = (row: WatchRow): string => {
    const label = row.name === '' ? row.ref : `${row.name} (${row.ref.split(':')[0] ?? ''})`;
    const money_ = [money(row.usd_per_hour), money(row.usd, row.reckoned)] as const;
    const rate = row.ref.includes(':job:') ? '-' : money_[0];
    const [first, state, ...rest] = cells(widths, [label, row.state, row.what, rate, money_[1]]);
    return [first, paint(state, row.tone, style.color), ...rest].join(' ');
  };
  const head = cells(widths, ['NAME', 'STATE', 'WHAT', '$/H', 'COST']).join(' ');
  const hidden = rows.length - most;
  return [
    paint(pad(facts.title, width).trimEnd(), 'head', style.color),
    ...(rows.length === 0 ? ['Nothing is running.'] : [head, ...rows.slice(0, most).map(line)]),
    ...(hidden > 0 ? [`… and ${hidden} more`] : []),
    ...facts.notes.map((note) => paint(pad(`! ${note}`, width).trimEnd(), 'bad', style.color)),
    pad(totalLine(facts), width).trimEnd(),
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
