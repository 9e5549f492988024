import { parse, patch, stringify } from '@decimalturn/toml-patch';
import type { Json, JsonObject } from './clients/client.ts';
import { type Syntax, SyntaxProblem } from './edit.ts';
import { keyOf, type TomlLine, tomlLines } from './toml-lines.ts';

/** Sub-tables of an entry stand on one line, as the client's own program writes them. */
const style = (path: readonly string[]) => ({ inlineTableStart: path.length, trailingComma: false });

const nested = (keys: readonly string[], entry: JsonObject): JsonObject =>
  keys.reduceRight<JsonObject>((inner, key) => ({ [key]: inner }), entry);

/** The entry as a table with a header of its own. */
function tableText(path: readonly string[], entry: JsonObject): string {
  const text = stringify(nested(path, entry), style(path));
  return text.slice(text.indexOf(`\n\n[`) + 2);
}

/** From each header of ours to the end of its lines; a comment that belongs to the next table is not among them. */
function ownBlocks(lines: readonly TomlLine[], path: readonly string[]): { from: number; to: number }[] {
  const wanted = keyOf(path);
  return lines.flatMap(({ kind, key }, from) => {
    if (kind !== 'table' || (key !== wanted && key?.startsWith(`${wanted}\u0000`) !== true)) return [];
    let to = from + 1;
    while (to < lines.length && !/table/.test(lines[to]?.kind ?? '')) to += 1;
    while (to > from + 1 && /comment|blank/.test(lines[to - 1]?.kind ?? '')) to -= 1;
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
  const blocks = ownBlocks(tomlLines(text), path);
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
  write(text, path, entry) {
    const done = write(text.replaceAll('\r\n', '\n'), path, entry);
    return text.includes('\r\n') ? done.replaceAll('\n', '\r\n') : done;
  },
};
