import { wrap, wrapLine } from '../terminal/layout.ts';
import type { Look, Paint, Screen } from '../terminal/screen.ts';
import { widthOf } from '../terminal/width.ts';
import { forPerson } from './call-text.ts';

const SPEAKERS = { agent: 'dim', asked: 'warn', types: 'good', server: 'dim' } as const satisfies Record<
  string,
  Look
>;
/** Who says a line of the transcript; `asked` and `types` are the person. */
export type Speaker = keyof typeof SPEAKERS;

/** Columns before what somebody says. */
const MARGIN = 11;
const CELLS = ' | ';
const SANDBOX_NOTE = /^\[sandbox: /;
/** What stands in brackets, also in brackets within them. */
const ASIDE = / \((?:[^()]|\([^()]*\))*\)/g;
/** Of a table the first columns: what it is and what it costs. */
const MAX_CELLS = 3;

const argument = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value));

/** A call word for word. */
export const callWords = (tool: string, args: Record<string, unknown>): string =>
  `${tool} {${Object.entries(args)
    .map(([name, value]) => `"${name}": ${JSON.stringify(value)}`)
    .join(', ')}}`;

/** A call in short: the tool and `name=value` for each argument. */
export const callGist = (tool: string, args: Record<string, unknown>): string =>
  [tool, ...Object.entries(args).map(([name, value]) => `${name}=${argument(value)}`)].join(' ');

/** What a question asks to be typed; the instruction stands at its end, too. */
export const challengeIn = (message: string): string =>
  /Type\s+"([^"]+)"\s+to confirm\.$/.exec(message)?.[1] ?? '';

/** The point of a question: what would be done, what it costs without the arithmetic, and what to type. */
export function questionGist(message: string): string {
  const lines = message.replace(/\n {2,}/g, ' ').split('\n');
  const cost = lines.find((line) => line.startsWith('Cost: '));
  return [lines[0], cost, `Type "${challengeIn(message)}" to confirm.`]
    .map((line) => (line ?? '').replace(ASIDE, ''))
    .join(' ')
    .replace(/ {2,}/g, ' ');
}

const sentences = (line: string): string[] => line.split(/(?<=[.?]) (?=[A-Z])/);

/** The point of an answer: the rows of its table, else the sentences that the step shows, or the first. */
export function answerGist(text: string, shows: RegExp | undefined): string {
  const lines = text.split('\n').filter((line) => !SANDBOX_NOTE.test(line));
  const rows = lines.filter((line) => line.includes(CELLS));
  if (rows.length > 1) return rows.map((row) => row.split(CELLS).slice(0, MAX_CELLS).join(CELLS)).join('\n');
  const said = lines.flatMap(sentences);
  return (shows === undefined ? said.slice(0, 1) : said.filter((sentence) => shows.test(sentence))).join(
    '\n',
  );
}

/** Lines behind the name of who says them. */
const behind = (speaker: Speaker, lines: readonly string[], paint: Paint): string => {
  const name = paint(SPEAKERS[speaker], `    ${speaker}`.padEnd(MARGIN));
  return lines.map((line, at) => `${at === 0 ? name : ' '.repeat(MARGIN)}${line}`).join('\n');
};

/** What somebody says; tables are aligned. */
export function speech(speaker: Speaker, text: string, screen: Screen): string {
  const shown = forPerson(text, { ...screen, columns: screen.columns - MARGIN });
  return behind(speaker, shown.split('\n'), screen.paint);
}

/** The point of a question, and behind `>` what the person types. */
export function exchange(message: string, typed: string, { columns, paint }: Screen): string {
  const room = columns - MARGIN;
  const lines = wrapLine(questionGist(message), room).split('\n');
  const last = lines.at(-1) ?? '';
  const fits = widthOf(last) + 3 + widthOf(typed) <= room;
  const answer = paint('good', `> ${typed}`);
  return behind(
    'asked',
    fits ? [...lines.slice(0, -1), `${last} ${answer}`] : [...lines, `  ${answer}`],
    paint,
  );
}

/** The heading of a step. */
export const heading = (number: number, says: string, { columns, paint }: Screen): string =>
  paint('bold', wrap(says, columns, '    ', `${`${number}.`.padStart(3)} `));
