import { parse, patch, stringify } from '@decimalturn/toml-patch';
import type { Json, JsonObject } from './clients/client.ts';
import { type Syntax, SyntaxProblem } from './edit.ts';

/** One line of a TOML file and what it is. `key` is the assigned key or the table's path, its parts joined by NUL. */
interface TomlLine {
  text: string;
  kind: 'table' | 'array-table' | 'assignment' | 'continuation' | 'comment' | 'blank';
  key: string | null;
}

const SEPARATOR = '\u0000';
const HEADER = /^\s*\[(\[?)\s*(.+?)\s*\]?\]\s*(?:#.*)?$/;
const PART = /\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*(\.|=|$)/y;

/** The parts of a dotted key, read from the start of a text until `=` or its end; null if it is not a key. */
function keyParts(text: string): string[] | null {
  const parts: string[] = [];
  PART.lastIndex = 0;
  for (;;) {
    const found = PART.exec(text);
    if (found === null) return null;
    const [, basic, literal, plain, end] = found;
    parts.push(basic ?? literal ?? plain ?? '');
    if (end !== '.') return parts;
  }
}

/** Parts of a key as one comparable text. */
const keyOf = (parts: readonly string[]): string => parts.join(SEPARATOR);

/** Brackets and multi-line strings that a line leaves open, and where its comment starts. */
interface Open {
  brackets: number;
  string: '"""' | "'''" | null;
  comment?: number;
}

function closeString(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at += 1) {
    if (quote.startsWith('"') && text[at] === '\\') at += 1;
    else if (text.startsWith(quote, at)) return at + quote.length;
  }
  return -1;
}

/** Follows strings, comments and brackets over one line. */
function follow(text: string, open: Open): Open {
  let { brackets, string } = open;
  let at = 0;
  while (at < text.length) {
    if (string !== null) {
      const end = closeString(text, at, string);
      if (end < 0) return { brackets, string };
      at = end;
      string = null;
      continue;
    }
    const rest = text.slice(at);
    const long = (['"""', "'''"] as const).find((quote) => rest.startsWith(quote));
    const char = text[at] ?? '';
    if (long !== undefined) {
      string = long;
      at += 3;
    } else if (char === '"' || char === "'") {
      const end = closeString(text, at + 1, char);
      at = end < 0 ? text.length : end;
    } else if (char === '#') {
      return { brackets, string, comment: at };
    } else {
      if (char === '[' || char === '{') brackets += 1;
      if (char === ']' || char === '}') brackets -= 1;
      at += 1;
    }
  }
  return { brackets, string };
}

function classify(text: string): Pick<TomlLine, 'kind' | 'key'> {
  if (text.trim() === '') return { kind: 'blank', key: null };
  if (text.trimStart().startsWith('#')) return { kind: 'comment', key: null };
  const header = HEADER.exec(text);
  if (header !== null) {
    const parts = keyParts(header[2] ?? '');
    const kind = header[1] === '[' ? 'array-table' : 'table';
    return { kind, key: parts === null ? null : keyOf(parts) };
  }
  const parts = keyParts(text);
  return { kind: 'assignment', key: parts === null ? null : keyOf(parts) };
}

/** The lines of a TOML text that parses: each is distinguished from what only looks like it inside a string or a list. */
function tomlLines(text: string): TomlLine[] {
  let open: Open = { brackets: 0, string: null };
  return text.split('\n').map((raw) => {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (open.brackets > 0 || open.string !== null) {
      open = follow(line, open);
      return { text: raw, kind: 'continuation' as const, key: null };
    }
    const kind = classify(line);
    open = kind.kind === 'assignment' ? follow(line, open) : { brackets: 0, string: null };
    return { text: raw, ...kind };
  });
}

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
