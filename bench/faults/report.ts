import type { Cell } from './cell.ts';
import { FAULT_KINDS } from './kinds.ts';
import type { Row } from './matrix.ts';

const BEGIN = '<!-- faults:begin -->';
const END = '<!-- faults:end -->';

const WORDS: Record<Cell['end'], string> = {
  done: 'done',
  found: 'found',
  unknown: 'unknown',
  refused: 'nothing',
};

const word = (cell: Cell | null): string => {
  if (cell === null) return '–';
  if (cell.wrong.length > 0) return '**WRONG**';
  return cell.foundLater ? 'unknown, then found' : WORDS[cell.end];
};

const killedWord = ({ killed }: Row): string => {
  if (killed === null) return '–';
  return killed.wrong.length > 0 ? '**WRONG**' : 'found';
};

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The tools of some rows; the variants of a tool if not all of its rows are among them. */
function namesOf(members: readonly Row[], rows: readonly Row[]): string {
  const of = (name: string, among: readonly Row[]) => among.filter(({ write }) => write.tool === name);
  return [...new Set(members.map(({ write }) => write.tool))]
    .map((name) => {
      const mine = of(name, members);
      const isWhole = mine.length === of(name, rows).length;
      return `\`${name}\`${isWhole ? '' : ` (${mine.map(({ write }) => write.on).join('; ')})`}`;
    })
    .join(', ');
}

/** The figures of all cells together. */
export function figuresOf(rows: readonly Row[]) {
  const cells = rows.flatMap((row) => row.cells.filter((cell) => cell !== null));
  const killed = rows.flatMap((row) => row.killed ?? []);
  const all = [...cells, ...killed];
  const count = (holds: (cell: { effects: number; money: number; sent: number }) => boolean) =>
    all.filter(holds).length;
  return {
    cells: all.length,
    sent: all.reduce((sum, { sent }) => sum + sent, 0),
    limited: cells.reduce((sum, { limited }) => sum + limited, 0),
    effects: all.reduce((sum, { effects }) => sum + effects, 0),
    twice: count(({ effects, money, sent }) => effects > 1 || money > 1 || sent > 1),
    wrong: all.filter(({ wrong }) => wrong.length > 0).length,
  };
}

/** The matrix as Markdown: a table, its words explained, the counts. */
export function reportOf(rows: readonly Row[]): string {
  const figures = figuresOf(rows);
  const head = ['call', ...FAULT_KINDS.map(({ title }) => title), 'server killed'];
  const alike = new Map<string, Row[]>();
  for (const row of rows) {
    const words = [...row.cells.map(word), killedWord(row)].join(' | ');
    alike.set(words, [...(alike.get(words) ?? []), row]);
  }
  const body = [...alike].map(([words, members]) => line([namesOf(members, rows), words]));
  return [
    line(head),
    line(head.map(() => '---')),
    ...body,
    '',
    `${figures.cells} cells: ${figures.sent} writes reached the cloud (and ${figures.limited} more were refused with 429), ${figures.effects} took effect, **${figures.twice}** were sent, took effect or moved money twice, **${figures.wrong}** claimed what was not so.`,
    '',
    'What the words mean:',
    '',
    '- **done**: the cloud said so.',
    '- **found**: the reply was lost; the effect was found by reading, and the result says so (`reconciled: true`; after a kill, in `get_spend`).',
    '- **unknown**: `outcome_unknown`, with candidates, if there are any, and the next step. It may or may not have happened, and the result claims neither.',
    '- **unknown, then found**: the same, and once the cloud lists the new thing, `get_spend` reports it.',
    '- **nothing**: an error, and nothing happened (a metered call whose reply is unreadable is an error too, and `get_spend` counts it as possibly charged).',
    '',
    'What the faults are:',
    '',
    ...FAULT_KINDS.map(({ title, means }) => `- **${title}**: ${means}.`),
    '- **server killed**: the server is killed (`kill -9`) after it sent the order and before the reply; another one is started and asked for `get_spend`.',
  ].join('\n');
}

/** The page with the matrix between its markers. @throws Error if the markers are missing */
export function withReport(page: string, report: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/safety.md has no ${BEGIN} … ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n${report}\n${page.slice(end)}`;
}
