import { TOOLS } from '../src/tools/index.ts';

// What a sentence for a person or a model carries, so that a test asserts the facts and not the wording.

const all = (text: string | null | undefined, pattern: RegExp): string[] =>
  [...(text ?? '').matchAll(pattern)].map(([whole, part]) => part ?? whole);

/** The input fields that an error names as `field: why`, in order. */
export const fieldsIn = (text: string | null | undefined): string[] =>
  all(text, /(?:^|[.;)] )([a-z][a-z_]*(?:\.\d+)?): /g);

/** The refs in a text, in order. */
export const refsIn = (text: string | null | undefined): string[] =>
  all(text, /\b[a-z][a-z0-9_]*:[a-z]+(?:_[a-z]+)*:[\w.-]*\w/g);

/** The names of tools in a text, in order. */
export const toolsIn = (text: string | null | undefined): string[] =>
  all(text, /\b[a-z]+(?:_[a-z]+)+\b/g).filter((word) => TOOLS.some(({ name }) => name === word));

/** The amounts after a dollar sign in a text, in order. */
export const dollarsIn = (text: string | null | undefined): number[] =>
  all(text, /\$(\d+(?:\.\d+)?)/g).map(Number);

/** The texts in double quotes in a text, in order. */
export const quotesIn = (text: string | null | undefined): string[] => all(text, /"([^"]*)"/g);

/** The names of `known` in a text, in order: of commands, clients or the like. */
export const namesIn = (text: string | null | undefined, known: readonly string[]): string[] =>
  all(text, /[a-z]+(?:-[a-z]+)*/g).filter((word) => known.includes(word));

/** A pattern of exactly this text. */
export const literally = (word: string): string => word.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** What a text matches that names all of these, whole and in any order: flags, settings, values, addresses, numbers. */
export const naming = (...names: readonly string[]): RegExp =>
  new RegExp(`^${names.map((name) => `(?=[^]*(?<![\\w-])${literally(name)}(?![\\w-]))`).join('')}`);

/** The numbers in a text, in order. */
export const numbersIn = (text: string | null | undefined): number[] =>
  all(text, /\d+(?:\.\d+)?/g).map(Number);
