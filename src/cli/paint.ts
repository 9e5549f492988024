import { styleText } from 'node:util';
import { childEnv, wantsColor } from '../config.ts';

/** The few looks that the command line uses. */
export type Look = 'good' | 'bad' | 'dim' | 'bold' | 'warn';
export type Paint = (look: Look, text: string) => string;

const STYLES = {
  good: 'green',
  bad: 'red',
  dim: 'dim',
  bold: 'bold',
  warn: 'yellow',
} as const satisfies Record<Look, Parameters<typeof styleText>[0]>;

/** Whether colour is wanted there: on a terminal that knows colours, unless NO_COLOR says otherwise. */
export const wantsColour = (isTerminal: boolean): boolean =>
  isTerminal && childEnv({}).TERM !== 'dumb' && wantsColor();

/** Paints, or leaves the text as it is. */
export const createPaint = (colour: boolean): Paint =>
  colour ? (look, text) => styleText(STYLES[look], text, { validateStream: false }) : (_look, text) => text;

/** Text broken at spaces so that no line is longer than `width`; all lines but the first get the indent. */
export function wrap(text: string, width: number, indent: string): string {
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(' ')) {
    const room = width - (rows.length === 0 ? 0 : indent.length);
    if (row !== '' && row.length + 1 + word.length > room) {
      rows.push(row);
      row = word;
    } else {
      row = row === '' ? word : `${row} ${word}`;
    }
  }
  return [...rows, row].join(`\n${indent}`);
}
