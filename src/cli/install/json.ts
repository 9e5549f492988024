import { applyEdits, modify, type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import type { Json } from './clients/client.ts';
import { type Change, type Syntax, SyntaxProblem } from './edit.ts';

const BOM = '\uFEFF';
const OPTIONS = { allowTrailingComma: true, disallowComments: false, allowEmptyContent: true };

const bare = (text: string): string => (text.startsWith(BOM) ? text.slice(1) : text);

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;

/** The file's own way to indent and to end lines; two spaces where it shows none. */
function formatting(text: string) {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  return {
    insertSpaces: !indent.includes('\t'),
    tabSize: indent.includes('\t') ? 1 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
}

function applyOne(text: string, { path, value }: Change): string {
  return applyEdits(text, modify(text, [...path], value, { formattingOptions: formatting(text) }));
}

/** JSON with comments and trailing commas, edited in place: only the lines of our entry change. */
export const jsonSyntax: Syntax = {
  parse(text) {
    const body = bare(text);
    if (body.trim() === '') return {};
    const errors: ParseError[] = [];
    const value: Json = parse(body, errors, OPTIONS);
    const [first] = errors;
    if (first !== undefined)
      throw new SyntaxProblem(`line ${lineOf(body, first.offset)}: ${printParseErrorCode(first.error)}`);
    return value;
  },
  apply(text, changes) {
    const body = bare(text);
    const start = body.trim() === '' ? '{}\n' : body;
    const done = changes.reduce(applyOne, start);
    return `${text.startsWith(BOM) ? BOM : ''}${done}`;
  },
};
