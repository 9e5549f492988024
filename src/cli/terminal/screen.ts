import { styleText } from 'node:util';
import { environment, wantsColor } from '../../config/read.ts';
import { jsonLine } from '../../core/text.ts';

// CSI and OSC sequences whole, so that no half of one stays as text. Both are cut at a bound: a text is searched once.
const CSI = /(?:\u001b\[|\u009b)[0-?]{0,64}[ -/]{0,8}[@-~]/g;
const OSC =
  /(?:\u001b[\]P^_X]|[\u009d\u0090\u009e\u009f\u0098])[^\u0007\u001b\u009c]{0,256}(?:\u0007|\u001b\\|\u009c)/g;
// Control characters but tab and line feed, and what changes the direction of writing.
const CONTROL = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const HARMLESS = /^[\t\n -~]*$/;

/**
 * Text as it may reach a terminal: without anything that moves the cursor, colours, rings, sets a title or turns the
 * direction of writing. Lines and tabs stay. Everything that a cloud, a model or an argument may have written passes
 * here before it is painted.
 */
export const safe = (text: string): string =>
  HARMLESS.test(text) ? text : text.replace(OSC, '').replace(CSI, '').replace(CONTROL, '');

/** JSON as it may reach a terminal. */
export const safeJson = (value: unknown, indent?: number): string => jsonLine(value, undefined, indent);

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
