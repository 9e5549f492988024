import {
  applyEdits,
  findNodeAtLocation,
  modify,
  type Node,
  type ParseError,
  parse,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import type { Json, JsonObject } from './clients/client.ts';
import { changesBetween, nested, type Syntax, SyntaxProblem } from './edit.ts';

const BOM = '\uFEFF';
const OPTIONS = { allowTrailingComma: true, disallowComments: false, allowEmptyContent: true };

const bare = (text: string): string => (text.startsWith(BOM) ? text.slice(1) : text);

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** The indentation and line ends of the file; two spaces if it has none. */
function formatting(text: string) {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  return {
    insertSpaces: !indent.includes('\t'),
    tabSize: indent.includes('\t') ? 1 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

const unit = (text: string): string => {
  const { insertSpaces, tabSize } = formatting(text);
  return insertSpaces ? ' '.repeat(tabSize) : '\t';
};

const lineStart = (text: string, at: number): number => text.lastIndexOf('\n', at - 1) + 1;
const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
};
const endOf = ({ offset, length }: Node): number => offset + length;
const splice = (text: string, from: number, to: number, fresh: string): string =>
  `${text.slice(0, from)}${fresh}${text.slice(to)}`;

/** The comma and comment after a property on its line. */
const TAIL = /^\s*(,?)\s*(?:\/\/.*|\/\*[^\n]*?\*\/)?\s*$/;

/** True if a property has its lines for itself, apart from its comma and comment. */
function ownsItsLines(text: string, property: Node): boolean {
  const before = text.slice(lineStart(text, property.offset), property.offset);
  const after = text.slice(endOf(property), lineEnd(text, endOf(property)));
  return before.trim() === '' && TAIL.test(after);
}

const onOneLine = (value: Json): string => JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ');

function rendered(text: string, name: string, entry: Json, indent: string): string {
  const lines = JSON.stringify(entry, null, unit(text)).split('\n');
  return `${JSON.stringify(name)}: ${lines.join(`${formatting(text).eol}${indent}`)}`;
}

/** Adds a property after the last one of a table, whose lines do not change. */
function insert(text: string, table: Node, name: string, entry: JsonObject): string {
  const { eol } = formatting(text);
  const last = table.children?.at(-1);
  if (last === undefined) {
    const start = lineStart(text, table.offset);
    const outer = /^\s*/.exec(text.slice(start, table.offset))?.[0] ?? '';
    const indent = outer + unit(text);
    const inside = text.slice(table.offset + 1, endOf(table) - 1).trimEnd();
    const fresh = `${inside}${eol}${indent}${rendered(text, name, entry, indent)}${eol}${outer}`;
    return splice(text, table.offset + 1, endOf(table) - 1, fresh);
  }
  const end = endOf(last);
  if (!ownsItsLines(text, last)) {
    const comma = /^\s*,/.exec(text.slice(end))?.[0] ?? ',';
    const from = end + (text.startsWith(comma, end) ? comma.length : 0);
    return splice(text, end, from, `${comma} ${JSON.stringify(name)}: ${onOneLine(entry)}`);
  }
  const indent = text.slice(lineStart(text, last.offset), last.offset);
  const tail = text.slice(end, lineEnd(text, end)).trimEnd();
  const hadComma = TAIL.exec(tail)?.[1] === ',';
  const fresh = `${hadComma ? '' : ','}${tail}${eol}${indent}${rendered(text, name, entry, indent)}`;
  return splice(text, end, end + tail.length, `${fresh}${hadComma ? ',' : ''}`);
}

/** Removes a property, with its line if nothing else is on it; comments around it stay. */
function remove(text: string, table: Node, property: Node): string {
  const siblings = table.children ?? [];
  const previous = siblings[siblings.indexOf(property) - 1];
  const isLast = siblings.at(-1) === property;
  const comma = /^\s*,/.exec(text.slice(endOf(property)))?.[0] ?? '';
  if (siblings.length === 1 && text.slice(table.offset + 1, property.offset).trim() === '') {
    const left = text.slice(endOf(property) + comma.length, endOf(table) - 1);
    if (left.trim() === '') return splice(text, table.offset + 1, endOf(table) - 1, '');
  }
  const own = ownsItsLines(text, property);
  if (!own && isLast && previous !== undefined) return splice(text, endOf(previous), endOf(property), '');
  const from = own ? lineStart(text, property.offset) : property.offset;
  const to = own
    ? Math.min(text.length, lineEnd(text, endOf(property)) + 1)
    : endOf(property) +
      comma.length +
      (/^ */.exec(text.slice(endOf(property) + comma.length))?.[0].length ?? 0);
  const cut = splice(text, from, to, '');
  if (!isLast || previous === undefined || comma !== '') return cut;
  const between = text.slice(endOf(previous), property.offset);
  const at = between.indexOf(',');
  return at < 0 ? cut : splice(cut, endOf(previous) + at, endOf(previous) + at + 1, '');
}

/** Changes our own entry value by value; its comments stay if it has lines of its own. */
function change(text: string, path: string[], property: Node, entry: JsonObject): string {
  const value = property.children?.[1];
  if (value === undefined) return text;
  const span = text.slice(property.offset, endOf(property));
  const before: Json = parse(text.slice(value.offset, endOf(value)), [], OPTIONS);
  if (!ownsItsLines(text, property) || !span.includes('\n') || value.type !== 'object')
    return splice(text, value.offset, endOf(value), onOneLine(entry));
  return changesBetween(before, entry).reduce((now, { path: inner, value: wanted }) => {
    const edits = modify(now, [...path, ...inner], wanted, { formattingOptions: formatting(now) });
    return applyEdits(now, edits);
  }, text);
}

function write(text: string, path: readonly string[], entry: JsonObject | undefined): string {
  const root = parseTree(text, [], OPTIONS);
  if (root === undefined) return text;
  const whole = findNodeAtLocation(root, [...path]);
  const tableOf = (keys: readonly string[]): Node | undefined => findNodeAtLocation(root, [...keys]);
  if (entry === undefined) {
    const table = tableOf(path.slice(0, -1));
    return whole?.parent === undefined || table === undefined ? text : remove(text, table, whole.parent);
  }
  if (whole?.parent !== undefined) return change(text, [...path], whole.parent, entry);
  for (let depth = path.length - 1; depth >= 0; depth -= 1) {
    const table = tableOf(path.slice(0, depth));
    if (table?.type === 'object')
      return insert(text, table, path[depth] ?? '', nested(path.slice(depth + 1), entry));
    if (table?.type === 'null')
      return splice(text, table.offset, endOf(table), onOneLine(nested(path.slice(depth), entry)));
  }
  return text;
}

/**
 * JSON with comments and trailing commas, edited in place: only the lines of our entry change. `modify` of the library
 * formats the lines of neighbours again and moves their comments, so it edits nothing but our own entry.
 */
export const jsonSyntax: Syntax = {
  parse(text) {
    const body = bare(text);
    if (body.trim() === '') return {};
    const errors: ParseError[] = [];
    const value: Json = parse(body, errors, OPTIONS);
    const [first] = errors;
    if (first !== undefined)
      throw new SyntaxProblem(`line ${lineOf(body, first.offset)}: ${printParseErrorCode(first.error)}`);
    return value ?? {};
  },
  write(text, path, entry) {
    const body = bare(text);
    const start = parseTree(body, [], OPTIONS) === undefined ? `${body}{}\n` : body;
    return `${text.startsWith(BOM) ? BOM : ''}${write(start, path, entry)}`;
  },
};
