import * as z from 'zod';
import { nearest } from '../core/text.ts';
import type { Row, Setting } from './row.ts';
import { ALL_ROWS } from './settings.ts';
import { blankToNone, ConfigError, isPlaceholder, quoteUnlessSecret } from './values.ts';

export type Env = Readonly<Record<string, string | undefined>>;
type Flags = Readonly<Record<string, string | undefined>>;

/** The settings as flags and environment give them. Flags win. */
export interface Given {
  /** The trimmed text of a setting; undefined if it is not set or is an unresolved reference. */
  text(variable: string): string | undefined;
  /** True if a flag gave it. */
  isFlag(variable: string): boolean;
  /** The checked value, or null if nothing is set and there is no default. @throws ConfigError */
  find<T extends z.ZodType>(row: Row<string, T>): z.output<T> | null;
  /** The checked value of a setting with a default. @throws ConfigError */
  get<T extends z.ZodType>(row: Row<string, T>): z.output<T>;
  /**
   * Refuses unresolved references, and with `strict` empty values, of settings that limit, protect or place state: they
   * would silently count as not set. Returns warnings. @throws ConfigError
   */
  check(settings: readonly Setting[], strict: boolean): string[];
}

/** A setting as messages name it. */
const nameOf = ({ variable, flag }: Setting, isFlag: boolean): string =>
  isFlag && flag !== null ? `--${flag}, ${variable}` : variable;

/** Reads settings from flags and environment. */
export function readGiven(flags: Flags, env: Env): Given {
  const raw = (variable: string) => flags[variable] ?? env[variable];
  const isFlag = (variable: string) => blankToNone(flags[variable]) !== undefined;
  const text = (variable: string) => blankToNone(flags[variable]) ?? blankToNone(env[variable]);
  const find = <T extends z.ZodType>(row: Row<string, T>): z.output<T> | null => {
    const { variable, default: fallback, secret } = row;
    const given = text(variable) ?? fallback;
    if (given === null) return null;
    const read = z.safeParse(row.type, given);
    if (read.success) return read.data;
    const value = secret === true ? 'the value (not shown)' : quoteUnlessSecret(given);
    const name = nameOf(row, isFlag(variable));
    throw new ConfigError(`${name}: ${value} ${read.error.issues[0]?.message ?? 'cannot be used.'}`);
  };
  return {
    text,
    isFlag,
    find,
    get(row) {
      const value = find(row);
      if (value === null) throw new Error(`${row.variable} has no default`);
      return value;
    },
    check: (settings, strict) =>
      settings.flatMap((setting) => {
        const { variable, harmless } = setting;
        const given = raw(variable);
        if (given === undefined || harmless === true) return [];
        const name = nameOf(setting, flags[variable] !== undefined);
        if (given.trim() === '') {
          if (!strict) return [`${name} is set but empty, which counts as not set.`];
          throw new ConfigError(`${name}: it is set but empty. Give it a value, or leave the variable out.`);
        }
        if (isPlaceholder(given)) {
          throw new ConfigError(
            `${name}: ${quoteUnlessSecret(given.trim())} is a reference that the program which starts this server did not fill in. Put the value itself there, set what it refers to, or leave the variable out.`,
          );
        }
        return [];
      }),
  };
}

const PREFIX = 'GPU_MCP_';

/** Warnings about variables that look like settings and are none. */
export function unknownNames(env: Env): string[] {
  const known = ALL_ROWS.map(({ variable }) => variable);
  const isStray = (name: string) =>
    name.startsWith(PREFIX) && !name.startsWith('GPU_MCP_SECRET_') && !known.includes(name);
  return Object.keys(env)
    .filter(isStray)
    .map((name) => {
      const near = nearest(
        name.slice(PREFIX.length),
        known.map((one) => one.slice(PREFIX.length)),
      );
      const meant = near === null ? '' : ` Did you mean ${PREFIX}${near}?`;
      return `${name} is no setting of this server and does nothing.${meant}`;
    });
}
