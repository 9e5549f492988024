import { type Document, isMap, isScalar, LineCounter, type Pair, parseDocument, type YAMLMap } from 'yaml';
import type { Json } from './clients/client.ts';
import { type Change, isObject, type Syntax, SyntaxProblem } from './edit.ts';

const INDENT = '  ';
const OPTIONS = { keepSourceTokens: true, lineCounter: new LineCounter() };

const PLAIN = /^[A-Za-z_][A-Za-z0-9_./-]*$/;
const RESERVED = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
const scalar = (text: string): string =>
  PLAIN.test(text) && !RESERVED.test(text) ? text : JSON.stringify(text);

/** Lists and empty tables stand on one line as JSON, which is YAML; tables with content get a line a key. */
function block(key: string, value: Json, indent: string): string[] {
  const name = `${indent}${scalar(key)}:`;
  if (isObject(value) && Object.keys(value).length > 0) {
    return [
      name,
      ...Object.entries(value).flatMap(([inner, item]) => block(inner, item, `${indent}${INDENT}`)),
    ];
  }
  if (Array.isArray(value)) return [`${name} [${value.map((item) => JSON.stringify(item)).join(', ')}]`];
  return [`${name} ${typeof value === 'string' ? scalar(value) : JSON.stringify(value)}`];
}

interface Found {
  map: YAMLMap;
  pair: Pair | undefined;
}

const pairOf = (map: YAMLMap, key: string): Pair | undefined =>
  map.items.find((item) => (isScalar(item.key) ? String(item.key.value) : null) === key);

const keyStart = (pair: Pair): number => {
  const start = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
  if (start === undefined) throw new Error('a key without a place in the text');
  return start;
};

const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;
const afterLine = (text: string, at: number): number => {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
};

/** Where the last character of a pair's value stands, comments and blank lines after it not counted. */
function valueEnd(text: string, pair: Pair): number {
  const { value } = pair;
  const range =
    typeof value === 'object' && value !== null && 'range' in value && Array.isArray(value.range)
      ? value.range
      : null;
  let end = Math.max(Number(range?.[1] ?? 0), keyStart(pair));
  while (end > keyStart(pair) && /\s/.test(text[end - 1] ?? '')) end -= 1;
  return end;
}

/** The comment behind a value that stands on the line of its key, with the space before it. */
function sameLineComment(text: string, start: number, valueAt: number): string {
  if (text.slice(start, valueAt).includes('\n')) return '';
  return /^\s+#.*/.exec(text.slice(valueAt, afterLine(text, valueAt)).trimEnd())?.[0] ?? '';
}

/** The innermost map on the way, and its pair for the last key. */
function find(document: Document, path: readonly string[]): { depth: number; found: Found } {
  if (!isMap(document.contents)) return { depth: 0, found: { map: new Map() as never, pair: undefined } };
  let map: YAMLMap = document.contents;
  for (const [depth, key] of path.entries()) {
    const pair = pairOf(map, key);
    if (pair === undefined || depth === path.length - 1 || !isMap(pair.value))
      return { depth, found: { map, pair } };
    map = pair.value;
  }
  throw new Error('an empty path');
}

const nested = (keys: readonly string[], value: Json): Json =>
  keys.reduceRight<Json>((inner, key) => ({ [key]: inner }), value);

function applyOne(text: string, { path, value }: Change): string {
  const document = parseDocument(text, OPTIONS);
  const nothing = document.contents === null || !isMap(document.contents);
  const indentAt = (at: number): string => text.slice(lineStart(text, at), at);
  const glue = text === '' || text.endsWith('\n') ? '' : '\n';
  if (nothing) {
    if (value === undefined) return text;
    const [first = '', ...rest] = path;
    return `${text}${glue}${block(first, nested(rest, value), '').join('\n')}\n`;
  }
  const {
    depth,
    found: { map, pair },
  } = find(document, path);
  if (map.flow && map.items.length === 0 && depth > 0 && value !== undefined)
    return applyOne(text, { path: path.slice(0, depth), value: nested(path.slice(depth), value) });
  if (map.flow) throw new Error('the table stands on one line, in braces');
  const key = path[depth] ?? '';
  const rest = path.slice(depth + 1);
  if (pair === undefined) {
    if (value === undefined) return text;
    const last = map.items.at(-1);
    const indent = map.items[0] === undefined ? '' : indentAt(keyStart(map.items[0]));
    const at = last === undefined ? text.length : afterLine(text, valueEnd(text, last));
    const before = at > 0 && text[at - 1] !== '\n' ? '\n' : '';
    return `${text.slice(0, at)}${before}${block(key, nested(rest, value), indent).join('\n')}\n${text.slice(at)}`;
  }
  const start = lineStart(text, keyStart(pair));
  const end = afterLine(text, valueEnd(text, pair));
  const indent = indentAt(keyStart(pair));
  if (indent.trim() !== '') throw new Error('the key does not start its line');
  if (value === undefined && rest.length === 0) {
    if (map.items.length > 1) return `${text.slice(0, start)}${text.slice(end)}`;
    const parent = path.slice(0, -1);
    if (parent.length === 0) return `${text.slice(0, start)}${text.slice(end)}`;
    return applyOne(text, { path: parent, value: {} });
  }
  const [head = '', ...more] = block(key, nested(rest, value ?? {}), indent);
  const fresh = [`${head}${sameLineComment(text, start, valueEnd(text, pair))}`, ...more].join('\n');
  return `${text.slice(0, start)}${fresh}\n${text.slice(end)}`;
}

/** YAML, edited by the places that its parser reports: what is not ours keeps its form and its comments. */
export const yamlSyntax: Syntax = {
  parse(text) {
    const document = parseDocument(text, OPTIONS);
    const [first] = document.errors;
    if (first !== undefined) throw new SyntaxProblem(first.message.split('\n')[0] ?? 'not YAML');
    const value: Json = document.toJS() ?? {};
    return value;
  },
  apply: (text, changes) => changes.reduce(applyOne, text),
};
