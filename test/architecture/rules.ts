import { posix } from 'node:path';
import { codeOf, type Source } from './source.ts';
import { CASTS, ENV_READERS } from './table.ts';

/** One rule about the text of a file; `check` returns the numbers of the offending lines, 1-based. */
export interface Rule {
  name: string;
  check: (source: Source) => number[];
}

/** No file is longer than this. */
export const MAX_LINES = 300;

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length;

const find = (text: string, pattern: RegExp): number[] =>
  [...text.matchAll(pattern)].map(({ index }) => lineOf(text, index));

/** A rule about code: comments and literals do not count. */
const inCode = (name: string, pattern: RegExp, except: readonly string[] = []): Rule => ({
  name,
  check: ({ path, text }) => (except.includes(path) ? [] : find(codeOf(text), pattern)),
});

/** A rule about the raw text, comments included. */
const inText = (name: string, pattern: RegExp): Rule => ({ name, check: ({ text }) => find(text, pattern) });

const lines = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

const DOCUMENTED = /^export (?:async )?(?:function|const) \w+/;

function undocumented({ text }: Source): number[] {
  const rows = text.split('\n');
  return rows.flatMap((row, index) =>
    DOCUMENTED.test(row) && !(rows[index - 1] ?? '').trimEnd().endsWith('*/') ? [index + 1] : [],
  );
}

const LITERAL = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;
const SETTING = /GPU_MCP_|_API_KEY\b|_PROXY|NODE_EXTRA|(?<![\w-])--[a-z]{3}/;
const ADVICE = /\b(?:set|unset|check|give|change|raise|start|restart|choose|use|add|remove)\b/i;
/** Texts that operators read: of the start, of commands, and of the simulator. */
const FOR_OPERATORS = /^src\/(?:cli|config|sandbox)\/|^src\/http\/tokens\.ts$/;

/** Advice about a setting that does not name the operator: an agent would follow it. */
const adviceForAgents = ({ path, text }: Source): number[] =>
  FOR_OPERATORS.test(path)
    ? []
    : [...codeOf(text, 'keep').matchAll(LITERAL)]
        .filter(([words]) => SETTING.test(words) && ADVICE.test(words) && !/\boperator\b/.test(words))
        .map(({ index }) => lineOf(text, index));

/** Rules for every file, tests too. */
export const RULES_FOR_ALL: readonly Rule[] = [
  {
    name: `at most ${MAX_LINES} lines`,
    check: ({ text }) => (lines(text) > MAX_LINES ? [lines(text)] : []),
  },
  {
    name: 'no file for odds and ends',
    check: ({ path }) => (/^(?:utils?|helpers?|misc|common)\./.test(posix.basename(path)) ? [1] : []),
  },
  inText('no suppressed type errors', /@ts-(?:ignore|expect-error|nocheck)/g),
  inText('nothing left to do', /\b(?:TODO|FIXME|XXX)(?=[: (]|$)/gm),
];

/** Rules for src only. */
export const RULES_FOR_SRC: readonly Rule[] = [
  inCode('no any', /(?:[:<|&,(=]|=>|\bas|\bextends|\bis)\s*any\b(?!\s*(?:[:(.]|=>))|\bany\[\]/g),
  inCode('no console', /\bconsole\s*[.[]/g),
  inCode('no default export', /\bexport\s+default\b|\bas\s+default\s*[,}]/g),
  inCode('no non-null assertion', /[\w)\]]!(?![=\w]|==)/g),
  inCode(
    'no cast through unknown',
    /\bas\s+unknown\s+as\b/g,
    CASTS.map(({ path }) => path),
  ),
  inCode('only config reads the environment', /\bprocess\s*(?:\?\.|\.)\s*env\b|\bprocess\s*\[/g, ENV_READERS),
  { name: 'exported functions and constants say what they are for', check: undocumented },
  { name: 'advice about a setting says that it is the operator’s', check: adviceForAgents },
];

/** Every breach, as `file:line rule`. */
export const breaches = (sources: readonly Source[], rules: readonly Rule[]): string[] =>
  sources.flatMap((source) =>
    rules.flatMap(({ name, check }) => check(source).map((line) => `${source.path}:${line} ${name}`)),
  );
