import { styleText } from 'node:util';
import { environment, wantsColor } from '../../config/read.ts';

/** The few looks that the command line uses. */
export type Look = 'good' | 'bad' | 'dim' | 'bold' | 'warn';
export type Paint = (look: Look, text: string) => string;

// Magenta and not yellow, which cannot be read on a light background.
const STYLES = {
  good: 'green',
  bad: 'red',
  dim: 'dim',
  bold: 'bold',
  warn: 'magenta',
} as const satisfies Record<Look, Parameters<typeof styleText>[0]>;

/** Paints, or leaves the text as it is. */
export const createPaint = (color: boolean): Paint =>
  color ? (look, text) => styleText(STYLES[look], text, { validateStream: false }) : (_look, text) => text;

/** The size assumed for a stream that has none, such as a pipe. */
const COLUMNS = 80;
const LINES = 24;

/** What of a stream decides how text looks on it. */
export interface Outlet {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** How text looks on one stream: its size in characters, and its colours, none if it is not a terminal. */
export interface Screen {
  isTerminal: boolean;
  columns: number;
  /** Where sentences wrap: nowhere in a pipe, whose reader wants a finding a line. */
  prose: number;
  lines: number;
  color: boolean;
  paint: Paint;
}

/** The screen behind a stream. Colours need a terminal that knows them, and that NO_COLOR does not say no. */
export function screenOf({ isTTY, columns, rows }: Outlet, env = environment()): Screen {
  const isTerminal = isTTY === true;
  const color = isTerminal && env.TERM !== 'dumb' && wantsColor(env);
  const width = columns || COLUMNS;
  return {
    isTerminal,
    columns: width,
    prose: isTerminal ? width : Number.POSITIVE_INFINITY,
    lines: rows || LINES,
    color,
    paint: createPaint(color),
  };
}
