import { styleText } from 'node:util';

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
