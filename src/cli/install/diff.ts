/** A line of a difference: as it was, as it will be, or the same before and after. */
export interface DiffLine {
  sign: '-' | '+' | ' ';
  text: string;
}

const CONTEXT = 2;
/** Longer lines are not a person's own formatting. */
const LONG = 200;
const SECRET_NAME = /(key|token|secret|passw|authorization|credential)/i;
const NOT_SECRET_NAME = /(_file|env_keys|env_vars|bearer_token_env_var)$/i;
const REFERENCE = /^(?:Bearer )?\$\{?[\w:]+(?::-)?\}?$/;
const ASSIGNMENT = /^(\s*["']?([\w.-]+)["']?\s*[:=]\s*)(["']?)(.*?)(["']?,?\s*)$/;
const QUOTED_PAIR = /("([\w.-]+)"\s*[:=]\s*)"((?:[^"\\]|\\.)*)"/g;
const MASK = '••••••';

const isSecret = (name: string, value: string): boolean =>
  SECRET_NAME.test(name) && !NOT_SECRET_NAME.test(name) && !REFERENCE.test(value);

/** A line without what may be a secret: values under such names, unless they only refer to a variable. */
function masked(line: string): string {
  const inner = line.replace(QUOTED_PAIR, (whole, head: string, name: string, value: string) =>
    isSecret(name, value) ? `${head}"${MASK}"` : whole,
  );
  const found = ASSIGNMENT.exec(inner);
  if (found === null) return inner;
  const [, head = '', name = '', open = '', value = '', close = ''] = found;
  return isSecret(name, value) && !/^[[{]/.test(value) ? `${head}${open}${MASK}${close}` : inner;
}

/** A line of somebody else's entry: only its keys and brackets. */
function outline(line: string): string {
  const found = ASSIGNMENT.exec(line);
  if (found === null) return /^[\s{}[\],]*$/.test(line) || /^\s*\[/.test(line) ? line : '…';
  const [, head = '', , , value = ''] = found;
  return /^[[{]?$/.test(value) ? line : `${head}…`;
}

// A comma more or less at the end of a neighbour's line is no change worth showing.
const same = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && a.trimEnd().replace(/,$/, '') === b.trimEnd().replace(/,$/, '');

/** Beyond this many comparisons the changed part is shown as one block. */
const MOST_COMPARISONS = 1_000_000;

/** Lengths of the longest common tails of two lists of lines, as a table. */
function commonTails(a: readonly string[], b: readonly string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const at = (i: number, j: number): number => table[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = table[i] ?? [];
      row[j] = same(a[i], b[j]) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  return table;
}

/** The steps from one list of lines to another, unchanged lines included. */
function steps(a: readonly string[], b: readonly string[]): DiffLine[] {
  if (a.length * b.length > MOST_COMPARISONS) {
    return [
      ...a.map((text): DiffLine => ({ sign: '-', text })),
      ...b.map((text): DiffLine => ({ sign: '+', text })),
    ];
  }
  const table = commonTails(a, b);
  const rows: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const old = a[i];
    const fresh = b[j];
    if (same(old, fresh)) {
      rows.push({ sign: ' ', text: fresh ?? '' });
      i += 1;
      j += 1;
    } else if (fresh === undefined || (table[i + 1]?.[j] ?? -1) >= (table[i]?.[j + 1] ?? 0)) {
      rows.push({ sign: '-', text: old ?? '' });
      i += 1;
    } else {
      rows.push({ sign: '+', text: fresh });
      j += 1;
    }
  }
  return rows;
}

const linesOf = (text: string): string[] =>
  text === '' ? [] : text.replaceAll('\r\n', '\n').replace(/\n$/, '').split('\n');

/** Whether a difference touches lines that also hold what is not ours, as in a file on one line. */
export const touchesOthers = (lines: readonly DiffLine[], wasThere: boolean): boolean =>
  lines.some(
    ({ sign, text }) =>
      sign === '-' &&
      (wasThere ? text.length > LONG : !/^[\s{}[\],]*$|^\s*["\w.-]+\s*[:=]\s*\{\s*\},?\s*$/.test(text)),
  );

/**
 * What a change of a file looks like, for a person to check: the changed lines with the two around them. Secrets are
 * masked, and of lines that do not change only the keys are shown.
 */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = linesOf(before);
  const b = linesOf(after);
  let start = 0;
  while (start < a.length && start < b.length && same(a[start], b[start])) start += 1;
  let end = 0;
  const shorter = Math.min(a.length, b.length) - start;
  while (end < shorter && same(a[a.length - 1 - end], b[b.length - 1 - end])) end += 1;
  const changed = steps(a.slice(start, a.length - end), b.slice(start, b.length - end));
  if (changed.length === 0) return [];
  const around = (texts: string[]): DiffLine[] => texts.map((text) => ({ sign: ' ', text }));
  return [
    ...around(b.slice(Math.max(0, start - CONTEXT), start)),
    ...changed,
    ...around(b.slice(b.length - end, b.length - end + CONTEXT)),
  ].map(({ sign, text }) => ({ sign, text: sign === ' ' ? outline(text) : masked(text) }));
}
