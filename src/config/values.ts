import { homedir } from 'node:os';

/** A setting the operator got wrong; its message is one plain paragraph for stderr. The process exits with 2. */
export class ConfigError extends Error {}

/**
 * A reference to a variable or an option that a client left as it stood, because nothing was set: `${NAME}`,
 * `${env:NAME}`, `${user_config.name}`, `$NAME`.
 */
export const isUnresolved = (value: string): boolean =>
  /^(?:\$\{[A-Za-z_][\w:.-]*\}|\$[A-Z_][A-Z0-9_]*)$/.test(value.trim());

/** Trimmed text; undefined where nothing is left, or only a reference that the client did not resolve. */
export const blankToNone = (value: string | undefined): string | undefined => {
  const trimmed = value?.trim() ?? '';
  return trimmed === '' || isUnresolved(trimmed) ? undefined : trimmed;
};

/** A path whose leading `~` is the home directory: no shell expands it in a client's configuration. */
export const atHome = (path: string): string => path.replace(/^~(?=$|[/\\])/, () => homedir());

/** A secret as it may stand in a header. @throws ConfigError */
export function printable(name: string, key: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new ConfigError(
    `${name}: the key is empty or contains spaces or unprintable characters. Copy it again from the cloud's dashboard.`,
  );
}

const SECRET = /^(?:volt_|vgpu_|ak_|eyJ)|:\/\/[^/\s]*@/;
const UNSHOWN = '(not repeated here, because it looks like a secret)';

/** True for what may be a key, or an address with a password in it: it is told nowhere. */
export const looksSecret = (given: string): boolean => SECRET.test(given.trim());

/** A wrong value as stderr may tell it: quoted, but not repeated where it looks like a key or carries a password. */
export const shown = (given: string): string => (looksSecret(given) ? `the value ${UNSHOWN}` : `"${given}"`);

/** The path of a file as stderr may tell it: a key that was given instead of a path is not repeated. */
export const shownPath = (path: string): string =>
  looksSecret(path) && !/^[~.]?[/\\]/.test(path) ? UNSHOWN : path;

/** One of the values. @throws ConfigError */
export function oneOf<T extends string>(name: string, values: readonly T[], given: string): T {
  const found = values.find((value) => value === given);
  if (found !== undefined) return found;
  throw new ConfigError(`${name}: ${shown(given)} is not one of ${values.join(', ')}.`);
}

/** A number of at least 0. @throws ConfigError */
export function amount(name: string, given: string): number {
  const value = Number(given);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new ConfigError(`${name}: ${shown(given)} is not a number of at least 0.`);
}

/** A whole number within bounds, both included. @throws ConfigError */
export function count(name: string, given: string, least: number, most: number): number {
  const value = amount(name, given);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ConfigError(`${name}: ${shown(given)} is not a whole number from ${least} to ${most}.`);
}

/** A switch. @throws ConfigError */
export function yes(name: string, given: string): boolean {
  if (/^(true|1|yes|on)$/i.test(given)) return true;
  if (/^(false|0|no|off)$/i.test(given)) return false;
  throw new ConfigError(`${name}: ${shown(given)} is neither true nor false.`);
}
