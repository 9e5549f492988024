import { isDeepStrictEqual } from 'node:util';
import { ConfigError } from '../../config/read.ts';
import { messageOf } from '../../core/errors.ts';
import { isObject } from '../../core/text.ts';
import type { Json, JsonObject, McpClient } from './clients/client.ts';

/** One value inside an entry to set or, with undefined, to remove. */
export interface Change {
  path: readonly string[];
  value: Json | undefined;
}

/** One syntax: how a file is read, and how one entry is written into its text. */
export interface Syntax {
  /** The file's value; empty text is an empty object. @throws SyntaxProblem */
  parse(text: string): Json;
  /**
   * The text with the entry at `path` set, or with undefined removed. Everything else should stay byte for byte; the
   * caller proves that its meaning did. @throws Error if the present form of the file does not allow it
   */
  write(text: string, path: readonly string[], entry: JsonObject | undefined): string;
}

/** The error of a parser about a file. */
export class SyntaxProblem extends Error {}

/** `isObject` for JSON. */
export const isJsonObject = (value: Json | undefined): value is JsonObject => isObject(value);

/** An entry inside tables of these names. */
export const nested = (keys: readonly string[], entry: JsonObject): JsonObject =>
  keys.reduceRight<JsonObject>((inner, key) => ({ [key]: inner }), entry);

/** The same edit for files whose lines end with CR and LF: they do so after it, too. */
export const withUnixLines =
  (write: Syntax['write']): Syntax['write'] =>
  (text, path, entry) => {
    const done = write(text.replaceAll('\r\n', '\n'), path, entry);
    return text.includes('\r\n') ? done.replaceAll('\n', '\r\n') : done;
  };

/** The edits from one value to another: objects are compared key by key, other values are replaced whole. */
export function changesBetween(
  before: Json | undefined,
  after: Json,
  path: readonly string[] = [],
): Change[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isJsonObject(before) || !isJsonObject(after)) return [{ path, value: after }];
  const removed = Object.keys(before).filter((key) => !(key in after));
  return [
    ...removed.map((key) => ({ path: [...path, key], value: undefined })),
    ...Object.entries(after).flatMap(([key, value]) => changesBetween(before[key], value, [...path, key])),
  ];
}

/** The value at a path; undefined if there is none. @throws SyntaxProblem if a value on the way is not an object */
function valueAt(root: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = root;
  for (const [depth, key] of path.entries()) {
    if (value === undefined) return undefined;
    if (!isJsonObject(value)) {
      const place = depth === 0 ? 'the file' : `"${path.slice(0, depth).join('.')}"`;
      throw new SyntaxProblem(`${place} holds ${Array.isArray(value) ? 'a list' : 'a plain value'}`);
    }
    value = Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
}

/** The value without the entry at a path, and without tables that become empty. */
function without(value: Json, [key, ...rest]: readonly string[]): Json {
  if (key === undefined || !isJsonObject(value)) return value;
  const { [key]: inner, ...others } = value;
  if (inner === undefined || rest.length === 0) return others;
  const left = without(inner, rest);
  const isEmpty = left === null || (isJsonObject(left) && Object.keys(left).length === 0);
  return isEmpty ? others : { ...others, [key]: left };
}

/** A file's text, its entry before, and how to give it another. */
export interface EntryFile {
  /** The entry under that name; undefined if there is none. */
  entry: Json | undefined;
  /** All entries of the table. */
  entries: JsonObject;
  /** The text with the entry set, or with undefined removed. @throws ConfigError if anything else would change */
  withEntry(entry: JsonObject | undefined): string;
}

const TOO_DEEP = 'it is nested too deeply to be edited safely';

const problemText = (error: unknown): string => {
  if (error instanceof RangeError) return TOO_DEEP;
  return messageOf(error);
};

/**
 * Opens the text of a client's file. The new text is parsed and compared with the old one: only our entry may differ.
 * @throws ConfigError if the file is broken or has another shape; it is not written then
 */
export function openEntry(
  syntax: Syntax,
  client: Pick<McpClient, 'format' | 'table' | 'title'>,
  file: string,
  text: string,
  name: string,
): EntryFile {
  const path = [...client.table, name];
  const configError = (why: string): ConfigError =>
    new ConfigError(
      `${file} was left as it is: ${why}. Repair the file (or move it away) and run the command again.`,
    );
  let root: Json;
  let entries: Json | undefined;
  let rest: Json;
  try {
    root = syntax.parse(text);
    entries = valueAt(root, client.table);
    if (entries !== undefined && entries !== null && !isJsonObject(entries)) valueAt(root, path);
    rest = without(root, path);
    // A file that is nested too deeply to compare must not be written.
    isDeepStrictEqual(rest, structuredClone(rest));
  } catch (error) {
    if (error instanceof RangeError) throw configError(TOO_DEEP);
    if (error instanceof SyntaxProblem)
      throw configError(`it is not the ${client.format.toUpperCase()} of ${client.title} (${error.message})`);
    throw error;
  }
  const table = isJsonObject(entries) ? entries : {};
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  return {
    entry,
    entries: table,
    withEntry(wanted) {
      if (isDeepStrictEqual(entry, wanted)) return text;
      try {
        const after = syntax.write(text, path, wanted);
        const parsed = syntax.parse(after);
        const exact = isDeepStrictEqual(valueAt(parsed, path), wanted);
        if (exact && isDeepStrictEqual(without(parsed, path), rest)) return after;
      } catch (error) {
        throw configError(`the entry cannot be written into its present form (${problemText(error)})`);
      }
      throw configError('writing the entry would have changed something else in it');
    },
  };
}
