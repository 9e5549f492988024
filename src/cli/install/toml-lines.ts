/** One line of a TOML file and what it is. `key` is the assigned key or the table's path, its parts joined by NUL. */
export interface TomlLine {
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
export const keyOf = (parts: readonly string[]): string => parts.join(SEPARATOR);

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
export function tomlLines(text: string): TomlLine[] {
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
