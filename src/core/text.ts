import { widthOf } from './columns.ts';

// Invisible code points: those that Unicode calls ignorable (zero-width, bidirectional, variation, tag, fillers), the
// empty braille cell, annotation marks. Names need none of them, and they can hide text from a person.
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffc]+/gu;
// Spaces and line breaks of every kind, and control characters.
const BLANK = /[\p{Cc}\p{Zs}\p{Zl}\p{Zp}]+/gu;
const ANSI = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

/**
 * Text from a cloud made safe to show: no ANSI sequences, no invisible characters, single spaces, at most `max` characters. Only
 * its first `8 * max` characters are read.
 */
export function clean(text: string, max = 200): string {
  const flat = text
    .slice(0, max * 8)
    .replace(ANSI, '')
    .replace(INVISIBLE, '')
    .replace(BLANK, ' ')
    .trim();
  const points = [...flat];
  return points.length <= max ? flat : `${points.slice(0, max - 1).join('')}…`;
}

// Control characters except tab and line feed, and marks of writing direction: JSON.stringify leaves most of them.
const RAW = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Lossless JSON without characters that a terminal would act on. */
export const jsonLine = (
  value: unknown,
  replacer?: (key: string, value: unknown) => unknown,
  indent?: number,
): string => (JSON.stringify(value, replacer, indent) ?? 'null').replace(RAW, escaped);

/** True for a JSON object: no list, not null. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The JSON value in a text; undefined if it is not JSON. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A JSON value with `write` applied to every text in it; names of fields stay. */
export function mapTexts(value: unknown, write: (text: string) => string): unknown {
  if (typeof value === 'string') return write(value);
  if (Array.isArray(value)) return value.map((inner) => mapTexts(inner, write));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, mapTexts(inner, write)]));
}

/** A name from a cloud as data inside a sentence: cleaned, capped at `max` characters, in double quotes it cannot close. */
export function quote(text: string | null, max = 80): string {
  return text === null || text === '' ? '(unnamed)' : `"${clean(text, max).replace(/"/g, "'")}"`;
}

const TINY = 0.001;
const MAX_DECIMALS = 20;

/** USD with as many decimals as cents need, up to four, below a tenth of a cent two digits that count: `2.69`, `0.395`, `0.00004`. Unknown is `unknown`. */
export function usd(amount: number | null): string {
  if (amount === null) return 'unknown';
  if (amount > 0 && amount < TINY) {
    const decimals = Math.min(MAX_DECIMALS, 1 - Math.floor(Math.log10(amount)));
    return amount.toFixed(decimals).replace(/0+$/, '');
  }
  const short = amount.toFixed(2);
  return Math.abs(Number(short) - amount) < 1e-9 ? short : String(Number(amount.toFixed(4)));
}

/** An amount that was spent or is due, in whole cents: `2.69`; less than a cent is `<0.01`. */
export const cents = (amount: number): string => (amount > 0 && amount < 0.005 ? '<0.01' : amount.toFixed(2));

/** The same with its sign, as it stands in a sentence: `$2.69`, `under $0.01`. */
export const dollars = (amount: number): string =>
  amount > 0 && amount < 0.005 ? 'under $0.01' : `$${cents(amount)}`;

/** The last six characters of an id: what a person types for a thing without a name. */
export const tail = (id: string): string => id.slice(-6);

// Printable ASCII, and letters, digits and vowel signs of any script.
const TYPED = /^[ -~\p{L}\p{N}\p{M}]+$/u;
// Marks that NFC has not joined to their letter.
const LOOSE_MARK = /\p{Script=Inherited}/u;
const LATIN = /\p{Script=Latin}/u;
const LOOKALIKE_SCRIPT =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\p{Script=Coptic}]/u;
// Letters of Cyrillic and Greek that look like Latin ones (Unicode confusables.txt, the common ones).
const LOOKALIKES = /^[^\p{L}]*(?:[аеорсхуіјѕһԁԛԝґАВЕЅІЈКМНОРСТУХҮԌԚԜαοικνρυχωΑΒΕΖΗΙΚΜΝΟΡΤΥΧ][^\p{L}]*)+$/u;

/** True if a reader of the (cleaned) name can type it: one script, no letter that looks like another's, no symbols. */
function canBeTyped(name: string): boolean {
  const text = name.normalize('NFC');
  if (!TYPED.test(text) || text !== text.normalize('NFKC') || LOOSE_MARK.test(text)) return false;
  if (!LOOKALIKE_SCRIPT.test(text)) return true;
  return !LATIN.test(text) && !LOOKALIKES.test(text);
}

/** Max columns of a name that is typed: with `Type ""` it fills a line of 80. */
const MAX_TYPED = 73;

/**
 * The text that a person types to destroy a thing: its name, or the last six characters of its id if the name is missing, too
 * long for a line or cannot be typed from sight, is nothing but dollar signs and quotes (which are forgiven, so that nothing
 * would be left to type), or contains a quotation mark, which would hide the end of the challenge.
 */
export function challengeFor(name: string | null, id: string): string {
  const shown = clean(name ?? '', 200);
  const bare = shown.replace(/[$'`\s]/g, '');
  const isClear = bare !== '' && widthOf(shown) <= MAX_TYPED && !shown.includes('"') && canBeTyped(shown);
  return isClear ? shown : tail(id);
}

/** A number and its noun: `1 pod`, `2 pods`; `plural` is needed if the noun takes no s. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`;

// Words that are spoken with a vowel first: by their letters, or because their h is silent. A URL is not among them.
const VOWEL_FIRST = /^(?:[aeio]|u(?!ni|se|uid|r[il])|hour|http|ssh|mcp|rtx|[fhlmnrsx]\d)/i;

/** A noun with its article as it is spoken: `a pod`, `an image`, `an ssh_key`, `an H100`, `a URL`. */
export const withArticle = (noun: string): string => `${VOWEL_FIRST.test(noun) ? 'an' : 'a'} ${noun}`;

/** One value of a table; unknown is shown as `-`. */
export type Cell = string | number | boolean | null | undefined;

// A name from a cloud must not look like the next cell.
function cell(value: Cell): string {
  if (value === null || value === undefined || value === '') return '-';
  const text = String(value);
  return text.includes('|') ? text.replaceAll('|', '¦') : text;
}

/** A compact table for a model: one header line, one line a row, cells parted by ` | `, which no cell can contain. Unknown is `-`. */
export function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns.join(' | '), ...rows.map((row) => row.map(cell).join(' | '))].join('\n');
}

/** `name: value` lines for the fields that are known. */
export function facts(pairs: readonly (readonly [string, Cell])[]): string {
  return pairs
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join('\n');
}

/** The line under a cut list: how many of how many, and how to see the rest. */
export function countLine(count: number, total: number, noun: string, next: string | null): string {
  if (next === null && count === total) return `${counted(total, noun)}.`;
  return `${count} of ${counted(total, noun)}.${next === null ? '' : ` ${next}`}`;
}

/** Levenshtein distance: single characters to change, add or remove to turn one word into the other. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_none, index) => index);
  for (const [i, left] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, right] of [...b].entries()) {
      const change = (row[j] ?? 0) + (left === right ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

const maxDistance = (known: string): number => Math.max(1, Math.floor(known.length / 3));

/** The known word that was most likely meant; null if more than a third of each would have to change. */
export function nearest(word: string, known: readonly string[]): string | null {
  const ranked = known
    .filter((one) => Math.abs(one.length - word.length) <= maxDistance(one))
    .map((one) => ({ one, far: distance(word.toLowerCase(), one.toLowerCase()) }))
    .toSorted((a, b) => a.far - b.far);
  const [best] = ranked;
  return best !== undefined && best.far <= maxDistance(best.one) ? best.one : null;
}
