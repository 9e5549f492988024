import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from '../../config/read.ts';
import type { Json, JsonObject, McpClient } from './clients/client.ts';

/** One thing to set (or, with undefined, to remove) in a configuration file; everything else stays byte for byte. */
export interface Change {
  path: readonly string[];
  value: Json | undefined;
}

/** One syntax: how a file is read, and how changes are written into its text. */
export interface Syntax {
  /** The file's value; empty text is an empty object. @throws SyntaxProblem */
  parse(text: string): Json;
  apply(text: string, changes: readonly Change[]): string;
}

/** What a parser has against a file, in its own words. */
export class SyntaxProblem extends Error {}

/** True for an object that is neither null nor a list. */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The steps from one value to another: objects are compared key by key, anything else is replaced whole. */
export function changesBetween(before: Json | undefined, after: Json, path: readonly string[]): Change[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isObject(before) || !isObject(after)) return [{ path, value: after }];
  const removed = Object.keys(before).filter((key) => !(key in after));
  return [
    ...removed.map((key) => ({ path: [...path, key], value: undefined })),
    ...Object.entries(after).flatMap(([key, value]) => changesBetween(before[key], value, [...path, key])),
  ];
}

/** What stands at a path; undefined where nothing does. @throws SyntaxProblem where the way there is not an object */
export function valueAt(root: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = root;
  for (const [depth, key] of path.entries()) {
    if (value === undefined) return undefined;
    if (!isObject(value)) {
      const place = depth === 0 ? 'the file' : `"${path.slice(0, depth).join('.')}"`;
      throw new SyntaxProblem(`${place} holds ${Array.isArray(value) ? 'a list' : 'a plain value'}`);
    }
    value = Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

/** The same value without what stands at a path, and without tables that are empty then. */
function without(value: Json, [key, ...rest]: readonly string[]): Json {
  if (key === undefined || !isObject(value)) return value;
  const { [key]: inner, ...others } = value;
  if (inner === undefined || rest.length === 0) return others;
  const left = without(inner, rest);
  return isObject(left) && Object.keys(left).length === 0 ? others : { ...others, [key]: left };
}

const sorted = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key] ?? null)]),
  );
};

/** A file's text, its entry before, and how to give it another. */
export interface EntryFile {
  /** The entry under that name; undefined where there is none. */
  entry: Json | undefined;
  /** All entries of the table. */
  entries: JsonObject;
  /** The text with the entry set, or with undefined removed. @throws ConfigError rather than touch anything else */
  withEntry(entry: JsonObject | undefined): string;
}

const problemText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Opens the text of a client's file. What is written is parsed again and compared: only our entry may differ.
 * @throws ConfigError where the file is broken or of another shape; it is then never written
 */
export function openEntry(
  syntax: Syntax,
  client: Pick<McpClient, 'format' | 'table' | 'title'>,
  file: string,
  text: string,
  name: string,
): EntryFile {
  const path = [...client.table, name];
  const refuse = (why: string): ConfigError =>
    new ConfigError(
      `${file} was left as it is: ${why}. Repair the file (or move it away) and run the command again.`,
    );
  let root: Json;
  let entries: Json | undefined;
  try {
    root = syntax.parse(text);
    entries = valueAt(root, client.table);
    if (entries !== undefined && entries !== null && !isObject(entries)) valueAt(root, path);
  } catch (error) {
    if (error instanceof SyntaxProblem)
      throw refuse(`it is not the ${client.format.toUpperCase()} of ${client.title} (${error.message})`);
    throw error;
  }
  const table = isObject(entries) ? entries : {};
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  const rest = sorted(without(root, path));
  return {
    entry,
    entries: table,
    withEntry(wanted) {
      const changes = wanted === undefined ? [{ path, value: wanted }] : changesBetween(entry, wanted, path);
      if (changes.length === 0 || (wanted === undefined && entry === undefined)) return text;
      try {
        const after = syntax.apply(text, changes);
        const parsed = syntax.parse(after);
        const exact = isDeepStrictEqual(valueAt(parsed, path), wanted);
        if (exact && isDeepStrictEqual(sorted(without(parsed, path)), rest)) return after;
      } catch (error) {
        throw refuse(`the entry cannot be written into its present form (${problemText(error)})`);
      }
      throw refuse('writing the entry would have changed something else in it');
    },
  };
}
