import { diffArrays } from 'diff';

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

/** Whether a difference touches lines that also hold what is not ours, as in a file on one line. */
export const touchesOthers = (lines: readonly DiffLine[], wasThere: boolean): boolean =>
  lines.some(
    ({ sign, text }) =>
      sign === '-' &&
      (wasThere ? text.length > LONG : !/^[\s{}[\],]*$|^\s*["\w.-]+\s*[:=]\s*\{\s*\},?\s*$/.test(text)),
  );

/** A comma more or less at the end of a neighbour's line is no change worth showing. */
const bare = (line: string): string => line.trimEnd().replace(/,$/, '');

/**
 * What a change of a file looks like, for a person to check: the changed lines with the two around them. Secrets are
 * masked, and of lines that do not change only the keys are shown.
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
