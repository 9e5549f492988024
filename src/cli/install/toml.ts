import { parse, patch, stringify } from '@decimalturn/toml-patch';
import { isObject } from '../../core/text.ts';
import type { Json, JsonObject } from './clients/client.ts';
import { nested, type Syntax, SyntaxProblem, withUnixLines } from './edit.ts';

/** The tables of a text by the library; undefined if it is not TOML. */
function tablesIn(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** True for the header of a table. A line in a string or list may look like one, but the text before it is not whole. */
const isHeader = (lines: readonly string[], at: number): boolean =>
  /^\s*\[.*\]\s*(?:#.*)?$/.test(lines[at] ?? '') && tablesIn(lines.slice(0, at).join('\n')) !== undefined;

/** True for the header of our table or of a table in it. */
const isOwnHeader = (lines: readonly string[], at: number, path: readonly string[]): boolean =>
  isObject(path.reduce((inner, key) => Object(inner)[key], tablesIn(lines[at] ?? ''))) && isHeader(lines, at);

/** Sub-tables of an entry stand on one line, as the client's own program writes them. */
const style = (path: readonly string[]) => ({ inlineTableStart: path.length, trailingComma: false });

/** The entry as a table with a header of its own. */
function tableText(path: readonly string[], entry: JsonObject): string {
  const text = stringify(nested(path, entry), style(path));
  return text.slice(text.indexOf(`\n\n[`) + 2);
}

/** From each header of ours to the end of its lines; a comment that belongs to the next table is not among them. */
function ownBlocks(lines: readonly string[], path: readonly string[]): { from: number; to: number }[] {
  return lines.flatMap((_line, from) => {
    if (!isOwnHeader(lines, from, path)) return [];
    const next = lines.findIndex((_other, at) => at > from && isHeader(lines, at));
    let to = next < 0 ? lines.length : next;
    while (to > from + 1 && /^\s*(?:#|$)/.test(lines[to - 1] ?? '')) to -= 1;
    return [{ from, to }];
  });
}

const isBlank = (line: string | undefined): boolean => line?.trim() === '';

/** The lines without a block, and without the blank ones before it that set it apart. */
function cut(texts: readonly string[], { from, to }: { from: number; to: number }): string[] {
  let start = from;
  while (start > 0 && isBlank(texts[start - 1])) start -= 1;
  const gap = start > 0 && to < texts.length && !isBlank(texts[to]) ? [''] : [];
  return [...texts.slice(0, start), ...gap, ...texts.slice(to)];
}

function write(text: string, path: readonly string[], entry: JsonObject | undefined): string {
  const texts = text.split('\n');
  const blocks = ownBlocks(texts, path);
  const [first] = blocks;
  if (first === undefined) {
    if (entry === undefined) throw new Error('the entry has no table of its own');
    const before = text.trimEnd();
    return `${before}${before === '' ? '' : '\n\n'}${tableText(path, entry)}`;
  }
  const rest = blocks.slice(entry === undefined ? 0 : 1).toReversed();
  if (entry === undefined) return `${rest.reduce(cut, texts).join('\n').trimEnd()}\n`;
  const own = blocks.map(({ from, to }) => texts.slice(from, to).join('\n')).join('\n\n');
  const fresh = patch(`${own}\n`, nested(path, entry), style(path)).trimEnd();
  const left = rest.reduce(cut, texts);
  return [...left.slice(0, first.from), ...fresh.split('\n'), ...left.slice(first.to)].join('\n');
}

/**
 * TOML. The library writes our own tables and nothing else: given a whole file it puts the entry before the tables of
 * others and drops comments between them (3.3.0).
 */
export const tomlSyntax: Syntax = {
  parse(text) {
    try {
      // Only a configuration's own kinds of values are expected; dates of other tables compare as texts.
      const value: Json = JSON.parse(JSON.stringify(parse(text)));
      return value;
    } catch (error) {
      if (!(error instanceof Error) || error instanceof RangeError) throw error;
      const [head = '', , , why = ''] = error.message.split('\n');
      throw new SyntaxProblem(/\((\d+),/.test(head) ? `line ${/\((\d+),/.exec(head)?.[1]}: ${why}` : head);
    }
  },
  write: withUnixLines(write),
};
