import { CLOUDS, keyFormsOf } from '../clouds/index.ts';

/** A setting that the operator got wrong; its message is one plain paragraph for stderr. The process exits with 2. */
export class ConfigError extends Error {}

const UNSHOWN = '(not repeated here, because it looks like a secret)';
const STARTS = ['eyJ', ...keyFormsOf(CLOUDS).map(({ starts }) => starts)];
const LOGIN = /:\/\/[^/\s]*@/;

/** True for keys of the clouds, tokens, and addresses with a password in them; never print them. */
export const looksSecret = (given: string): boolean =>
  STARTS.some((start) => given.trimStart().startsWith(start)) || LOGIN.test(given);

/** A wrong value as stderr may show it: in quotes, but not if it looks like a key or carries a password. */
export const quoteUnlessSecret = (given: string): string =>
  looksSecret(given) ? `the value ${UNSHOWN}` : `"${given}"`;

/** The path of a file as stderr may show it: a key that was given instead of a path is not repeated. */
export const pathUnlessSecret = (path: string): string =>
  looksSecret(path) && !/^[~.]?[/\\]/.test(path) ? UNSHOWN : path;

/** One of the words that an option knows. @throws ConfigError */
export function choose<T extends string>(option: string, words: readonly T[], given: string): T {
  const found = words.find((word) => word === given);
  if (found !== undefined) return found;
  throw new ConfigError(`${option}: ${quoteUnlessSecret(given)} is not one of ${words.join(', ')}.`);
}
