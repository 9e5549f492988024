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
