import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** One TypeScript file: its path from the root with forward slashes, and its text. */
export interface Source {
  path: string;
  text: string;
}

/** All `.ts` files below a folder of the repository. */
export function readSources(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => ({
      path: relative(ROOT, file).split(sep).join('/'),
      text: readFileSync(file, 'utf8'),
    }));
}

const REGEX_MAY_FOLLOW = /(?:^|[(,=:[!&|?{};+\-*<>~^%]|\b(?:return|typeof|case|in|of|throw|await))\s*$/;
const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

/** Where the token that begins at `at` ends; the closing mark is not escaped and (for a regex) in no class. */
function endOf(text: string, at: number, close: string): number {
  let inClass = false;
  for (let i = at + 1; i < text.length; i += 1) {
    const char = text[i];
    if (char === '\\') i += 1;
    else if (close === '/' && char === '[') inClass = true;
    else if (close === '/' && char === ']') inClass = false;
    else if (char === close && !inClass) return i + 1;
  }
  return text.length;
}

interface Token {
  kind: 'comment' | 'literal' | 'code';
  end: number;
}

const PLAIN = /[^'"`/{}]*/y;

function tokenAt(text: string, at: number, before: () => string): Token {
  const char = text[at];
  const two = text.slice(at, at + 2);
  if (two === '//') {
    const end = text.indexOf('\n', at);
    return { kind: 'comment', end: end === -1 ? text.length : end };
  }
  if (two === '/*') {
    const end = text.indexOf('*/', at + 2);
    return { kind: 'comment', end: end === -1 ? text.length : end + 2 };
  }
  if (char === "'" || char === '"') return { kind: 'literal', end: endOf(text, at, char) };
  if (char === '/' && REGEX_MAY_FOLLOW.test(before())) return { kind: 'literal', end: endOf(text, at, '/') };
  PLAIN.lastIndex = at + 1;
  PLAIN.test(text);
  return { kind: 'code', end: Math.max(at + 1, PLAIN.lastIndex) };
}

/** Reads the text part of a template from `at` on: up to its closing backtick or to the next `${`. */
function templatePart(text: string, at: number): { end: number; closed: boolean } {
  for (let i = at; i < text.length; i += 1) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '`') return { end: i + 1, closed: true };
    else if (text.startsWith('${', i)) return { end: i + 2, closed: false };
  }
  return { end: text.length, closed: true };
}

/** The text with comments (and, unless `literals` are kept, the inside of strings, templates and regexes) blanked; every line keeps its length. */
export function codeOf(text: string, literals: 'blank' | 'keep' = 'blank'): string {
  const known = scanned[literals].get(text) ?? scan(text, literals);
  scanned[literals].set(text, known);
  return known;
}

const scanned = { blank: new Map<string, string>(), keep: new Map<string, string>() };

function scan(text: string, literals: 'blank' | 'keep'): string {
  let out = '';
  let at = 0;
  // One number for each template expression that is open: how many braces are open inside it.
  const depths: number[] = [];
  const literal = (piece: string) => (literals === 'keep' ? piece : blank(piece));
  const template = (from: number, start: number) => {
    const { end, closed } = templatePart(text, start);
    if (!closed) depths.push(0);
    out += literal(text.slice(from, end));
    at = end;
  };
  while (at < text.length) {
    const char = text[at];
    const depth = depths.at(-1);
    if (char === '`') {
      template(at, at + 1);
    } else if (char === '}' && depth === 0) {
      depths.pop();
      template(at, at + 1);
    } else {
      if (depth !== undefined && (char === '{' || char === '}')) {
        depths[depths.length - 1] = depth + (char === '{' ? 1 : -1);
      }
      const { kind, end } = tokenAt(text, at, () => out.slice(-20));
      const piece = text.slice(at, end);
      out += kind === 'code' ? piece : kind === 'comment' ? blank(piece) : literal(piece);
      at = end;
    }
  }
  return out;
}
