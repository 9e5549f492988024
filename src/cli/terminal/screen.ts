import { styleText } from 'node:util';
import { environment, wantsColor } from '../../config/read.ts';
import { jsonLine } from '../../core/text.ts';

// Whole CSI and OSC sequences, so that no part of one stays as text. Both have a max length: a text is searched once.
const CSI = /(?:\u001b\[|\u009b)[0-?]{0,64}[ -/]{0,8}[@-~]/g;
const OSC =
  /(?:\u001b[\]P^_X]|[\u009d\u0090\u009e\u009f\u0098])[^\u0007\u001b\u009c]{0,256}(?:\u0007|\u001b\\|\u009c)/g;
// Control characters except tab and line feed, and those that change the direction of writing.
const CONTROL = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const HARMLESS = /^[\t\n -~]*$/;

/**
 * Text that is safe on a terminal: without anything that moves the cursor, colours, rings, sets a title or changes the
 * direction of writing. Lines and tabs stay. All text from a cloud, a model or an argument passes through here before it
 * is painted.
 */
export const safe = (text: string): string =>
  HARMLESS.test(text) ? text : text.replace(OSC, '').replace(CSI, '').replace(CONTROL, '');

/** JSON that is safe on a terminal. */
export const safeJson = (value: unknown, indent?: number): string => jsonLine(value, undefined, indent);

/** The styles of the command line. */
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

/** The properties of a stream that decide how text looks on it. */
interface Outlet {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

/** The form of text on one stream: its size in characters, and its colours; none if it is not a terminal. */
export interface Screen {
  isTerminal: boolean;
  columns: number;
  /** Where sentences wrap: nowhere in a pipe, whose reader wants a finding a line. */
  prose: number;
  lines: number;
  color: boolean;
  paint: Paint;
}

/** The screen of a stream. It has colours if the terminal supports them and NO_COLOR does not turn them off. */
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
