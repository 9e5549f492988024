import { parse, stringify, TomlError } from 'smol-toml';
import type { Json, JsonObject } from './clients/client.ts';
import { type Change, isObject, type Syntax, SyntaxProblem, valueAt } from './edit.ts';
import { commentOf, keyOf, type TomlLine, tomlLines } from './toml-lines.ts';

const BARE = /^[A-Za-z0-9_-]+$/;
const keyText = (key: string): string => (BARE.test(key) ? key : JSON.stringify(key));
const header = (path: readonly string[]): string => `[${path.map(keyText).join('.')}]`;

/** A value on one line. */
function inline(value: Json): string {
  if (!isObject(value)) return stringify({ v: value }).trimEnd().replace(/^v = /, '');
  const pairs = Object.entries(value).map(([key, inner]) => `${keyText(key)} = ${inline(inner)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

const tablesIn = (value: JsonObject): [string, JsonObject][] =>
  Object.entries(value).flatMap(([key, inner]) => (isObject(inner) ? [[key, inner]] : []));

/** A table and its sub-tables as text, without a blank line at the end. */
function tableText(path: readonly string[], value: JsonObject): string[] {
  const plain = Object.fromEntries(Object.entries(value).filter(([, inner]) => !isObject(inner)));
  const body = stringify(plain).trimEnd();
  return [
    header(path),
    ...(body === '' ? [] : body.split('\n')),
    ...tablesIn(value).flatMap(([key, inner]) => ['', ...tableText([...path, key], inner)]),
  ];
}

/** Where a block that starts at `from` ends: before the next table, and before the comment that belongs to it. */
function blockEnd(lines: readonly TomlLine[], from: number): number {
  let end = from + 1;
  while (end < lines.length && !/table/.test(lines[end]?.kind ?? '')) end += 1;
  while (end > from + 1 && /comment|blank/.test(lines[end - 1]?.kind ?? '')) end -= 1;
  return end;
}

const indexOfTable = (lines: readonly TomlLine[], path: readonly string[]): number =>
  lines.findIndex(({ kind, key }) => kind === 'table' && key === keyOf(path));

const textsOf = (lines: readonly TomlLine[]): string[] => lines.map(({ text }) => text);

function append(texts: string[], block: string[]): string[] {
  const kept = [...texts];
  while (kept.length > 0 && kept.at(-1)?.trim() === '') kept.pop();
  return [...kept, ...(kept.length === 0 ? [] : ['']), ...block, ''];
}

/** Removes a table with everything below it, and the blank lines before it. */
function removeTable(texts: string[], path: readonly string[]): string[] {
  for (;;) {
    const lines = tomlLines(texts.join('\n'));
    const wanted = keyOf(path);
    const at = lines.findIndex(
      ({ kind, key }) => /table/.test(kind) && (key === wanted || key?.startsWith(`${wanted}\u0000`)),
    );
    if (at < 0) return texts;
    const end = blockEnd(lines, at);
    let start = at;
    while (start > 0 && lines[start - 1]?.kind === 'blank') start -= 1;
    const gap = start > 0 && end < lines.length && lines[end]?.kind !== 'blank' ? [''] : [];
    texts = [...textsOf(lines.slice(0, start)), ...gap, ...textsOf(lines.slice(end))];
    if (texts.at(-1) !== '') texts = [...texts, ''];
  }
}

/** Sets or removes one key of a table that has a header. */
function setKey(texts: string[], path: readonly string[], key: string, value: Json | undefined): string[] {
  const lines = tomlLines(texts.join('\n'));
  const table = indexOfTable(lines, path);
  if (table < 0) throw new Error(`${header(path)} has no header of its own`);
  const end = blockEnd(lines, table);
  const fresh = value === undefined ? [] : [`${keyText(key)} = ${inline(value)}`];
  const at = lines.findIndex((line, index) => index > table && index < end && line.key === key);
  if (at < 0) return [...textsOf(lines.slice(0, end)), ...fresh, ...textsOf(lines.slice(end))];
  let after = at + 1;
  while (after < end && lines[after]?.kind === 'continuation') after += 1;
  const comment = after === at + 1 ? commentOf(lines[at]?.text ?? '') : '';
  const kept = fresh.map((line) => `${line}${comment}`);
  return [...textsOf(lines.slice(0, at)), ...kept, ...textsOf(lines.slice(after))];
}

/** The change one level up, where a table stands on one line as the value of a key. */
function oneLevelUp(text: string, { path, value }: Change): Change {
  const parent = path.slice(0, -1);
  const table = valueAt(tomlSyntax.parse(text), parent);
  const { [path.at(-1) ?? '']: _old, ...others } = isObject(table) ? table : {};
  return { path: parent, value: value === undefined ? others : { ...others, [path.at(-1) ?? '']: value } };
}

function applyOne(text: string, change: Change): string {
  const { path, value } = change;
  const texts = text.split('\n');
  const lines = tomlLines(text);
  const key = path.at(-1) ?? '';
  const parent = path.slice(0, -1);
  const isTable = lines.some(
    (line) =>
      line.kind === 'table' && (line.key === keyOf(path) || line.key?.startsWith(`${keyOf(path)}\u0000`)),
  );
  if (value === undefined && isTable) return removeTable(texts, path).join('\n');
  if (indexOfTable(lines, parent) < 0 && lines.some((line) => line.key === parent.at(-1))) {
    const { path: up, value: whole } = oneLevelUp(text, change);
    return setKey(texts, up.slice(0, -1), up.at(-1) ?? '', whole).join('\n');
  }
  if (!isObject(value)) return setKey(texts, parent, key, value).join('\n');
  const cleared = isTable ? removeTable(texts, path) : texts;
  const at = indexOfTable(tomlLines(cleared.join('\n')), parent);
  const block = tableText(path, value);
  if (at < 0) return append(cleared, block).join('\n');
  const end = blockEnd(tomlLines(cleared.join('\n')), at);
  return [...cleared.slice(0, end), '', ...block, ...cleared.slice(end)].join('\n');
}

/** TOML, edited line by line: smol-toml reads it before and after, but never writes the file. */
export const tomlSyntax: Syntax = {
  parse(text) {
    try {
      // Only a configuration's own kinds of values are expected; dates of other tables compare as texts.
      return JSON.parse(JSON.stringify(parse(text)));
    } catch (error) {
      if (error instanceof TomlError)
        throw new SyntaxProblem(`line ${error.line}: ${error.message.split('\n')[0] ?? ''}`);
      throw error;
    }
  },
  apply(text, changes) {
    const unix = text.replaceAll('\r\n', '\n');
    const done = changes.reduce(applyOne, unix);
    return text.includes('\r\n') ? done.replaceAll('\n', '\r\n') : done;
  },
};
