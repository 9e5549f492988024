import { diffArrays } from 'diff';

/** A line of a difference: removed, added, or unchanged. */
export interface DiffLine {
  sign: '-' | '+' | ' ';
  text: string;
}

const CONTEXT = 2;
/** Max length of a line that a person formatted. */
const LONG = 200;
const SECRET_NAME = /(key|token|secret|passw|authorization|credential)/i;
const NOT_SECRET_NAME = /(_file|env_keys|env_vars|bearer_token_env_var)$/i;
const REFERENCE = /^(?:Bearer )?\$\{?[\w:]+(?::-)?\}?$/;
const ASSIGNMENT = /^(\s*["']?([\w.-]+)["']?\s*[:=]\s*)(["']?)(.*?)(["']?,?\s*)$/;
const QUOTED_PAIR = /("([\w.-]+)"\s*[:=]\s*)"((?:[^"\\]|\\.)*)"/g;
const MASK = '••••••';

const isSecret = (name: string, value: string): boolean =>
  SECRET_NAME.test(name) && !NOT_SECRET_NAME.test(name) && !REFERENCE.test(value);

/** A line without possible secrets: values under the names of secrets, unless they only refer to a variable. */
function masked(line: string): string {
  const inner = line.replace(QUOTED_PAIR, (whole, head: string, name: string, value: string) =>
    isSecret(name, value) ? `${head}"${MASK}"` : whole,
  );
  const found = ASSIGNMENT.exec(inner);
  if (found === null) return inner;
  const [, head = '', name = '', open = '', value = '', close = ''] = found;
  return isSecret(name, value) && !/^[[{]/.test(value) ? `${head}${open}${MASK}${close}` : inner;
}

/** A line of another entry, reduced to its keys and brackets. */
function outline(line: string): string {
  const found = ASSIGNMENT.exec(line);
  if (found === null) return /^[\s{}[\],]*$/.test(line) || /^\s*\[/.test(line) ? line : '…';
  const [, head = '', , , value = ''] = found;
  return /^[[{]?$/.test(value) ? line : `${head}…`;
}

/** True if a difference changes lines that also hold other entries, as in a file of one line. */
export const touchesOthers = (lines: readonly DiffLine[], wasThere: boolean): boolean =>
  lines.some(
    ({ sign, text }) =>
      sign === '-' &&
      (wasThere ? text.length > LONG : !/^[\s{}[\],]*$|^\s*["\w.-]+\s*[:=]\s*\{\s*\},?\s*$/.test(text)),
  );

/** True for a change that is only a comma at the end of a neighbour's line. */
const bare = (line: string): string => line.trimEnd().replace(/,$/, '');

/**
 * The change of a file for a person to check: the changed lines with two lines around them. Secrets are masked, and
 * unchanged lines are reduced to their keys.
 */
export function diffLines(before: string, after: string): DiffLine[] {
  const [a, b] = [before, after].map((text) => (text === '' ? [] : text.replace(/\n$/, '').split(/\r?\n/)));
  const parts = diffArrays(a ?? [], b ?? [], { comparator: (one, other) => bare(one) === bare(other) });
  const lines = parts.flatMap(({ added, removed, value }): DiffLine[] =>
    value.map((text) => ({ sign: added ? '+' : removed ? '-' : ' ', text })),
  );
  const isNear = (at: number): boolean =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ sign }) => sign !== ' ');
  return lines
    .filter((_line, at) => isNear(at))
    .map(({ sign, text }) => ({ sign, text: sign === ' ' ? outline(text) : masked(text) }));
}
