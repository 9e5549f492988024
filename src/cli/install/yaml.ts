import { isMap, isScalar, type Pair, parseDocument, stringify, type YAMLMap } from 'yaml';
import type { Json, JsonObject } from './clients/client.ts';
import { changesBetween, nested, type Syntax, SyntaxProblem, withUnixLines } from './edit.ts';

const STYLE = { lineWidth: 0, flowCollectionPadding: false } as const;

const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;
const afterLine = (text: string, at: number): number => {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
};
const rangeOf = (node: unknown): readonly number[] =>
  typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? node.range : [];

/** The lines of one pair of a block map: from its key to the line on which its value ends. */
function linesOf(text: string, { key, value }: Pair): { from: number; to: number; indent: string } {
  const start = rangeOf(key)[0] ?? 0;
  const from = lineStart(text, start);
  const indent = text.slice(from, start);
  if (indent.trim() !== '') throw new Error('the key does not start its line');
  let end = Math.max(rangeOf(value)[1] ?? 0, rangeOf(key)[1] ?? 0);
  while (end > start && /\s/.test(text[end - 1] ?? '')) end -= 1;
  return { from, to: afterLine(text, end), indent };
}

const indented = (block: string, indent: string): string => block.replace(/^(?=.)/gm, indent);
const pairOf = (map: YAMLMap, key: string): Pair | undefined =>
  map.items.find((item) => isScalar(item.key) && item.key.value === key);
const splice = (text: string, from: number, to: number, fresh: string): string =>
  `${text.slice(0, from)}${from > 0 && text[from - 1] !== '\n' ? '\n' : ''}${fresh}${text.slice(to)}`;

/** Our own pair with another value: the library edits only these lines, so that comments stay. */
function change(text: string, name: string, pair: Pair, entry: JsonObject): string {
  const { from, to, indent } = linesOf(text, pair);
  const lines = text.slice(from, to).replace(new RegExp(`^${indent}`, 'gm'), '');
  const own = parseDocument(lines);
  for (const { path, value } of changesBetween(Object(own.toJS())[name], entry, [name])) {
    if (value === undefined) own.deleteIn(path);
    else own.setIn(path, typeof value === 'object' ? own.createNode(value) : value);
  }
  const step = /\n( +)\S/.exec(lines)?.[1]?.length ?? 2;
  return splice(text, from, to, indented(own.toString({ ...STYLE, indent: step }), indent));
}

/** Removes a pair with its lines; a table that becomes empty stays as `{}`. */
function remove(text: string, table: YAMLMap, pair: Pair, parent: Pair | undefined): string {
  const { from, to } = linesOf(text, pair);
  if (table.items.length > 1 || parent === undefined) return splice(text, from, to, '');
  const at = rangeOf(parent.key)[1] ?? 0;
  const colon = text.indexOf(':', at) + 1;
  return `${text.slice(0, colon)} {}${splice(text, from, to, '').slice(colon)}`;
}

function write(
  text: string,
  [first = '', ...rest]: readonly string[],
  entry: JsonObject | undefined,
): string {
  const { contents } = parseDocument(text);
  const name = rest.at(-1) ?? first;
  if (!isMap(contents))
    return entry === undefined
      ? text
      : splice(text, text.length, text.length, stringify(nested([first, ...rest], entry), STYLE));
  const parent = pairOf(contents, first);
  const table = parent?.value;
  if (parent === undefined || !isMap(table) || table.items.length === 0) {
    if (entry === undefined) return text;
    const fresh = stringify(nested([first, ...rest], entry), STYLE);
    if (parent === undefined) return splice(text, text.length, text.length, fresh);
    const { from, to } = linesOf(text, parent);
    const comment = /\s+#.*/.exec(text.slice(from, to).trimEnd())?.[0] ?? '';
    return splice(
      text,
      from,
      to,
      fresh.replace('\n', () => `${comment}\n`),
    );
  }
  if (table.flow) throw new Error('the table is on one line, in braces');
  const pair = pairOf(table, name);
  if (entry === undefined) return pair === undefined ? text : remove(text, table, pair, parent);
  if (pair !== undefined) return change(text, name, pair, entry);
  const last = table.items.at(-1);
  if (last === undefined) return text;
  const { to, indent } = linesOf(text, last);
  return splice(text, to, to, indented(stringify({ [name]: entry }, STYLE), indent));
}

/** YAML with a table at its top. The library reads and writes our own entry; all other lines stay byte for byte. */
export const yamlSyntax: Syntax = {
  parse(text) {
    const document = parseDocument(text);
    const [problem] = document.errors;
    if (problem !== undefined) throw new SyntaxProblem(problem.message.split('\n')[0] ?? 'not YAML');
    const value: Json = document.toJS() ?? {};
    return value;
  },
  write: withUnixLines(write),
};
